/**
 * Measures the phone lane's proofs with the development keys: in a process of Node and in Chromium, on one thread and two,
 * cold (a new worker, keys fetched and checked) and warm; their check in JavaScript; and what the keys weigh. Beside them
 * both proofs in one circuit, and with --semaphore the proof of Semaphore.
 */

import { readFileSync, writeFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Hex } from '@palmhold/base'
import { connectChain } from '@palmhold/chain'
import type { Circuit } from '@palmhold/protocol'
import type { CircuitInput } from '@palmhold/zk'
import { findNetwork } from '../../node/src/network/network-record.ts'
import { openKeyFolder } from '../../node/src/prover/key-files.ts'
import { createNodeProver } from '../../node/src/prover/node-prover.ts'
import { DEVELOPMENT_KEYS, readProofVerifier } from '../../node/src/prover/proving-keys.ts'
import { startChromium } from '../browser/chromium.ts'
import type { DecimalSignals, PageProof } from '../browser/proving-page.ts'
import { serveProvingSite } from '../browser/proving-site.ts'
import { type BenchOptions, bestMs, type Figure } from './figure.ts'
import { prepareOneCircuit } from './one-circuit.ts'
import { provingDocument } from './proving-document.ts'
import { benchSemaphore } from './semaphore-proof.ts'
import { drawInputs } from './zk-inputs.ts'

const CIRCUITS = ['match', 'membership'] as const
const THREADS = [1, 2]
const MIB = 1024 * 1024
const DOCUMENT = join(import.meta.dirname, '../../docs/proving.md')

type Inputs = Record<Circuit, CircuitInput>
/** Proves once; `totalMs` is what the caller waited. */
type ProveOnce = (circuit: Circuit) => Promise<{ proof: Hex; totalMs: number; keysMs: number; witnessMs: number }>

/** The figures as they come, then the document. `queries` proofs of each kind count. */
export async function* benchZk(options: BenchOptions): AsyncGenerator<Figure, undefined> {
  const loadBefore = loadavg()[0]!
  const figures: Figure[] = []
  for await (const figure of measure(options)) {
    figures.push(figure)
    yield figure
  }
  writeFileSync(DOCUMENT, provingDocument(figures, loadBefore))
}

async function* measure({ queries, semaphore }: BenchOptions): AsyncGenerator<Figure> {
  const inputs = drawInputs('bench')
  yield* keySizes()
  const proofs = new Map<Circuit, Hex>()
  for (const threads of THREADS) {
    const name = `Node, ${counted(threads)}`
    yield* proveWarmAndCold(name, queries, () => openNode(threads, inputs), proofs)
  }
  yield* inOneCircuit(queries, inputs)
  if (semaphore) yield* benchSemaphore(queries)
  yield* verifying(inputs, proofs)
  yield* gasOf(inputs, proofs)
  yield* inChromium(queries, inputs)
}

/** What a customer would wait for with the palm already at the terminal, were membership not proven before. */
async function* inOneCircuit(queries: number, inputs: Inputs): AsyncGenerator<Figure> {
  const one = await prepareOneCircuit(inputs)
  yield { name: 'membership and match in one circuit', value: one.constraints, unit: 'constraints' }
  for (const threads of THREADS) {
    // Its key stands in for the match circuit's.
    const prover = createNodeProver({ keys: { load: async () => one }, threads })
    try {
      await prover.prove('match', one.signals)
      const warm = []
      for (let i = 0; i < queries; i++) {
        const startedAt = performance.now()
        await prover.prove('match', one.signals)
        warm.push(performance.now() - startedAt)
      }
      yield { name: `both in one circuit, Node, ${counted(threads)}, warm`, value: Math.min(...warm), unit: 'ms' }
    } finally {
      await prover.close()
    }
  }
}

function* keySizes(): Generator<Figure> {
  for (const circuit of CIRCUITS)
    for (const kind of ['wasm', 'zkey'] as const) {
      const bytes = readFileSync(join(DEVELOPMENT_KEYS, `${circuit}.${kind}`))
      yield { name: `${circuit}.${kind}`, value: bytes.length / MIB, unit: 'MiB' }
      yield { name: `${circuit}.${kind}, gzip`, value: gzipSync(bytes).length / MIB, unit: 'MiB' }
    }
}

type Opened = { readonly prove: ProveOnce; readonly close: () => Promise<void> }

function openNode(threads: number, inputs: Inputs): Opened {
  const prover = createNodeProver({ keys: openKeyFolder(DEVELOPMENT_KEYS), threads })
  return {
    async prove(circuit) {
      const startedAt = performance.now()
      const { proof, timings } = await prover.prove(circuit, inputs[circuit].signals)
      return { proof, totalMs: performance.now() - startedAt, ...timings }
    },
    close: () => prover.close(),
  }
}

/** Each circuit in a worker of its own: its first proof, then the best of `queries`. */
async function* proveWarmAndCold(
  name: string,
  queries: number,
  open: () => Opened | Promise<Opened>,
  proofs: Map<Circuit, Hex>,
): AsyncGenerator<Figure> {
  for (const circuit of CIRCUITS) {
    const opened = await open()
    try {
      const cold = await opened.prove(circuit)
      proofs.set(circuit, cold.proof)
      yield { name: `${circuit} proof, ${name}, cold`, value: cold.totalMs, unit: 'ms' }
      yield { name: `  of which fetching and checking keys`, value: cold.keysMs, unit: 'ms' }
      const warm = []
      for (let i = 0; i < queries; i++) warm.push(await opened.prove(circuit))
      const best = warm.reduce((least, one) => (one.totalMs < least.totalMs ? one : least))
      yield { name: `${circuit} proof, ${name}, warm`, value: best.totalMs, unit: 'ms' }
      yield { name: `  of which computing the witness`, value: best.witnessMs, unit: 'ms' }
    } finally {
      await opened.close()
    }
  }
}

function* verifying(inputs: Inputs, proofs: ReadonlyMap<Circuit, Hex>): Generator<Figure> {
  const startedAt = performance.now()
  const verifier = readProofVerifier()
  yield { name: 'prepare both verifying keys', value: performance.now() - startedAt, unit: 'ms' }
  for (const circuit of CIRCUITS) {
    const verify = () => verifier.verify(circuit, inputs[circuit].publicInputs, proofs.get(circuit)!)
    yield { name: `verify a ${circuit} proof in JavaScript, warm`, value: bestMs(verify), unit: 'ms' }
  }
}

/** Of the network in the usual folder, if one runs. */
async function* gasOf(inputs: Inputs, proofs: ReadonlyMap<Circuit, Hex>): AsyncGenerator<Figure> {
  const record = findNetwork(process.env.PALMHOLD_FOLDER ?? '.palmhold')
  if (!record) {
    process.stdout.write('  gas: no network runs here, see contracts/gas-snapshot.json\n')
    return
  }
  const { rpcUrl, chainId } = record.chain
  const chain = await connectChain({ rpcUrl, expectedChainId: chainId, contracts: record.contracts })
  try {
    const [match, membership] = [proofs.get('match')!, proofs.get('membership')!]
    yield {
      name: 'check of a match proof',
      value: await chain.matchProofGas(inputs.match.publicInputs, match),
      unit: 'gas',
    }
    yield {
      name: 'check of a membership proof',
      value: await chain.membershipProofGas(inputs.membership.publicInputs, membership),
      unit: 'gas',
    }
  } finally {
    chain.close()
  }
}

async function* inChromium(queries: number, inputs: Inputs): AsyncGenerator<Figure> {
  const browser = await startChromium()
  if ('missing' in browser) {
    process.stdout.write(`  no Chromium runs here: ${browser.missing}\n`)
    return
  }
  const site = await serveProvingSite()
  try {
    const page = await browser.newPage()
    await page.goto(site.url)
    await page.waitForFunction(() => 'provingPage' in globalThis)
    const call = (name: string, ...args: readonly unknown[]) =>
      page.evaluate(
        ([called, given]) =>
          (globalThis as unknown as { provingPage: Record<string, (...all: readonly unknown[]) => unknown> })
            .provingPage[called]!(...given),
        [name, args] as const,
      )
    const open = async (threads: number): Promise<Opened> => {
      await call('open', threads, 'keys/')
      return {
        async prove(circuit) {
          const made = (await call('prove', circuit, decimal(inputs[circuit]))) as PageProof
          return { proof: made.proof as Hex, totalMs: made.totalMs, ...made.timings }
        },
        close: async () => void (await call('close')),
      }
    }
    for (const threads of THREADS)
      yield* proveWarmAndCold(`Chromium, ${counted(threads)}`, queries, () => open(threads), new Map())
  } finally {
    await browser.close()
    await site.close()
  }
}

function decimal({ signals }: CircuitInput): DecimalSignals {
  return Object.fromEntries(
    Object.entries(signals).map(([name, value]) => [name, typeof value === 'bigint' ? `${value}` : value.map(String)]),
  )
}

function counted(threads: number): string {
  return threads === 1 ? 'one thread' : `${threads} threads`
}
