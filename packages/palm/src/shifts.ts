/**
 * The displacements at which a probe is encoded, so that a hand held a little aside still meets its enrolled code.
 * Units are pixels of the 128 x 128 region of interest.
 */

/** A displacement of the sampling grid, pixels to the right and down. */
export type Shift = { readonly dx: number; readonly dy: number }

/** The unmoved grid, first of its kind: what a gallery holds. */
export const NO_SHIFT: readonly Shift[] = Object.freeze([{ dx: 0, dy: 0 }])

/** +-8 px in steps of 4: what the palm lane sends to the nodes. */
export const PROBE_SHIFTS_25: readonly Shift[] = square(8, 4)

/** +-8 px in steps of 2: for comparisons on one device, where comparisons cost little. */
export const PROBE_SHIFTS_81: readonly Shift[] = square(8, 2)

/** The square of shifts up to `reach`, row by row; the unmoved one stands in the middle. */
function square(reach: number, step: number): readonly Shift[] {
  const shifts: Shift[] = []
  for (let dy = -reach; dy <= reach; dy += step) for (let dx = -reach; dx <= reach; dx += step) shifts.push({ dx, dy })
  return Object.freeze(shifts)
}
