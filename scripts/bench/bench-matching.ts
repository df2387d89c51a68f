/**
 * Measures matching: whole queries by three processes over TLS on loopback, and in the same run the kernel alone and two
 * baselines, a loop over typed arrays and a search in the clear. Every answer is compared with the one computed from
 * codes; a wrong one ends the benchmark.
 */

import { createGalleryMatcher, packCodes } from '@palmhold/palm'
import { askAtOnce, askInTurn } from './ask-queries.ts'
import { measureDealingCheck } from './dealing-speed.ts'
import { type BenchOptions, bestMs, type Figure } from './figure.ts'
import { measureTypedArrays } from './kernel-speed.ts'
import type { PartyTiming } from './party-messages.ts'
import { createSyntheticGallery, SHORT_BITS, type SyntheticGallery } from './synthetic-gallery.ts'
import { startThreeParties } from './three-parties.ts'

const CODE_DIMENSION = 1536
/** Probes that share a pass in the figure about it. */
const SHARED = 4

/** What one party did for one query. */
export type PartyFigures = {
  /** Billions of multiply-accumulates a second of its kernel alone, in cache, on one thread. */
  readonly kernelGmacs: number
  /** Rows times shifts, for each second of processor time of its process. */
  readonly comparisonsPerSecond: number
  /** Payload sent, for each row and shift. */
  readonly bytesPerComparison: number
  /** Processor time of its process for one query, all threads. */
  readonly cpuMs: number
  /** Until its kernel was through, on the clock; it runs beside the comparison. */
  readonly kernelMs: number
}

export type MatchingReport = {
  readonly rows: number
  readonly shifts: number
  readonly dimension: number
  /** From the question to the last party's answer: the median of `runsMs`. */
  readonly wallMs: number
  readonly runsMs: readonly number[]
  /** The median query's. */
  readonly parties: readonly PartyFigures[]
  readonly baselines: {
    /** The same products by a loop over typed arrays, in cache. */
    readonly typedArraysGmacs: number
    /** The same search in the clear, by the WebAssembly popcount of packages/palm on one thread. */
    readonly popcountRowsPerSecond: number
  }
  readonly kernel: { readonly fromMemoryGmacs: number; readonly oneProbeFromMemoryGmacs: number }
  /** Where there is a cascade: what its first pass lets through. */
  readonly cascade?: { readonly dimension: number; readonly passRate: number; readonly candidates: number }
  /** One query and several at once that wait for each other, on the clock. */
  readonly sharedPass: { readonly probes: number; readonly wallMs: number; readonly wallMsPerProbe: number }
  /** One node's check that a probe of 25 codes was dealt as bits. */
  readonly dealingCheckMs: number
  readonly galleryBytesPerParty: number
  readonly loadMs: number
}

/** The figures as they come; at the end the report. */
export async function* benchMatching(options: BenchOptions): AsyncGenerator<Figure, MatchingReport> {
  const { rows, shifts, queries, passRate } = options
  const galleryOptions = { rows, shifts, ...(passRate === undefined ? {} : { passRate }) }
  const gallery = createSyntheticGallery(galleryOptions)
  const kind = passRate === undefined ? 'full' : 'cascade'

  const typedArraysGmacs = measureTypedArrays()
  yield { name: 'typed-array loop, in cache', value: typedArraysGmacs, unit: 'GMAC/s' }
  await using parties = await startThreeParties()
  const kernels = await parties.kernels(shifts)
  const worst = (pick: (speed: (typeof kernels)[number]) => number) => Math.min(...kernels.map(pick))
  yield { name: `kernel, ${shifts} probe codes, in cache`, value: worst(({ inCache }) => inCache), unit: 'GMAC/s' }
  const kernel = {
    fromMemoryGmacs: worst(({ fromMemory }) => fromMemory),
    oneProbeFromMemoryGmacs: worst(({ oneProbe }) => oneProbe),
  }
  yield { name: `kernel, ${shifts} probe codes, from memory`, value: kernel.fromMemoryGmacs, unit: 'GMAC/s' }
  yield { name: 'kernel, 1 probe code, from memory', value: kernel.oneProbeFromMemoryGmacs, unit: 'GMAC/s' }

  const loadStart = performance.now()
  const galleryBytesPerParty = await parties.load(galleryOptions)
  const loadMs = performance.now() - loadStart
  yield { name: `deal ${rows} rows to three parties`, value: loadMs, unit: 'ms' }

  const { runsMs, middle } = await askInTurn(parties, gallery, kind, queries)
  const name = `${kind === 'full' ? 'query' : 'cascade'}, ${rows} rows x ${shifts}`
  const report = {
    ...{ rows, shifts, dimension: CODE_DIMENSION, wallMs: middle.wallMs },
    runsMs,
    parties: middle.parties.map((timing, role) => ({
      kernelGmacs: kernels[role]!.inCache,
      ...figuresOf(timing, rows * shifts),
    })),
  }
  const most = (pick: (figures: PartyFigures) => number) => Math.max(...report.parties.map(pick))
  yield { name, value: report.wallMs, unit: 'ms' }
  yield { name: `${name}, processor time of a party`, value: most(({ cpuMs }) => cpuMs), unit: 'ms' }
  yield {
    name: `${name}, comparisons of a party`,
    value: Math.min(...report.parties.map(({ comparisonsPerSecond }) => comparisonsPerSecond)) / 1e6,
    unit: 'million/s',
  }
  yield {
    name: `${name}, sent by a party`,
    value: most(({ bytesPerComparison }) => bytesPerComparison),
    unit: 'bytes a comparison',
  }

  const together = await askAtOnce(parties, gallery, kind, SHARED)
  const sharedPass = { probes: SHARED, wallMs: together.wallMs, wallMsPerProbe: together.wallMs / SHARED }
  yield { name: `${SHARED} queries at once, each`, value: sharedPass.wallMsPerProbe, unit: 'ms' }

  const popcountMs = searchInTheClear(gallery)
  const baselines = { typedArraysGmacs, popcountRowsPerSecond: (1000 * rows) / popcountMs }
  yield { name: 'search in the clear', value: baselines.popcountRowsPerSecond / 1e6, unit: 'million rows/s' }
  const dealingCheckMs = measureDealingCheck()
  yield { name: 'check that a probe of 25 codes was dealt as bits', value: dealingCheckMs, unit: 'ms' }
  const cascade =
    passRate === undefined
      ? {}
      : { cascade: { dimension: SHORT_BITS, passRate, candidates: middle.parties[0]!.candidates } }
  return { ...report, baselines, kernel, ...cascade, sharedPass, dealingCheckMs, galleryBytesPerParty, loadMs }
}

function figuresOf({ cpuMs, sentBytes, kernelMs }: PartyTiming, comparisons: number) {
  const comparisonsPerSecond = (1000 * comparisons) / cpuMs
  return { comparisonsPerSecond, bytesPerComparison: sentBytes / comparisons, cpuMs, kernelMs }
}

/** The best time of one search of the gallery's codes for the probe, in ms. */
function searchInTheClear({ codes, palmOf, probe, options }: SyntheticGallery): number {
  const packed = packCodes(Array.from({ length: options.rows }, (_, row) => codes[palmOf(row)]!))
  const matcher = createGalleryMatcher(packed)
  const probes = packCodes(probe)
  return bestMs(() => matcher.distances(probes))
}
