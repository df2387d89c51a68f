/**
 * A thread that computes parts of proofs: what it is asked, what it answers, and what it does, wherever it runs. Node and
 * browsers each start it in their way; with one thread a prover does it on its own.
 */

import type { Circuit } from '@palmhold/protocol'
import { buildBn128, type Curve } from 'ffjavascript'
import { computePart, type ProofPart } from './proof-parts.ts'
import { type ProvingKey, readProvingKey } from './proving-key.ts'

export type PartRequest =
  | { readonly kind: 'open'; readonly circuit: Circuit; readonly zkey: Uint8Array }
  | { readonly kind: 'compute'; readonly circuit: Circuit; readonly part: ProofPart; readonly signals: Uint8Array }

/** One for each request, in their order. */
export type PartReply =
  | { readonly kind: 'opened' }
  | { readonly kind: 'computed'; readonly part: ProofPart; readonly sum: Uint8Array }
  | { readonly kind: 'failed'; readonly reason: string }

/** Answers one request at a time. A curve is a megabyte of WebAssembly, which one thread builds once. */
export function createPartServer(): (request: PartRequest) => Promise<PartReply> {
  let curve: Promise<Curve> | undefined
  const keys = new Map<Circuit, ProvingKey>()
  return async (request) => {
    try {
      curve ??= buildBn128(true)
      const ready = await curve
      if (request.kind === 'open') {
        keys.set(request.circuit, readProvingKey(request.zkey))
        return { kind: 'opened' }
      }
      const { circuit, part, signals } = request
      try {
        const key = keys.get(circuit)
        if (!key) return { kind: 'failed', reason: `there is no key of the circuit ${circuit}` }
        return { kind: 'computed', part, sum: await computePart(ready, key, part, signals) }
      } finally {
        signals.fill(0)
      }
    } catch (error) {
      return { kind: 'failed', reason: error instanceof Error ? error.message : String(error) }
    }
  }
}
