/** The parts of the synthetic camera, each against what it is to do. */

import { createSeededRandom } from '@palmhold/palm'
import { expect } from 'chai'
import { compressBlocks } from '../../packages/palm/src/synthetic/block-compression.ts'
import { expose } from '../../packages/palm/src/synthetic/camera.ts'
import { fractalRelief } from '../../packages/palm/src/synthetic/skin-map.ts'
import { addBump, addToField, createFieldGrid, readField } from '../../packages/palm/src/synthetic/smooth-field.ts'

const STILL = {
  blur: 0.5,
  noise: 0,
  noiseFloor: 0.5,
  sharpening: 0,
  sharpeningRadius: 1,
  tone: 0,
  compressionStep: 0,
  blockX: 0,
  blockY: 0,
}
const SIDE = 64

function deviation(values: ArrayLike<number>): number {
  const all = Array.from(values)
  const mean = all.reduce((sum, value) => sum + value, 0) / all.length
  return Math.sqrt(all.reduce((sum, value) => sum + (value - mean) ** 2, 0) / all.length)
}

describe('synthetic camera', () => {
  it('makes noise that grows with the light', () => {
    const shoot = (level: number) =>
      deviation(
        expose(
          new Float64Array(SIDE * SIDE).fill(level),
          SIDE,
          SIDE,
          { ...STILL, noise: 4, noiseFloor: 0.1 },
          createSeededRandom('noise'),
        ),
      )
    expect(shoot(128)).to.be.closeTo(4, 0.2)
    expect(shoot(32) / shoot(128)).to.be.closeTo(Math.sqrt(0.1 + 0.9 / 4), 0.04)
  })

  it('overshoots at an edge that it sharpens, and at none that it does not', () => {
    const edge = Float64Array.from({ length: SIDE * SIDE }, (_, i) => (i % SIDE < SIDE / 2 ? 80 : 160))
    const random = createSeededRandom('edge')
    const most = (sharpening: number) =>
      expose(edge, SIDE, SIDE, { ...STILL, sharpening }, random).reduce((a, b) => Math.max(a, b), 0)
    expect(most(0)).to.equal(160)
    expect(most(0.8)).to.be.greaterThan(163)
  })

  it('loses more to a coarser quantiser, nothing to one that is fine, and leaves the cut blocks', () => {
    const random = createSeededRandom('blocks')
    const picture = Float64Array.from({ length: SIDE * SIDE }, () => 128 + random.bell(10))
    const loss = (compressionStep: number) => {
      const found = compressBlocks(picture, SIDE, SIDE, { compressionStep, blockX: 3, blockY: 5 })
      expect(found.subarray(0, 5 * SIDE)).to.deep.equal(picture.subarray(0, 5 * SIDE))
      return deviation(found.map((value, i) => value - picture[i]!))
    }
    expect(loss(1e-9)).to.be.lessThan(1e-6)
    expect(loss(2)).to.be.greaterThan(0.5)
    expect(loss(6)).to.be.greaterThan(2 * loss(2))
  })
})

describe('fractalRelief', () => {
  it('has deviation 1 and less power in finer detail', () => {
    const map = fractalRelief(createSeededRandom('relief'), [0, 1, 1, 1, 1, 1, 1])
    expect(deviation(map)).to.be.closeTo(1, 1e-4)
    const differing = (step: number) => deviation(map.subarray(step).map((value, i) => value - map[i]!))
    expect(differing(2)).to.be.lessThan(differing(8))
    expect(differing(8)).to.be.lessThan(differing(32))
  })
})

describe('smooth field', () => {
  it('gives a plane back everywhere, and a bump where it is', () => {
    const grid = createFieldGrid()
    addToField(grid, (x, y) => 2 + 0.5 * x - 0.25 * y)
    expect(readField(grid)(13.3, 71.9)).to.be.closeTo(2 + 0.5 * 13.3 - 0.25 * 71.9, 1e-9)
    addBump(grid, { x: 40, y: 40 }, 30, 10)
    expect(readField(grid)(40, 40)).to.be.closeTo(2 + 20 - 10 + 10, 1e-9)
    expect(readField(grid)(100, 100)).to.be.closeTo(2 + 50 - 25, 1e-9)
  })
})
