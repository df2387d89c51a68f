/** Whatever the frames show: hints do not flicker, the ring stays in its range, and nothing is captured but good frames. */

import {
  GOOD_FRAMES,
  type GuidanceStep,
  HINTS,
  initialGuidance,
  type Observation,
  type ObservedPalm,
  stepGuidance,
} from '@palmhold/capture'
import { expect } from 'chai'
import fc from 'fast-check'
import { CALL_MS, SHOWN_MS } from '../../packages/capture/src/guidance/guidance.ts'
import { palmSeen, seen } from './observations.ts'

const RUNS = { numRuns: 150, seed: 7261 }

const palmArbitrary: fc.Arbitrary<ObservedPalm> = fc
  .record({
    x: fc.constantFrom(640, 641, 900),
    size: fc.constantFrom(0.1, 0.199, 0.21, 0.3, 0.61, 0.63, 0.9),
    turnDegrees: fc.constantFrom(0, 1, 33, 36, -170, 180),
    fault: fc.constantFrom(undefined, undefined, 'PALM_TOO_DARK' as const, 'PALM_TOO_BLURRED' as const),
  })
  .map(({ x, ...palm }) => palmSeen({ ...palm, frame: { centre: { x, y: 400 }, right: { x: 1, y: 0 }, sidePx: 230 } }))
const changeArbitrary: fc.Arbitrary<Partial<Observation>> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({}) },
  {
    weight: 2,
    arbitrary: fc.record({
      hands: fc.constantFrom(0, 1, 1, 1, 2),
      side: fc.constantFrom(undefined, 'left' as const, 'right' as const),
      facesCamera: fc.boolean(),
      open: fc.boolean(),
      tiltDegrees: fc.constantFrom(0, 10, 29, 31, 80),
      palm: fc.oneof(palmArbitrary, fc.constantFrom('PALM_NOT_FOUND' as const, 'PALM_TWO_HANDS' as const)),
    }),
  },
)
/** A stream: how often each observation comes again, so that hints have time to change. */
const streamArbitrary = fc.array(
  fc.tuple(changeArbitrary, fc.integer({ min: 1, max: 30 }), fc.integer({ min: 5, max: 120 })),
  {
    minLength: 1,
    maxLength: 12,
  },
)

type Shown = GuidanceStep & { readonly atMs: number }

function play(stream: readonly (readonly [Partial<Observation>, number, number])[]): Shown[] {
  const steps: Shown[] = []
  let state = initialGuidance
  let atMs = 0
  for (const [change, times, gapMs] of stream)
    for (let i = 0; i < times; i++) {
      atMs += gapMs
      const step = stepGuidance(state, seen(atMs, change), { side: 'left' })
      state = step.state
      steps.push({ ...step, atMs })
    }
  return steps
}

describe('guidance, whatever comes', () => {
  it('shows one known hint, and a ring between empty and full', () => {
    fc.assert(
      fc.property(streamArbitrary, (stream) => {
        for (const { hint, progress } of play(stream)) {
          expect(HINTS).to.include(hint)
          expect(progress).to.be.within(0, 1)
        }
      }),
      RUNS,
    )
  })

  it('lets a complaint stand long enough to be read, unless all is well', () => {
    fc.assert(
      fc.property(streamArbitrary, (stream) => {
        let since = Number.NEGATIVE_INFINITY
        let last = initialGuidance.hint
        for (const { hint, atMs } of play(stream)) {
          if (hint === last) continue
          if (last !== 'good' && hint !== 'good') expect(atMs - since).to.be.at.least(SHOWN_MS)
          since = atMs
          last = hint
        }
      }),
      RUNS,
    )
  })

  it('takes no notice of a complaint that comes and goes', () => {
    fc.assert(
      fc.property(changeArbitrary, (change) => {
        let { state } = stepGuidance(initialGuidance, seen(0))
        for (let i = 1; i < 20; i++) state = stepGuidance(state, seen(i * 1000)).state
        const once = stepGuidance(state, seen(20_000, change))
        expect(once.hint).to.equal('good')
        expect(stepGuidance(once.state, seen(20_000 + CALL_MS - 1)).hint).to.equal('good')
      }),
      RUNS,
    )
  })

  it(`captures exactly behind ${GOOD_FRAMES} good frames of one hand in a row`, () => {
    fc.assert(
      fc.property(streamArbitrary, (stream) => {
        const steps = play(stream)
        for (const [i, { capture }] of steps.entries()) {
          if (!capture) continue
          expect(i + 1).to.be.at.least(GOOD_FRAMES)
          expect(steps.slice(i + 1 - GOOD_FRAMES, i + 1).every(({ good }) => good)).to.equal(true)
          expect(steps.slice(i + 1 - GOOD_FRAMES, i).some((step) => step.capture)).to.equal(false)
        }
      }),
      RUNS,
    )
  })
})
