/** Committees of any size for property tests. */

import fc from 'fast-check'

/** n, t and a set of 2t + 1 answering ids in any order. */
export const committee = fc
  .integer({ min: 1, max: 7 })
  .chain((t) => fc.tuple(fc.constant(t), fc.integer({ min: 2 * t + 1, max: 15 })))
  .chain(([t, n]) =>
    fc.record({
      params: fc.constant({ n, t }),
      responders: fc.shuffledSubarray(
        Array.from({ length: n }, (_, k) => k + 1),
        { minLength: 2 * t + 1, maxLength: 2 * t + 1 },
      ),
      seed: fc.nat(),
    }),
  )
