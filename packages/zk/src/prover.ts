/**
 * What makes proofs, as whoever needs one sees it. Provers are slow, hold megabytes of keys and run on threads of their
 * own, so they live in node and wallet behind this port; a native one can take their place.
 */

import type { Hex } from '@palmhold/base'
import type { Circuit } from '@palmhold/protocol'

/** The inputs of a circuit by the names of its signals. Secrets are among them. */
export type WitnessInput = Readonly<Record<string, bigint | readonly bigint[]>>

/** How far a proof is: keys are fetched (once), then all signals are computed, then the proof is made. */
export type ProvingProgress =
  | { readonly step: 'keys'; readonly file: string; readonly loadedBytes: number; readonly totalBytes: number }
  | { readonly step: 'witness' }
  /** `share` of the work that is done, 0..1. */
  | { readonly step: 'proof'; readonly share: number }

/** How long each step of a proof took. */
export type ProvingTimings = { readonly keysMs: number; readonly witnessMs: number; readonly proofMs: number }

export type Proven = {
  /** A.x, A.y, B.x1, B.x0, B.y1, B.y0, C.x, C.y: 256 bytes. */
  readonly proof: Hex
  /** In the order of the circuit. */
  readonly publicInputs: readonly bigint[]
  readonly timings: ProvingTimings
}

export type ProveOptions = {
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: ProvingProgress) => void) | undefined
}

export type Prover = {
  /**
   * Proves that `input` satisfies `circuit`; one proof at a time, in the order of the calls.
   * @throws {PalmError} PALM_PROOF_CANCELLED `signal` aborted; PALM_WITNESS_REFUSED the input satisfies it not;
   *   PALM_PROVER_FAILED the prover's thread or process ended; or what kept the keys away
   */
  readonly prove: (circuit: Circuit, input: WitnessInput, options?: ProveOptions) => Promise<Proven>
  /**
   * Gets ready for proofs of `circuit`, in the order of the calls: what a first proof would do before it begins.
   * @throws {PalmError} as `prove`
   */
  readonly prepare: (circuit: Circuit, options?: ProveOptions) => Promise<void>
  /** Ends the prover's threads and releases its memory; what is under way is cancelled. */
  readonly close: () => Promise<void>
}
