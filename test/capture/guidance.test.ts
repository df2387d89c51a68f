/** One hint at a time: what is said for each thing that is wrong, which of two goes first, and when the capture comes. */

import { GOOD_FRAMES, type Hint, initialGuidance, type Observation, stepGuidance } from '@palmhold/capture'
import type { HandSide } from '@palmhold/palm'
import { expect } from 'chai'
import { palmSeen, seen } from './observations.ts'

const FRAME_MS = 33

/** The hint that stands after `frames` frames that all show the same. */
function hintAfter(change: Partial<Observation>, options: { side?: HandSide } = {}, frames = 60): Hint {
  let state = initialGuidance
  for (let i = 0; i < frames; i++) state = stepGuidance(state, seen(i * FRAME_MS, change), options).state
  return state.hint
}

describe('guidance', () => {
  const said: [string, Hint, Partial<Observation>][] = [
    ['nobody', 'show-hand', { hands: 0, side: undefined, palm: 'PALM_NOT_FOUND' }],
    ['two hands', 'one-hand', { hands: 2, side: undefined }],
    ['two hands that only the picture shows', 'one-hand', { palm: 'PALM_TWO_HANDS' }],
    ['the other hand', 'other-hand', { side: 'right' }],
    ['the back of the hand', 'turn-palm', { facesCamera: false }],
    ['darkness', 'brighter', { hands: 0, palm: 'PALM_TOO_DARK' }],
    ['a dark palm', 'brighter', { palm: palmSeen({ fault: 'PALM_TOO_DARK' }) }],
    ['a bright palm', 'darker', { palm: palmSeen({ fault: 'PALM_TOO_BRIGHT' }) }],
    ['a lamp on the palm', 'darker', { palm: palmSeen({ fault: 'PALM_CLIPPED' }) }],
    ['a fist', 'open-hand', { palm: 'PALM_NOT_FOUND' }],
    ['a bent finger', 'open-hand', { open: false }],
    ['a palm half outside', 'centre', { palm: 'PALM_OUT_OF_PICTURE' }],
    ['a hand far away', 'closer', { palm: 'PALM_TOO_SMALL' }],
    ['a small palm', 'closer', { palm: palmSeen({ size: 0.1 }) }],
    ['a large palm', 'farther', { palm: palmSeen({ size: 0.8 }) }],
    ['a hand on its side', 'upright', { palm: palmSeen({ turnDegrees: -80 }) }],
    ['a tilted palm', 'tilt', { tiltDegrees: 50 }],
    ['a blurred palm', 'hold-still', { palm: palmSeen({ fault: 'PALM_TOO_BLURRED' }) }],
    ['a good palm', 'good', {}],
  ]
  for (const [name, hint, change] of said)
    it(`says ${hint} to ${name}`, () => {
      expect(hintAfter(change, { side: 'left' })).to.equal(hint)
    })

  it('says hold still to a hand that moves', () => {
    let state = initialGuidance
    for (let i = 0; i < 60; i++) {
      const frame = { centre: { x: 400 + 40 * (i % 2), y: 400 }, right: { x: 1, y: 0 }, sidePx: 230 }
      state = stepGuidance(state, seen(i * FRAME_MS, { palm: palmSeen({ frame }) })).state
    }
    expect(state.hint).to.equal('hold-still')
  })

  it('says only the most urgent of several things', () => {
    const all = { hands: 2, facesCamera: false, tiltDegrees: 60, palm: palmSeen({ fault: 'PALM_TOO_DARK', size: 0.1 }) }
    expect(hintAfter(all)).to.equal('one-hand')
    expect(hintAfter({ ...all, hands: 1 })).to.equal('turn-palm')
    expect(hintAfter({ ...all, hands: 1, facesCamera: true })).to.equal('brighter')
  })

  it(`captures after ${GOOD_FRAMES} good frames in a row, and the ring fills evenly`, () => {
    let state = initialGuidance
    const progress: number[] = []
    for (let i = 0; i < GOOD_FRAMES; i++) {
      const step = stepGuidance(state, seen(i * FRAME_MS))
      expect(step.capture).to.equal(i === GOOD_FRAMES - 1)
      progress.push(step.progress)
      state = step.state
    }
    expect(progress).to.deep.equal(Array.from({ length: GOOD_FRAMES }, (_, i) => (i + 1) / GOOD_FRAMES))
  })

  it('begins anew behind a bad frame, and where another hand comes in', () => {
    let state = initialGuidance
    for (let i = 0; i < 5; i++) state = stepGuidance(state, seen(i * FRAME_MS)).state
    expect(stepGuidance(state, seen(200, { palm: 'PALM_NOT_FOUND' })).progress).to.equal(0)
    expect(stepGuidance(state, seen(200, { side: 'right' })).progress).to.equal(1 / GOOD_FRAMES)
  })

  it('keeps a hint until its limit is cleared by a margin', () => {
    let state = initialGuidance
    let atMs = 0
    const hold = (size: number): Hint => {
      for (let i = 0; i < 60; i++)
        state = stepGuidance(state, seen((atMs += FRAME_MS), { palm: palmSeen({ size }) })).state
      return state.hint
    }
    expect(hold(0.19)).to.equal('closer')
    expect(hold(0.205)).to.equal('closer')
    expect(hold(0.22)).to.equal('good')
    expect(hold(0.205)).to.equal('good')
  })
})
