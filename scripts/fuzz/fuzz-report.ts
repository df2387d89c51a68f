/** What a run of the fuzzer reports: the words that its worker thread and its command have in common. */

/** What is wrong with a decoder. */
export type FindingKind = 'unnamed error' | 'wrong result' | 'slow' | 'memory' | 'unhandled' | 'hang'

/** An input that a decoder does not stand; it can be made again from name, seed and index. */
export type Finding = {
  readonly name: string
  readonly seed: string
  readonly index: number
  readonly kind: FindingKind
  readonly message: string
  /** The input, made as small as still shows it. */
  readonly hex: string
}

/** What the inputs of one decoder came to. */
export type TargetCount = {
  readonly name: string
  readonly inputs: number
  readonly accepted: number
  readonly refused: number
  /** Refusals by code. */
  readonly codes: Readonly<Record<string, number>>
  readonly found: number
  readonly cpuMs: number
  /** The input that took longest. */
  readonly slowestMs: number
}

/** Inputs `first` to `first + count - 1` of one decoder. */
export type PlanEntry = { readonly name: string; readonly first: number; readonly count: number }

/** What the worker thread is told. */
export type FuzzOrder = {
  readonly seed: string
  readonly count: number
  /** Decoders whose names hold one of these; all where there is none. */
  readonly only: readonly string[]
  /** The one input to run. */
  readonly index?: number
  /** Go on behind this input, at which an earlier worker hung. */
  readonly hung?: { readonly position: number; readonly index: number }
  /** File with the list of decoders. */
  readonly targets: string
  /** Three numbers: which entry of the plan, and which input of it, is under way (-1 while none is); and a count of tries to make one smaller. */
  readonly progress: SharedArrayBuffer
}

export type WorkerMessage =
  | { readonly kind: 'plan'; readonly plan: readonly PlanEntry[] }
  | { readonly kind: 'finding'; readonly finding: Finding }
  | { readonly kind: 'count'; readonly count: TargetCount }
  | { readonly kind: 'end' }
