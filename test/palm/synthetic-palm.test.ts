/** Synthetic palms: repeatable, distinct, and about as far apart as real ones. */

import { createHash } from 'node:crypto'
import {
  createSeededRandom,
  createSyntheticPalm,
  distanceBits,
  encodePalm,
  encodeProbe,
  nearestShift,
  renderHand,
  renderRoi,
} from '@palmhold/palm'
import { expect } from 'chai'

function sha256(bytes: Uint8Array | Uint8ClampedArray): string {
  return createHash('sha256').update(bytes).digest('hex')
}

describe('synthetic palms', () => {
  it('are the same everywhere for a seed', () => {
    const palm = createSyntheticPalm('pinned')
    expect(sha256(renderRoi(palm, { session: 1, index: 1 }).data)).to.equal(
      '4fa265c9c2e93758588d6ddc20b644d49be1a7da06f2a867b7ba423c0ef37f78',
    )
    const hand = renderHand(palm, { session: 1, index: 1, width: 240, height: 320 })
    expect(sha256(hand.data)).to.equal('6a3733c80abbe592bdbf676189a752b8407fbfe8d74e9739269ea11873751dbd')
  })

  it('differ by seed, session, index and experiment', () => {
    const palm = createSyntheticPalm(7)
    const pictures = [
      renderRoi(palm, { session: 1, index: 1 }),
      renderRoi(palm, { session: 1, index: 2 }),
      renderRoi(palm, { session: 2, index: 1 }),
      renderRoi(palm, { session: 1, index: 1, seed: 'other' }),
      renderRoi(createSyntheticPalm(8), { session: 1, index: 1 }),
    ]
    expect(new Set(pictures.map((picture) => sha256(picture.data))).size).to.equal(pictures.length)
  })

  it('are as far apart as real palms: impostors near 0.45, genuine near 0.25', () => {
    const count = 24
    const palms = Array.from({ length: count }, (_, i) => createSyntheticPalm(`spread ${i}`))
    const gallery = palms.map((palm) => encodePalm(renderRoi(palm, { session: 1, index: 1 })))
    const probes = palms.map((palm) => encodeProbe(renderRoi(palm, { session: 2, index: 1 })))
    let [genuine, impostor, nearestImpostor] = [0, 0, 1]
    for (const [i, row] of gallery.entries())
      for (const [j, probe] of probes.entries()) {
        const distance = nearestShift(row, probe).distanceBits / 1536
        if (i === j) genuine += distance / count
        else {
          impostor += distance / (count * (count - 1))
          nearestImpostor = Math.min(nearestImpostor, distance)
        }
      }
    expect(genuine).to.be.within(0.2, 0.29)
    expect(impostor).to.be.within(0.44, 0.47)
    expect(nearestImpostor).to.be.greaterThan(550 / 1536)
  })

  it('mirrors the other hand of the same skin', () => {
    const options = { session: 1, index: 1 }
    const left = renderRoi(createSyntheticPalm('sides', { side: 'left' }), options)
    const right = renderRoi(createSyntheticPalm('sides', { side: 'right' }), options)
    expect(distanceBits(encodePalm(left), encodePalm(right))).to.be.greaterThan(550)
    const mirrored = {
      ...right,
      data: right.data.map((_, at) => right.data[at - (at % 128) + 127 - (at % 128)]!),
    }
    const { distanceBits: near } = nearestShift(encodePalm(left), encodeProbe(mirrored))
    expect(near).to.be.lessThan(500)
  })
})

describe('createSeededRandom', () => {
  it('is uniform and bell-shaped enough, and repeatable', () => {
    const random = createSeededRandom('moments')
    const count = 20_000
    let [sum, bellSum, bellSquares] = [0, 0, 0]
    const ones = [0, 0, 0, 0]
    for (let i = 0; i < count; i++) {
      sum += random.unit()
      const bell = random.bell(2)
      bellSum += bell
      bellSquares += bell * bell
      ones[random.whole(0, 3)]!++
    }
    expect(sum / count).to.be.closeTo(0.5, 0.01)
    expect(bellSum / count).to.be.closeTo(0, 0.06)
    expect(Math.sqrt(bellSquares / count)).to.be.closeTo(2, 0.05)
    for (const share of ones) expect(share / count).to.be.closeTo(0.25, 0.015)
    expect(createSeededRandom('a').unit()).to.equal(createSeededRandom('a').unit())
    expect(createSeededRandom('a').unit()).to.not.equal(createSeededRandom('b').unit())
  })
})
