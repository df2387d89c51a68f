/**
 * The presentation checks on drawn presentations, in the manner of ISO/IEC 30107-3: for each kind of attack the attack
 * presentation classification error rate (APCER: taken for bona fide), for bona fide ones the BPCER (called suspicious),
 * each with its counts. Presentations in which the capture finds no palm are counted apart (APNRR, BPNRR). It writes
 * docs/presentation-attacks.md anew.
 */

import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  assessPresentation,
  createRepeatGuard,
  PRESENTATION_LIMITS,
  type PresentationCheck,
  type PresentationFrame,
} from '@palmhold/capture'
import {
  binomialBounds,
  locateRoi,
  PRESENTATION_KINDS,
  type PresentationKind,
  type PresentedFrame,
  RoiError,
  renderPresentation,
  warpRoi,
} from '@palmhold/palm'
import { describeAttacks, type KindResult } from './attacks-document.ts'
import type { BenchOptions, Figure } from './figure.ts'

const PRESENTATIONS = 100
const DOCUMENT = 'docs/presentation-attacks.md'

/** The figures as they come. */
export async function* benchAttacks({ hands = PRESENTATIONS }: BenchOptions): AsyncGenerator<Figure, object> {
  const results: KindResult[] = []
  for (const kind of PRESENTATION_KINDS) {
    const result = presentAll(kind, hands)
    results.push(result)
    const judged = result.presented - result.notCaptured
    const wrong = kind === 'bona-fide' ? result.suspicious : judged - result.suspicious
    yield {
      name: `${kind}: ${kind === 'bona-fide' ? 'BPCER' : 'APCER'}`,
      value: judged === 0 ? Number.NaN : (100 * wrong) / judged,
      unit: `% (${wrong} of ${judged}, ${result.notCaptured} not captured)`,
    }
  }
  writeFileSync(join(import.meta.dirname, '../..', DOCUMENT), describeAttacks(results, hands))
  return { attacks: { limits: PRESENTATION_LIMITS, results: results.map(withBounds) } }
}

function withBounds(result: KindResult) {
  const judged = result.presented - result.notCaptured
  const wrong = result.kind === 'bona-fide' ? result.suspicious : judged - result.suspicious
  return { ...result, errorBounds: judged === 0 ? null : binomialBounds(wrong, judged) }
}

function presentAll(kind: PresentationKind, count: number): KindResult {
  const guard = createRepeatGuard((length) => Uint8Array.from(randomBytes(length)))
  const none = () => Object.fromEntries(Object.keys(PRESENTATION_LIMITS).map((name) => [name, 0]))
  const [byCheck, silent] = [none(), none()] as Record<PresentationCheck, number>[]
  let [notCaptured, suspicious, suspiciousUnlit, refusedAsRepeat] = [0, 0, 0, 0]
  for (let number = 1; number <= count; number++) {
    const presented = renderPresentation({ kind, seed: `bench ${number}` })
    // An exact repeat is two scans: the second one is the attack.
    const scans = kind === 'exact-repeat' ? halves(presented) : [presented]
    const frames = scans.map((scan) => scan.flatMap(findPalm))
    const last = frames.at(-1)!
    if (last.length < 3) {
      notCaptured++
      continue
    }
    const repeated = frames.map((scan) => guard.sawBefore(scan.map(({ roi }) => roi))).at(-1)!
    const report = assessPresentation(last)
    for (const check of report.suspicious) byCheck![check]++
    for (const check of report.silent) silent![check]++
    if (repeated) refusedAsRepeat++
    if (repeated || report.suspicious.length > 0) suspicious++
    if (repeated || report.suspicious.some((check) => check !== 'flash')) suspiciousUnlit++
  }
  const counts = { presented: count, notCaptured, suspicious, suspiciousUnlit, refusedAsRepeat }
  return { kind, ...counts, byCheck: byCheck!, silent: silent! }
}

function halves(frames: readonly PresentedFrame[]): PresentedFrame[][] {
  return [frames.slice(0, frames.length / 2), frames.slice(frames.length / 2)]
}

/** The palm of a frame as the capture finds it; nothing where it finds none. */
function findPalm({ image, screen }: PresentedFrame): PresentationFrame[] {
  try {
    const frame = locateRoi(image, { quick: true })
    return [{ image, frame, roi: warpRoi(image, frame), screen }]
  } catch (error) {
    if (error instanceof RoiError) return []
    throw error
  }
}
