/** Landmarks on a machine that is too slow for every frame, by a clock that stands still until a tracker moves it. */

import { createSparingTracker, type HandTracker, type TrackedHand } from '@palmhold/capture'
import { expect } from 'chai'

const image = { width: 1, height: 1, data: new Uint8ClampedArray(4) }
const hand: TrackedHand = { landmarks: [], side: 'left', score: 1 }

describe('createSparingTracker', () => {
  let now = 0
  let asked = 0

  beforeEach(() => {
    now = 0
    asked = 0
  })

  /** Takes `ms` a frame and finds `hands`, another object each time. */
  const slow = (ms: number, hands = 1): HandTracker => ({
    track: async () => {
      asked++
      now += ms
      return Array.from({ length: hands }, () => ({ ...hand, score: asked }))
    },
    close: async () => expect.fail('it belongs to somebody else'),
  })
  const scores = async (tracker: HandTracker, frames: number) => {
    const seen: (number | undefined)[] = []
    for (let i = 0; i < frames; i++) seen.push((await tracker.track(image))[0]?.score)
    return seen
  }
  const spare = (tracker: HandTracker) => createSparingTracker(tracker, { nowMs: () => now })

  it('asks at every frame while that is quick enough', async () => {
    expect(await scores(spare(slow(60)), 4)).to.deep.equal([1, 2, 3, 4])
  })

  it('uses what was found for as many frames as it takes to be in time, three at most', async () => {
    expect(await scores(spare(slow(61)), 5)).to.deep.equal([1, 1, 2, 2, 3])
    asked = 0
    expect(await scores(spare(slow(170)), 7)).to.deep.equal([1, 1, 1, 2, 2, 2, 3])
    asked = 0
    expect(await scores(spare(slow(5_000)), 9)).to.deep.equal([1, 1, 1, 1, 2, 2, 2, 2, 3])
  })

  it('asks at once where there was no hand, or more than one', async () => {
    expect(await scores(spare(slow(500, 2)), 3)).to.deep.equal([1, 2, 3])
    asked = 0
    const none = spare(slow(500, 0))
    await scores(none, 3)
    expect(asked).to.equal(3)
  })

  it('begins each capture anew and leaves the tracker open', async () => {
    const tracker = slow(500)
    const first = spare(tracker)
    await first.track(image)
    await first.close()
    expect(await scores(spare(tracker), 1)).to.deep.equal([2])
  })
})
