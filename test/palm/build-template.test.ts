import { buildTemplate, distanceBits, encodePalm, encodeProbe, FramesError, nearestShift } from '@palmhold/palm'
import { expect } from 'chai'
import { captures } from './palms.ts'

describe('buildTemplate', () => {
  it('of one frame is that frame’s code', () => {
    const [frame] = captures('one', 1, 1, 1)
    expect(distanceBits(buildTemplate([frame!]), encodePalm(frame!))).to.equal(0)
  })

  it('of several frames lies nearer to later captures than one frame does', () => {
    let [single, several] = [0, 0]
    for (let i = 0; i < 6; i++) {
      const frames = captures(`several ${i}`, 1, 1, 5)
      const template = buildTemplate(frames)
      const first = encodePalm(frames[0]!)
      for (const probe of captures(`several ${i}`, 2, 1, 3).map((roi) => encodeProbe(roi))) {
        single += nearestShift(first, probe).distanceBits
        several += nearestShift(template, probe).distanceBits
      }
    }
    expect(several).to.be.lessThan(0.93 * single)
  })

  it('is repeatable', () => {
    const frames = captures('again', 1, 1, 3)
    expect(buildTemplate(frames)).to.deep.equal(buildTemplate(frames))
  })

  it('refuses a frame of another palm, and no frame', () => {
    const frames = [...captures('mine', 1, 1, 2), ...captures('yours', 1, 1, 1)]
    expect(() => buildTemplate(frames))
      .to.throw(FramesError, 'picture 3')
      .with.property('code', 'PALM_FRAMES_DISAGREE')
    expect(() => buildTemplate([]))
      .to.throw(FramesError)
      .with.property('code', 'PALM_FRAMES_MISSING')
  })
})
