/** The blueprint's vectors: picture, filter taps, a response, and the codes at three shifts. */

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import {
  encodePalm,
  encodeProbe,
  isGrey,
  PROBE_SHIFTS_25,
  PROBE_SHIFTS_81,
  RoiSizeError,
  ShiftError,
} from '@palmhold/palm'
import { expect } from 'chai'
import { distanceBits } from '../../packages/palm/src/distance.ts'
import { exactKernels, fixedKernels, KERNEL_SIZE, RESPONSE_SCALE } from '../../packages/palm/src/gabor-kernels.ts'
import { palmCode } from '../../packages/palm/src/palm-code.ts'
import { responses } from '../../packages/palm/src/responses.ts'
import { vectorRoi } from './vector-roi.ts'

type Vectors = {
  roi: { sha256: string }
  kernel: { orientation: number; at_row17_col17: number; at_row17_col18: number; at_row16_col17: number }
  response: { orientation: number; x: number; y: number; value: number }
  codes: { by_shift_dx_dy: Record<string, string> }
  tolerance_bits: number
}

const vectors = JSON.parse(readFileSync(new URL('../vectors/palm-code.json', import.meta.url), 'utf8')) as Vectors
const roi = vectorRoi()

describe('palm code vectors', () => {
  it('draws the picture of the vectors', () => {
    expect(isGrey(roi)).to.equal(true)
    expect(createHash('sha256').update(roi.data).digest('hex')).to.equal(vectors.roi.sha256)
  })

  it('has the vectors’ filter taps', () => {
    const kernel = exactKernels()[vectors.kernel.orientation]!
    const tap = (row: number, column: number) => kernel[row * KERNEL_SIZE + column]!
    expect(tap(17, 17)).to.be.closeTo(vectors.kernel.at_row17_col17, 1e-9)
    expect(tap(17, 18)).to.be.closeTo(vectors.kernel.at_row17_col18, 1e-9)
    expect(tap(16, 17)).to.be.closeTo(vectors.kernel.at_row16_col17, 1e-9)
  })

  it('has the vectors’ response', () => {
    const { orientation, x, y, value } = vectors.response
    const found = responses(roi, [{ dx: x - 61, dy: y - 61 }])
    const at = (orientation * found.ys.length + found.ys.indexOf(y)) * found.xs.length + found.xs.indexOf(x)
    expect(found.values[at]! / RESPONSE_SCALE).to.be.closeTo(value, 2e-3)
  })

  for (const [name, hex] of Object.entries(vectors.codes.by_shift_dx_dy))
    it(`has the vectors’ code at shift ${name}`, () => {
      const [dx, dy] = name.split(',').map(Number) as [number, number]
      const expected = palmCode(Uint8Array.from(Buffer.from(hex, 'hex')))
      const [code] = encodeProbe(roi, [{ dx, dy }])
      expect(distanceBits(code!, expected)).to.be.at.most(vectors.tolerance_bits)
    })
})

describe('filter bank in fixed point', () => {
  it('is the same everywhere: pinned taps, none near a rounding boundary', () => {
    let nearest = 1
    for (const kernel of exactKernels())
      for (const value of kernel) {
        const fraction = Math.abs(value * RESPONSE_SCALE) % 1
        nearest = Math.min(nearest, Math.abs(fraction - 0.5))
      }
    expect(nearest).to.be.greaterThan(1e-5)
    const hash = createHash('sha256')
    for (const taps of fixedKernels()) hash.update(new Uint8Array(taps.buffer))
    expect(hash.digest('hex')).to.equal('f37c100f94801e7df08a9941c133215021314714a1d9a96a67857d3bb14df181')
  })

  it('answers even light with exactly zero, so with no bit', () => {
    for (const level of [0, 1, 127, 255])
      expect(
        encodePalm({ width: 128, height: 128, data: new Uint8Array(16_384).fill(level) }).every((b) => b === 0),
      ).to.equal(true)
  })

  it('equals a correlation in plain JavaScript, borders reflected', () => {
    const kernels = fixedKernels()
    const found = responses(roi, [{ dx: -19, dy: 18 }])
    const reflect = (i: number) => (i < 0 ? -i : i > 127 ? 254 - i : i)
    for (const [k, row, column] of [
      [0, 0, 0],
      [1, 15, 0],
      [2, 15, 15],
      [3, 7, 0],
      [4, 0, 9],
      [5, 15, 3],
    ] as const) {
      let sum = 0
      for (let dy = -17; dy <= 17; dy++)
        for (let dx = -17; dx <= 17; dx++)
          sum +=
            kernels[k]![(dy + 17) * KERNEL_SIZE + dx + 17]! *
            roi.data[reflect(found.ys[row]! + dy) * 128 + reflect(found.xs[column]! + dx)]!
      expect(found.values[(k * 16 + row) * 16 + column]).to.equal(sum)
    }
  })
})

describe('encodeProbe', () => {
  it('gives one code a shift, the unshifted one equal to encodePalm', () => {
    for (const shifts of [PROBE_SHIFTS_25, PROBE_SHIFTS_81]) {
      const codes = encodeProbe(roi, shifts)
      expect(codes.length).to.equal(shifts.length)
      const still = shifts.findIndex(({ dx, dy }) => dx === 0 && dy === 0)
      expect(distanceBits(codes[still]!, encodePalm(roi))).to.equal(0)
    }
  })

  it('refuses other sizes and shifts out of the picture', () => {
    expect(() => encodePalm({ width: 64, height: 64, data: new Uint8Array(4096) })).to.throw(RoiSizeError)
    expect(() => encodeProbe(roi, [{ dx: 19, dy: 0 }])).to.throw(ShiftError)
    expect(() => encodeProbe(roi, [{ dx: 0, dy: 0.5 }])).to.throw(ShiftError)
  })
})
