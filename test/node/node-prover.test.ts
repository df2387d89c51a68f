/** The prover's process, with the development keys: what it proves holds, and it goes when it has to. */

import { errorCode } from '@palmhold/base'
import { matchWitness, type ProvingProgress } from '@palmhold/zk'
import { expect } from 'chai'
import { isRunning } from '../../node/src/network/network-record.ts'
import { openKeyFolder } from '../../node/src/prover/key-files.ts'
import { createNodeProver } from '../../node/src/prover/node-prover.ts'
import { DEVELOPMENT_KEYS, readProofVerifier } from '../../node/src/prover/proving-keys.ts'
import { createPhonePerson, matchOf, seededRandom } from '../zk/phone-people.ts'
import { temporaryFolder } from './temporary-folder.ts'

describe('the prover of a node', function () {
  this.timeout(120_000)
  const at = temporaryFolder()
  const random = seededRandom('prover')
  const { signals, publicInputs } = matchWitness(matchOf(createPhonePerson(random), random, 300))
  const started: number[] = []
  const create = (idleMs?: number) =>
    createNodeProver({
      keys: openKeyFolder(DEVELOPMENT_KEYS),
      threads: 2,
      ...(idleMs === undefined ? {} : { idleMs }),
      onStart: (pid) => started.push(pid),
    })
  const gone = async (pid: number) => {
    while (isRunning(pid)) await new Promise((resolve) => setTimeout(resolve, 10))
  }

  it('proves what holds, on two threads, with its progress, and refuses what does not', async () => {
    const prover = create(1)
    const seen: ProvingProgress[] = []
    const {
      proof,
      publicInputs: proven,
      timings,
    } = await prover.prove('match', signals, {
      onProgress: (progress) => seen.push(progress),
    })
    expect(proven).to.deep.equal(publicInputs)
    expect(readProofVerifier().verify('match', publicInputs, proof)).to.equal(true)
    expect(seen.map(({ step }) => step).filter((step, i, all) => step !== all[i - 1])).to.deep.equal([
      'keys',
      'witness',
      'proof',
    ])
    const shares = seen.flatMap((progress) => (progress.step === 'proof' ? [progress.share] : []))
    expect(shares).to.deep.equal([...shares].sort((a, b) => a - b))
    expect(timings.proofMs).to.be.above(0)

    const loose = { ...signals, threshold: 200n }
    expect(await prover.prove('match', loose).catch(errorCode)).to.equal('PALM_WITNESS_REFUSED')
    // Nothing was asked for since: the process, and its memory, are given back.
    await gone(started.at(-1)!)
    await prover.close()
  })

  it('ends a cancelled proof with its process, and one that is killed by name', async () => {
    const prover = create()
    const stopping = new AbortController()
    const cancelled = prover.prove('match', signals, {
      signal: stopping.signal,
      onProgress: ({ step }) => step === 'proof' && stopping.abort(),
    })
    expect(await cancelled.catch(errorCode)).to.equal('PALM_PROOF_CANCELLED')
    await gone(started.at(-1)!)
    const killed = prover.prove('match', signals, {
      onProgress: ({ step }) => step === 'witness' && process.kill(started.at(-1)!, 'SIGKILL'),
    })
    expect(await killed.catch(errorCode)).to.equal('PALM_PROVER_FAILED')
    await prover.close()
  })

  it('finds no keys in an empty folder, and does not take others', () => {
    expect(() => openKeyFolder(at('nothing')))
      .to.throw()
      .with.property('code', 'PALM_KEYS_UNREACHABLE')
  })
})
