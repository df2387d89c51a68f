/** What a prover does around its worker: order, cancellation, restarts, and when it lets go of memory. */

import { errorCode } from '@palmhold/base'
import type { Circuit } from '@palmhold/protocol'
import { createWorkerProver, type KeyStore, type ProverOrder, type ProverReport } from '@palmhold/wallet/prover'
import { expect } from 'chai'

const KEYS = { wasm: Uint8Array.of(1), zkey: Uint8Array.of(2) }

/** A worker that answers when it is told to. */
class TestWorker {
  readonly orders: ProverOrder[] = []
  ended = false
  readonly report: (report: ProverReport) => void
  readonly die: (reason: unknown) => void

  constructor(events: { onReport: (report: ProverReport) => void; onEnd: (reason: unknown) => void }) {
    this.report = events.onReport
    this.die = events.onEnd
  }

  prove(): void {
    this.report({ kind: 'proven', proof: '0x01', publicInputs: [7n], witnessMs: 1, proofMs: 2 })
  }
}

describe('a prover on a worker', () => {
  let workers: TestWorker[]
  let loads: Circuit[]
  const settled = () => new Promise<void>((resolve) => setImmediate(resolve))

  beforeEach(() => {
    workers = []
    loads = []
  })

  function create(options: { keys?: KeyStore; idleMs?: number } = {}) {
    return createWorkerProver({
      threads: 2,
      keys: options.keys ?? {
        load: async (circuit) => {
          loads.push(circuit)
          return KEYS
        },
      },
      ...(options.idleMs === undefined ? {} : { idleMs: options.idleMs }),
      start(events) {
        const worker = new TestWorker(events)
        workers.push(worker)
        return {
          post: (order) => void worker.orders.push(order),
          end: async () => {
            worker.ended = true
          },
        }
      },
    })
  }

  it('starts it for the first proof, and gives it the keys of a circuit once', async () => {
    const prover = create()
    expect(workers.length).to.equal(0)
    for (const circuit of ['match', 'match', 'membership'] as const) {
      const proving = prover.prove(circuit, { a: 1n })
      await settled()
      workers[0]!.prove()
      expect((await proving).publicInputs).to.deep.equal([7n])
    }
    expect(workers.length).to.equal(1)
    expect(workers[0]!.orders.map(({ circuit, keys }) => [circuit, keys !== undefined])).to.deep.equal([
      ['match', true],
      ['match', false],
      ['membership', true],
    ])
    expect(loads).to.deep.equal(['match', 'membership'])
    await prover.close()
    expect(workers[0]!.ended).to.equal(true)
  })

  it('gets ready before it is asked for a proof, which then needs no keys', async () => {
    const prover = create()
    const preparing = prover.prepare('match')
    await settled()
    expect(workers[0]!.orders).to.deep.equal([{ circuit: 'match', threads: 2, keys: KEYS }])
    workers[0]!.report({ kind: 'ready' })
    await preparing
    const proving = prover.prove('match', {})
    await settled()
    expect(workers[0]!.orders[1]).to.deep.equal({ circuit: 'match', threads: 2, input: {} })
    workers[0]!.prove()
    await proving
    await prover.close()
  })

  it('proves one after the other', async () => {
    const prover = create()
    const [first, second] = [prover.prove('match', {}), prover.prove('match', {})]
    await settled()
    expect(workers[0]!.orders.length).to.equal(1)
    workers[0]!.prove()
    await first
    await settled()
    expect(workers[0]!.orders.length).to.equal(2)
    workers[0]!.prove()
    await second
    await prover.close()
  })

  it('tells how far it is', async () => {
    const prover = create()
    const seen: unknown[] = []
    const proving = prover.prove('match', {}, { onProgress: (progress) => seen.push(progress) })
    await settled()
    workers[0]!.report({ kind: 'progress', progress: { step: 'witness' } })
    workers[0]!.report({ kind: 'progress', progress: { step: 'proof', share: 0.5 } })
    workers[0]!.prove()
    await proving
    expect(seen).to.deep.equal([{ step: 'witness' }, { step: 'proof', share: 0.5 }])
    await prover.close()
  })

  it('ends the worker of a cancelled proof, and starts another, with its keys, for the next', async () => {
    const prover = create()
    const stopping = new AbortController()
    const cancelled = prover.prove('match', {}, { signal: stopping.signal }).catch(errorCode)
    const next = prover.prove('match', {})
    await settled()
    stopping.abort()
    expect(await cancelled).to.equal('PALM_PROOF_CANCELLED')
    await settled()
    expect([workers[0]!.ended, workers.length]).to.deep.equal([true, 2])
    expect(workers[1]!.orders[0]!.keys).to.equal(KEYS)
    // What a worker that was ended still says is nobody's answer.
    workers[0]!.prove()
    workers[1]!.report({ kind: 'failed', code: 'PALM_WITNESS_REFUSED', message: 'no', hints: [] })
    expect(await next.catch(errorCode)).to.equal('PALM_WITNESS_REFUSED')
    await prover.close()
  })

  it('does not begin a proof that was cancelled while it waited', async () => {
    const prover = create()
    const stopping = new AbortController()
    const first = prover.prove('match', {})
    const waiting = prover.prove('membership', {}, { signal: stopping.signal }).catch(errorCode)
    stopping.abort()
    await settled()
    workers[0]!.prove()
    await first
    expect(await waiting).to.equal('PALM_PROOF_CANCELLED')
    expect([workers.length, workers[0]!.ended, loads]).to.deep.equal([1, false, ['match']])
    await prover.close()
  })

  it('fails the proof of a worker that died, and starts another for the next', async () => {
    const prover = create()
    const lost = prover.prove('match', {}).catch(errorCode)
    await settled()
    workers[0]!.die('killed')
    expect(await lost).to.equal('PALM_PROVER_FAILED')
    const next = prover.prove('match', {})
    await settled()
    workers[1]!.prove()
    expect((await next).proof).to.equal('0x01')
    await prover.close()
  })

  it('does the same where a worker lives and its threads have died', async () => {
    const prover = create()
    const lost = prover.prove('match', {}).catch(errorCode)
    await settled()
    workers[0]!.report({ kind: 'failed', code: 'PALM_PROVER_FAILED', message: 'a thread ended', hints: [] })
    expect(await lost).to.equal('PALM_PROVER_FAILED')
    const next = prover.prove('match', {})
    await settled()
    expect([workers[0]!.ended, workers.length]).to.deep.equal([true, 2])
    expect(workers[1]!.orders[0]!.keys).to.equal(KEYS)
    workers[1]!.prove()
    expect((await next).proof).to.equal('0x01')
    await prover.close()
  })

  it('passes on what keeps the keys away, and asks again the next time', async () => {
    let fails = true
    const keys: KeyStore = {
      load: async () => {
        if (fails)
          throw Object.assign(new Error(), { code: 'PALM_KEYS_UNREACHABLE', [Symbol.for('palmhold.PalmError')]: true })
        return KEYS
      },
    }
    const prover = create({ keys })
    expect(await prover.prove('match', {}).catch(errorCode)).to.equal('PALM_KEYS_UNREACHABLE')
    expect(workers.length).to.equal(0)
    fails = false
    const proving = prover.prove('match', {})
    await settled()
    workers[0]!.prove()
    await proving
    await prover.close()
  })

  it('lets go of its memory when nothing was proven for a while', async () => {
    const prover = create({ idleMs: 1 })
    const proving = prover.prove('match', {})
    await settled()
    workers[0]!.prove()
    await proving
    while (!workers[0]!.ended) await settled()
    const again = prover.prove('match', {})
    await settled()
    expect(workers.length).to.equal(2)
    workers[1]!.prove()
    await again
    await prover.close()
  })

  it('cancels what is under way when it is closed, and takes nothing more', async () => {
    const prover = create()
    const proving = prover.prove('match', {}).catch(errorCode)
    await settled()
    await prover.close()
    expect([await proving, workers[0]!.ended]).to.deep.equal(['PALM_PROOF_CANCELLED', true])
    expect(await prover.prove('match', {}).catch(errorCode)).to.equal('PALM_PROOF_CANCELLED')
  })
})
