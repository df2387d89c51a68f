/**
 * What lies behind a rendered hand: plain cloth, or things that make telling hand from ground hard as they are in shops
 * and kitchens: light that falls off, a table's edge, stripes, tiles, boxes of many colours, wood that is nearly skin.
 */

import type { SeededRandom } from './seeded-random.ts'

export type Rgb = readonly [number, number, number]

/** Kinds of ground, from easy to hard. */
export const GROUND_KINDS = ['plain', 'gradient', 'edge', 'stripes', 'tiles', 'boxes', 'wood'] as const
export type GroundKind = (typeof GROUND_KINDS)[number]

/** Writes the ground's colour at a pixel into `out`. */
export type Ground = (x: number, y: number, out: Float64Array) => void

/** Waves of the wood's grain. */
const GRAIN_WAVES = 4
/** Colour of wood, and how far skin may be from it: hard, yet another colour. */
const WOOD: Rgb = [150, 112, 70]

/** A ground of `kind` around the colour `base` for a picture of `width` x `height`. */
export function createGround(
  kind: GroundKind,
  base: Rgb,
  size: { width: number; height: number },
  random: SeededRandom,
): Ground {
  const { width, height } = size
  const angle = random.between(0, Math.PI)
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)]
  const other = drawOther(base, random)
  const pitch = random.between(0.03, 0.12) * Math.max(width, height)
  const put = (out: Float64Array, colour: Rgb, light: number): void => {
    for (let c = 0; c < 3; c++) out[c] = colour[c]! * light
  }
  const along = (x: number, y: number): number => cos * (x - width / 2) + sin * (y - height / 2)
  const across = (x: number, y: number): number => cos * (y - height / 2) - sin * (x - width / 2)
  switch (kind) {
    case 'plain':
      return (_x, _y, out) => put(out, base, 1)
    case 'gradient': {
      const slope = random.between(0.5, 0.9) / Math.max(width, height)
      return (x, y, out) => put(out, base, 1 + slope * along(x, y))
    }
    case 'edge': {
      const at = random.between(-0.25, 0.25) * Math.min(width, height)
      return (x, y, out) => put(out, along(x, y) < at ? base : other, 1)
    }
    case 'stripes':
      return (x, y, out) => put(out, Math.floor(along(x, y) / pitch) % 2 === 0 ? base : other, 1)
    case 'tiles': {
      const joint = pitch * 0.12
      const inJoint = (value: number): boolean => value - pitch * Math.floor(value / pitch) < joint
      return (x, y, out) => put(out, inJoint(along(x, y)) || inJoint(across(x, y)) ? other : base, 1)
    }
    case 'boxes': {
      const boxes = Array.from({ length: 14 }, () => ({
        x: random.between(-0.1, 1) * width,
        y: random.between(-0.1, 1) * height,
        w: random.between(0.08, 0.35) * width,
        h: random.between(0.08, 0.35) * height,
        colour: drawOther(base, random),
      }))
      return (x, y, out) => {
        const box = boxes.find((one) => x >= one.x && y >= one.y && x < one.x + one.w && y < one.y + one.h)
        put(out, box?.colour ?? base, 1)
      }
    }
    case 'wood': {
      const waves = Array.from({ length: GRAIN_WAVES }, () => ({
        frequency: (2 * Math.PI) / (pitch * random.between(0.15, 1.2)),
        phase: random.between(0, 2 * Math.PI),
        bend: random.between(0.002, 0.01),
      }))
      return (x, y, out) => {
        let light = 1
        for (const { frequency, phase, bend } of waves)
          light += 0.05 * Math.sin(frequency * (across(x, y) + 8 * Math.sin(bend * along(x, y))) + phase)
        put(out, WOOD, light)
      }
    }
  }
}

/** A colour that is neither skin's nor near to `base`. */
function drawOther(base: Rgb, random: SeededRandom): Rgb {
  for (;;) {
    const colour: Rgb = [random.whole(20, 235), random.whole(20, 235), random.whole(20, 235)]
    const reddish = colour[0] - Math.max(colour[1], colour[2])
    const far = colour.reduce((sum, value, c) => sum + Math.abs(value - base[c]!), 0)
    if (reddish < 5 && far > 90) return colour
  }
}
