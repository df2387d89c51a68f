/**
 * What a session compares with: one comparison, or a cascade where the policy has a first pass. Either takes chunks of
 * scores and messages as they come and tells what each leads to.
 */

import {
  type CascadeStep,
  type ComparisonOptions,
  type ComparisonStep,
  createCascade,
  createComparison,
  type Message,
  step,
  stepCascade,
  supplyCascade,
  supplyScores,
  type WantedRows,
} from '@palmhold/matching'

/** Takes a chunk of scores. */
export type OnChunk = (chunk: number, scores: Uint16Array) => void

/** The first pass of a match, and how to go on from it. */
export type SessionFirstPass = {
  /** Bits of a pooled code. */
  readonly dimension: number
  /** Rows pass whose pooled distance is below this. */
  readonly threshold: number
  /** Computes this operator's shares of the scores of the wanted rows at all shifts, chunk by chunk (`KernelPool.stream`). */
  readonly scores: (wanted: WantedRows, onChunk: OnChunk) => Promise<void>
  /** Hears how many rows passed. */
  readonly onPassed: (rows: number) => void
}

/** A comparison under way. */
export type SessionComparison = {
  readonly take: (message: Message) => void
  /** Takes a chunk of the scores of all rows; with a first pass, of the pooled codes'. */
  readonly supply: OnChunk
}

type Compared = Pick<ComparisonOptions, 'role' | 'sid' | 'rows' | 'shifts' | 'thresholds' | 'prf' | 'ownsMessages'>
/** What a step leads to. */
export type OnStep = (next: Pick<ComparisonStep, 'send' | 'result'>) => void

/** Compares all rows at all shifts. */
export function startComparison(compared: Compared, onStep: OnStep): SessionComparison {
  const begun = createComparison(compared)
  onStep(begun)
  return {
    take: (message) => onStep(step(begun.state, message)),
    supply: (chunk, scores) => onStep(supplyScores(begun.state, chunk, scores)),
  }
}

/**
 * Compares all rows by their pooled codes, and those that pass at all shifts.
 * @param options.active one bit a row: others never reach the second pass
 * @param options.later runs what the scores of the second pass lead to
 * @param options.onFailure called when these cannot be computed
 */
export function startCascade(
  { shifts, thresholds, ...compared }: Compared,
  options: {
    active: Uint8Array
    firstPass: SessionFirstPass
    later: (work: () => void) => void
    onFailure: () => void
  },
  onStep: OnStep,
): SessionComparison {
  const { active, firstPass } = options
  // The palm codes alone decide: no threshold of the joined codes has been measured on real palms.
  const second = { shifts, thresholds, isFused: false }
  const { dimension, threshold } = firstPass
  const begun = createCascade({ ...compared, first: { dimension, threshold }, second, active })
  const advance = (next: CascadeStep) => {
    onStep(next)
    const { wanted, result } = next
    if (wanted || result?.candidates === 0) firstPass.onPassed(wanted?.rows.length ?? 0)
    if (wanted) firstPass.scores(wanted, supplySecond).catch(options.onFailure)
  }
  const supplySecond: OnChunk = (chunk, scores) =>
    options.later(() => advance(supplyCascade(begun.state, 'second', chunk, scores)))
  advance(begun)
  return {
    take: (message) => advance(stepCascade(begun.state, message)),
    supply: (chunk, scores) => advance(supplyCascade(begun.state, 'first', chunk, scores)),
  }
}
