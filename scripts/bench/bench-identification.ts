/**
 * Open-set identification among synthetic persons, both hands: how often a stranger is named and an enrolled person is
 * not, beside what the false-accept rate of one comparison predicts. Synthetic palms are no evidence of accuracy: this
 * shows that thresholds, margin and sums do with a gallery of N what they are said to do.
 *
 * One picture of each hand is enrolled; the probes are pictures of another day at 25 shifts. Distances of a hand are
 * minima over its own shifts; where two hands count, the minima are added. Two sets of thresholds are tried: those of
 * the lane, which come from real palms, and some that are set on other synthetic strangers, so that errors are frequent
 * enough to be counted.
 */

import {
  bothPalmsThresholdFor,
  CODE_BYTES,
  createGalleryMatcher,
  createPooledMatcher,
  type IdentificationRates,
  type IdentificationRule,
  identificationRates,
  POOLED_BYTES,
  type Search,
  thresholdFor,
} from '@palmhold/palm'
import type { CodeSet } from '../../node/src/workers/palm-coder.ts'
import { createPalmPool, type PalmPool } from '../../node/src/workers/palm-pool.ts'
import type { PersonsTask } from '../../node/src/workers/palm-tasks.ts'
import type { BenchOptions, Figure } from './figure.ts'

/** What is compared: the left palm alone, the sum of both, the sum of both with the pooled codes' distances. */
const MODES = ['one palm', 'both palms', 'both palms and pooled codes'] as const
type Mode = (typeof MODES)[number]

/** One line of the result. */
export type IdentificationReport = IdentificationRates & {
  readonly persons: number
  readonly mode: Mode
  /** Whose thresholds: the lane's for 1 %, or those of other synthetic strangers for 20 %. */
  readonly thresholds: 'lane' | 'synthetic'
  readonly targetFpir: number
  readonly rule: IdentificationRule
  /** What the lane expects of real palms at its threshold. */
  readonly expectedFpir?: number
}

const SEED = 'identification'
const PERSONS_A_TASK = 10
const SHIFTS = 25
/** Searches of each kind: enrolled people, strangers, and the strangers that set the synthetic thresholds. */
const SEARCHES = 500
const LANE_FPIR = 0.01
const SYNTHETIC_FPIR = 0.2
const SYNTHETIC_MARGIN = 4
const DEFAULT_PERSONS: readonly number[] = [1000]

/** The figures as they come; the whole reports go into the file. */
export async function* benchIdentification({
  persons = DEFAULT_PERSONS,
}: BenchOptions): AsyncGenerator<Figure, { synthetic: true; identification: IdentificationReport[] }> {
  const most = Math.max(...persons)
  await using pool = createPalmPool()
  const started = performance.now()
  const gallery = await encodePersons(pool, 0, most, { session: 1, shifts: 1 })
  const searches = Math.min(SEARCHES, most)
  const mated = await encodePersons(pool, 0, searches, { session: 2, shifts: SHIFTS })
  const strangers = await encodePersons(pool, most, 2 * searches, { session: 2, shifts: SHIFTS })
  const pictures = 2 * (most + 3 * searches)
  yield { name: 'draw and encode a picture, all threads', value: (performance.now() - started) / pictures, unit: 'ms' }
  const reports: IdentificationReport[] = []
  for (const rows of persons) {
    const enrolled = firstPersons(gallery, rows)
    const probes = [
      ...splitProbes(mated, Math.min(searches, rows)).map((codes, mate) => ({ codes, mate })),
      ...splitProbes(strangers, 2 * searches).map((codes) => ({ codes, mate: -1 })),
    ]
    const found = searchAll(enrolled, probes, rows)
    for (const mode of MODES) {
      const all = found[mode]
      const calibration = all.slice(-searches)
      const tested = all.slice(0, -searches)
      for (const { rule, ...about } of rulesFor(mode, rows, calibration)) {
        const rates = identificationRates(tested, rows, rule)
        reports.push({ persons: rows, mode, rule, ...about, ...rates })
        const name = `${rows} persons, ${mode}, ${about.thresholds} threshold ${rule.threshold}`
        yield { name: `${name}: FPIR`, value: 100 * rates.fpir.rate, unit: `% ${bounds(rates.fpir.bounds)}` }
        yield { name: '  predicted 1 - (1 - FAR)^N', value: 100 * rates.predictedFpir, unit: '%' }
        yield { name: '  FNIR', value: 100 * rates.fnir.rate, unit: `% ${bounds(rates.fnir.bounds)}` }
      }
    }
  }
  return { synthetic: true, identification: reports }
}

/** Both hands of `count` persons from number `first` on, with progress on stderr. */
async function encodePersons(
  pool: PalmPool,
  first: number,
  count: number,
  { session, shifts }: { session: number; shifts: 1 | 25 },
): Promise<CodeSet> {
  const tasks: PersonsTask[] = []
  for (let at = 0; at < count; at += PERSONS_A_TASK) {
    const persons = Array.from({ length: Math.min(PERSONS_A_TASK, count - at) }, (_, i) => first + at + i)
    tasks.push({ kind: 'persons', seed: SEED, persons, session, shifts })
  }
  const started = performance.now()
  let told = 0
  const results = await pool.run(tasks, (done) => {
    const tenth = Math.floor((10 * done) / tasks.length)
    if (tenth === told) return
    told = tenth
    const restMs = ((performance.now() - started) * (tasks.length - done)) / done
    process.stderr.write(`  session ${session}: ${10 * tenth} %, about ${Math.ceil(restMs / 1000)} s more\n`)
  })
  const joined = (kind: 'codes' | 'pooled'): Uint8Array => Buffer.concat(results.map((result) => result[kind]))
  return { codes: joined('codes'), pooled: joined('pooled'), soft: new Uint8Array(0) }
}

function firstPersons(set: CodeSet, rows: number): CodeSet {
  return {
    codes: set.codes.subarray(0, 2 * rows * CODE_BYTES),
    pooled: set.pooled.subarray(0, 2 * rows * POOLED_BYTES),
    soft: set.soft,
  }
}

/** One set for each of the first `count` persons: left hand, then right hand. */
function splitProbes(set: CodeSet, count: number): CodeSet[] {
  const each = { codes: 2 * SHIFTS * CODE_BYTES, pooled: 2 * POOLED_BYTES }
  return Array.from({ length: count }, (_, i) => ({
    codes: set.codes.subarray(i * each.codes, (i + 1) * each.codes),
    pooled: set.pooled.subarray(i * each.pooled, (i + 1) * each.pooled),
    soft: set.soft,
  }))
}

/** The distances of every probe to every person, in each mode. */
function searchAll(
  gallery: CodeSet,
  probes: readonly { codes: CodeSet; mate: number }[],
  rows: number,
): Record<Mode, Search[]> {
  const hands = [0, 1].map((hand) => ({
    nearest: createGalleryMatcher(everySecond(gallery.codes, CODE_BYTES, hand)),
    pooled: createPooledMatcher(everySecond(gallery.pooled, POOLED_BYTES, hand)),
  }))
  const found: Record<Mode, Search[]> = { 'one palm': [], 'both palms': [], 'both palms and pooled codes': [] }
  for (const { codes, mate } of probes) {
    const sums = new Uint16Array(rows)
    const all = new Uint16Array(rows)
    for (const [hand, { nearest, pooled }] of hands.entries()) {
      const half = codes.codes.length / 2
      const distances = nearest.distances(codes.codes.subarray(hand * half, (hand + 1) * half))
      const coarse = pooled.distances(codes.pooled.subarray(hand * POOLED_BYTES, (hand + 1) * POOLED_BYTES))
      for (let row = 0; row < rows; row++) {
        sums[row]! += distances[row]!
        all[row]! += distances[row]! + coarse[row]!
      }
      if (hand === 0) found['one palm'].push({ distances: distances.slice(), mate })
    }
    found['both palms'].push({ distances: sums, mate })
    found['both palms and pooled codes'].push({ distances: all, mate })
  }
  return found
}

/** The left (0) or right (1) hands' codes of a gallery. */
function everySecond(codes: Uint8Array, bytes: number, hand: number): Uint8Array {
  const out = new Uint8Array(codes.length / 2)
  for (let at = 0; at < out.length; at += bytes)
    out.set(codes.subarray(2 * at + hand * bytes, 2 * at + (hand + 1) * bytes), at)
  return out
}

type NamedRule = Pick<IdentificationReport, 'rule' | 'thresholds' | 'targetFpir' | 'expectedFpir'>

function rulesFor(mode: Mode, rows: number, calibration: readonly Search[]): NamedRule[] {
  const synthetic: NamedRule = {
    thresholds: 'synthetic',
    targetFpir: SYNTHETIC_FPIR,
    rule: { threshold: thresholdAt(calibration, SYNTHETIC_FPIR / rows), margin: SYNTHETIC_MARGIN },
  }
  // Nobody has measured thresholds of sums with pooled codes on real palms.
  if (mode === 'both palms and pooled codes') return [synthetic]
  const query = { rows, targetFpir: LANE_FPIR }
  const lane = mode === 'one palm' ? thresholdFor({ ...query, shifts: SHIFTS }) : bothPalmsThresholdFor(query)
  const { thresholdBits: threshold, marginBits: margin, expectedFpir } = lane
  return [{ thresholds: 'lane', targetFpir: LANE_FPIR, rule: { threshold, margin }, expectedFpir }, synthetic]
}

/** The largest threshold below which no more than `rate` of the strangers' comparisons lie. */
function thresholdAt(strangers: readonly Search[], rate: number): number {
  const counts: number[] = []
  let pairs = 0
  for (const { distances } of strangers)
    for (let row = 0; row < distances.length; row++, pairs++)
      counts[distances[row]!] = (counts[distances[row]!] ?? 0) + 1
  let below = 0
  let threshold = 0
  while (threshold < counts.length && below + (counts[threshold] ?? 0) <= rate * pairs)
    below += counts[threshold++] ?? 0
  return threshold
}

function bounds([low, high]: readonly [number, number]): string {
  return `(95 %: ${(100 * low).toFixed(2)} .. ${(100 * high).toFixed(2)})`
}
