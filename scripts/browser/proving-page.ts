/** A page that proves as the wallet does: keys downloaded and cached, a Web Worker, threads. Driven from outside. */

import type { Circuit } from '@palmhold/protocol'
import { createBrowserKeyCache } from '@palmhold/wallet/browser-key-cache'
import { createBrowserProver } from '@palmhold/wallet/browser-prover'
import { createDownloadingKeyStore, parseKeyManifest } from '@palmhold/wallet/prover'
import type { Prover, ProvingTimings } from '@palmhold/zk'

/** A circuit's input with its numbers in decimal, which cross into a page. */
export type DecimalSignals = Readonly<Record<string, string | readonly string[]>>

export type PageProof = {
  readonly proof: string
  readonly publicInputs: readonly string[]
  readonly timings: ProvingTimings
  readonly totalMs: number
  /** The steps that were told, each once. */
  readonly steps: readonly string[]
}

let prover: Prover | undefined

const provingPage = {
  isIsolated: () => crossOriginIsolated,

  /** Starts a prover with keys from `keysUrl`, relative to the page. */
  async open(threads: number, keysUrl: string): Promise<void> {
    await prover?.close()
    const baseUrl = new URL(keysUrl, location.href).href
    const manifest = parseKeyManifest(await (await fetch(new URL('manifest.json', baseUrl))).text())
    const keys = createDownloadingKeyStore({ manifest, baseUrl, cache: createBrowserKeyCache() })
    prover = createBrowserProver({ keys, threads })
  },

  async prove(circuit: Circuit, signals: DecimalSignals): Promise<PageProof> {
    const steps = new Set<string>()
    const startedAt = performance.now()
    const { proof, publicInputs, timings } = await prover!.prove(circuit, numbersIn(signals), {
      onProgress: ({ step }) => steps.add(step),
    })
    const totalMs = performance.now() - startedAt
    return { proof, publicInputs: publicInputs.map(String), timings, totalMs, steps: [...steps] }
  },

  /** The code with which a proof ends that is cancelled once it is under way. */
  async cancel(circuit: Circuit, signals: DecimalSignals): Promise<string> {
    const stopping = new AbortController()
    const proving = prover!.prove(circuit, numbersIn(signals), {
      signal: stopping.signal,
      onProgress: ({ step }) => step === 'proof' && stopping.abort(),
    })
    return proving.then(
      () => 'proven',
      (error: { code?: string }) => error.code ?? 'unknown',
    )
  },

  close: () => prover?.close(),
}

export type ProvingPage = typeof provingPage

Object.assign(globalThis, { provingPage })

function numbersIn(signals: DecimalSignals) {
  return Object.fromEntries(
    Object.entries(signals).map(([name, value]) => [
      name,
      typeof value === 'string' ? BigInt(value) : value.map((part) => BigInt(part)),
    ]),
  )
}
