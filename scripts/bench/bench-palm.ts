/** Measures the palm code on one thread: finding, encoding, and comparing in the clear. */

import {
  CODE_BYTES,
  createGalleryMatcher,
  createSeededRandom,
  createSyntheticPalm,
  encodePalm,
  encodeProbe,
  encodeProbeCodes,
  findRoi,
  nearestShift,
  PROBE_SHIFTS_25,
  PROBE_SHIFTS_81,
  packCodes,
  palmCode,
  renderHand,
  renderRoi,
} from '@palmhold/palm'
import { type BenchOptions, bestMs, type Figure } from './figure.ts'

/** The figures as they come. */
export function* benchPalm({ rows, shifts: wanted }: BenchOptions): Generator<Figure> {
  const palm = createSyntheticPalm('bench')
  const capture = { session: 1, index: 1 }
  const roi = renderRoi(palm, capture)
  const hand = renderHand(palm, capture)
  const probeShifts = wanted === 81 ? PROBE_SHIFTS_81 : PROBE_SHIFTS_25
  const shifts = probeShifts.length
  yield { name: 'encode one region of interest', value: bestMs(() => encodePalm(roi)), unit: 'ms' }
  yield { name: `encode at ${shifts} shifts`, value: bestMs(() => encodeProbe(roi, probeShifts)), unit: 'ms' }
  yield {
    name: `encode at ${shifts} shifts, and the pooled code`,
    value: bestMs(() => encodeProbeCodes(roi, probeShifts)),
    unit: 'ms',
  }
  yield {
    name: `find the palm in ${hand.width} x ${hand.height} pixels`,
    value: bestMs(() => findRoi(hand)),
    unit: 'ms',
  }

  const random = createSeededRandom('bench')
  const bytes = Uint8Array.from({ length: rows * CODE_BYTES }, () => random.whole(0, 255))
  const probe = encodeProbe(roi, probeShifts)
  const packed = packCodes(probe)
  const matcher = createGalleryMatcher(bytes)
  const matchMs = bestMs(() => matcher.distances(packed))
  yield { name: `search ${rows} codes in the clear, ${shifts} shifts`, value: matchMs, unit: 'ms' }
  yield { name: 'WebAssembly search', value: rows / matchMs / 1000, unit: 'million rows/s' }
  const template = palmCode(bytes.slice(0, CODE_BYTES))
  yield {
    name: 'one row in JavaScript',
    value: 1 / bestMs(() => nearestShift(template, probe)) / 1000,
    unit: 'million rows/s',
  }
}
