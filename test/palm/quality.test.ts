/** Quality gates against pictures spoiled in one way each. */

import { assessRoi, type GreyImage, requireQuality } from '@palmhold/palm'
import { expect } from 'chai'
import { gaussianBlur } from '../../packages/palm/src/synthetic/camera.ts'
import { createSeededRandom } from '../../packages/palm/src/synthetic/seeded-random.ts'
import { captures, mapPixels } from './palms.ts'

const clear = captures('quality', 1, 1, 1)[0]!

function blurred(image: GreyImage, sigma: number, noise: number): GreyImage {
  const random = createSeededRandom('noise')
  const soft = gaussianBlur(Float64Array.from(image.data), 128, 128, sigma)
  return mapPixels(image, (_, at) => soft[at]! + random.bell(noise))
}

describe('quality of a region of interest', () => {
  it('passes synthetic palms as they are', () => {
    for (let i = 0; i < 8; i++)
      for (const roi of captures(`clear ${i}`, 1, 1, 2)) expect(assessRoi(roi)).to.include({ ok: true })
  })

  it('measures less sharpness the more a picture is blurred, whatever its noise', () => {
    for (const noise of [0, 3]) {
      const sharpness = [0.5, 1, 2, 4].map((sigma) => assessRoi(blurred(clear, sigma, noise)).sharpness)
      expect([...sharpness].sort((a, b) => b - a)).to.deep.equal(sharpness)
    }
  })

  const spoiled: [string, string, GreyImage][] = [
    ['out of focus', 'PALM_TOO_BLURRED', blurred(clear, 5, 0)],
    ['out of focus, with noise', 'PALM_TOO_BLURRED', blurred(clear, 5, 3)],
    ['an even wall', 'PALM_TOO_BLURRED', mapPixels(clear, () => 130)],
    ['a dark room', 'PALM_TOO_DARK', mapPixels(clear, (value) => value / 5)],
    ['a lamp', 'PALM_TOO_BRIGHT', mapPixels(clear, (value) => value + 110)],
    ['a hard shadow', 'PALM_CLIPPED', mapPixels(clear, (value, at) => (at % 128 < 40 ? 0 : value))],
  ]
  for (const [name, code, roi] of spoiled)
    it(`refuses ${name}: ${code}`, () => {
      expect(assessRoi(roi)).to.include({ ok: false, reason: code })
      expect(() => requireQuality(roi))
        .to.throw()
        .with.property('code', code)
    })

  it('refuses another size', () => {
    expect(() => assessRoi({ width: 2, height: 2, data: new Uint8Array(4) }))
      .to.throw()
      .with.property('code', 'PALM_ROI_SIZE')
  })
})
