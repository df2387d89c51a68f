/** The picture of test/vectors/palm-code.json, drawn by its recipe. */

import type { GreyImage } from '@palmhold/palm'

const SIZE = 128
const LINES = [
  { y0: 40, slope: 0.35 },
  { y0: 70, slope: -0.25 },
  { y0: 95, slope: 0.6 },
]

export function vectorRoi(): GreyImage {
  const noise = new Uint8Array(SIZE * SIZE)
  let state = 12_345n
  for (let i = 0; i < noise.length; i++) {
    state = (1_103_515_245n * state + 12_345n) % 2n ** 31n
    noise[i] = Number((state >> 16n) % 256n)
  }
  const clamp = (i: number) => Math.min(SIZE - 1, Math.max(0, i))
  const data = new Uint8Array(SIZE * SIZE)
  for (let y = 0; y < SIZE; y++)
    for (let x = 0; x < SIZE; x++) {
      let sum = 0
      for (let dy = -4; dy <= 4; dy++)
        for (let dx = -4; dx <= 4; dx++) sum += noise[clamp(y + dy) * SIZE + clamp(x + dx)]!
      const mean = Math.floor(sum / 81)
      data[y * SIZE + x] = Math.min(255, Math.max(0, Math.floor((mean - 127.5) * 4 + 128)))
    }
  for (const { y0, slope } of LINES)
    for (let x = 0; x < SIZE; x++) {
      const y = Math.floor(y0 + slope * (x - 64))
      for (const row of [y - 1, y, y + 1])
        if (row >= 0 && row < SIZE) data[row * SIZE + x] = Math.max(0, data[row * SIZE + x]! - 60)
    }
  return { width: SIZE, height: SIZE, data }
}
