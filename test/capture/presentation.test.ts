/** Presentation checks on one drawn presentation of each kind; rates are measured by `npm run bench -- attacks`. */

import {
  assessPresentation,
  createRepeatGuard,
  type PresentationCheck,
  type PresentationFrame,
} from '@palmhold/capture'
import {
  createSyntheticPalm,
  locateRoi,
  type PresentationKind,
  type PresentedFrame,
  renderPresentation,
  renderRoi,
  warpRoi,
} from '@palmhold/palm'
import { expect } from 'chai'
import { seededBytes } from './observations.ts'

function findPalm({ image, screen }: PresentedFrame): PresentationFrame {
  const frame = locateRoi(image)
  return { image, frame, roi: warpRoi(image, frame), screen }
}

describe('presentation checks', function () {
  this.timeout(120_000)

  const kinds: [PresentationKind, PresentationCheck | undefined][] = [
    ['bona-fide', undefined],
    ['screen', 'flash'],
    ['pasted-roi', 'seam'],
  ]
  for (const [kind, check] of kinds)
    it(`${kind}: ${check ?? 'nothing'} is suspicious`, () => {
      const frames = renderPresentation({ kind, seed: 'unit 2' }).map(findPalm)
      const { suspicious } = assessPresentation(frames)
      if (check) expect(suspicious).to.include(check)
      else expect(suspicious).to.deep.equal([])
    })

  it('a still picture is one without a sensor’s noise', () => {
    const [first] = renderPresentation({ kind: 'bona-fide', seed: 'unit 1' }).slice(0, 1).map(findPalm)
    const { scores, suspicious, silent } = assessPresentation([first!, first!, first!])
    expect(scores.frameNoise).to.equal(1)
    expect(suspicious).to.include('frameNoise')
    expect(silent).to.include.members(['carriedGround', 'flash'])
  })

  it('says nothing where there is nothing to judge', () => {
    expect(assessPresentation([]).suspicious).to.deep.equal([])
  })
})

describe('the guard against exact repeats', () => {
  const palm = createSyntheticPalm('repeated')
  const roi = (index: number) => renderRoi(palm, { session: 1, index })

  it('knows a frame again, and takes another capture of the same palm', () => {
    const guard = createRepeatGuard(seededBytes('salt'))
    expect(guard.sawBefore([roi(1), roi(2)])).to.equal(false)
    expect(guard.sawBefore([roi(3)])).to.equal(false)
    expect(guard.sawBefore([roi(4), roi(2)])).to.equal(true)
  })

  it('forgets the oldest, and never more than it must', () => {
    const guard = createRepeatGuard(seededBytes('salt'), 2)
    guard.sawBefore([roi(1)])
    guard.sawBefore([roi(2)])
    guard.sawBefore([roi(3)])
    expect(guard.sawBefore([roi(2)])).to.equal(true)
    expect(guard.sawBefore([roi(1)])).to.equal(false)
  })
})
