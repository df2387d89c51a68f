/** Proofs in parts, with the development keys: they hold, and a damaged key is refused by name. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { errorCode } from '@palmhold/base'
import { createGroth16, type PartThread } from '@palmhold/wallet/prover-worker'
import { matchWitness } from '@palmhold/zk'
import { expect } from 'chai'
import { DEVELOPMENT_KEYS, readProofVerifier } from '../../../node/src/prover/proving-keys.ts'
import { readProvingKey } from '../../../wallet/src/prover/proving-key.ts'
import { createPhonePerson, matchOf, seededRandom } from '../../zk/phone-people.ts'

const keyFile = (name: string) => new Uint8Array(readFileSync(join(DEVELOPMENT_KEYS, name)))
const keys = { wasm: keyFile('match.wasm'), zkey: keyFile('match.zkey') }
const noThread = (): PartThread => {
  throw new Error('no thread was to be started')
}

describe('Groth16 in parts', function () {
  this.timeout(60_000)
  const random = seededRandom('groth16')
  const { signals, publicInputs } = matchWitness(matchOf(createPhonePerson(random), random, 300))

  it('proves on the thread that calls, with shares that grow, and draws anew for each proof', async () => {
    const groth16 = createGroth16({ threads: 1, startThread: noThread })
    await groth16.open('match', keys)
    const shares: number[] = []
    const first = await groth16.prove('match', signals, (progress) => {
      if (progress.step === 'proof') shares.push(progress.share)
    })
    const second = await groth16.prove('match', signals, () => undefined)
    expect(first.publicInputs).to.deep.equal(publicInputs)
    const verifier = readProofVerifier()
    for (const { proof } of [first, second]) expect(verifier.verify('match', publicInputs, proof)).to.equal(true)
    expect(first.proof).to.not.equal(second.proof)
    expect(shares).to.deep.equal([0, 0.2, 0.4, 0.6, 0.8, 1])
  })

  it('fails where a thread ends, for the proof under way and for those behind it', async () => {
    const ends: ((reason: unknown) => void)[] = []
    const groth16 = createGroth16({
      threads: 2,
      startThread: ({ onReply, onEnd }) => {
        const isFirst = ends.push(onEnd) === 1
        return {
          post(request) {
            if (request.kind === 'open') onReply({ kind: 'opened' })
            // The other one goes on, and the one that ends never answers.
            else if (isFirst) onReply({ kind: 'computed', part: request.part, sum: new Uint8Array(96) })
          },
        }
      },
    })
    await groth16.open('match', keys)
    const proving = groth16.prove('match', signals, (progress) => {
      if (progress.step === 'proof') queueMicrotask(() => ends[1]!('killed'))
    })
    expect(await proving.catch(errorCode)).to.equal('PALM_PROVER_FAILED')
    expect(await groth16.prove('match', signals, () => undefined).catch(errorCode)).to.equal('PALM_PROVER_FAILED')
  })

  it('begins nothing more once a part has failed, and waits for what was begun', async () => {
    const begun: string[] = []
    const later: (() => void)[] = []
    const groth16 = createGroth16({
      threads: 2,
      startThread: ({ onReply }) => ({
        post(request) {
          if (request.kind === 'open') return onReply({ kind: 'opened' })
          begun.push(request.part)
          const { part } = request
          if (part === 'h') return onReply({ kind: 'failed', reason: 'no memory' })
          later.push(() => onReply({ kind: 'computed', part, sum: new Uint8Array(96) }))
        },
      }),
    })
    await groth16.open('match', keys)
    let isOver = false
    const proving = groth16
      .prove('match', signals, () => undefined)
      .catch(errorCode)
      .finally(() => {
        isOver = true
      })
    while (later.length === 0) await new Promise((resolve) => setImmediate(resolve))
    await new Promise((resolve) => setImmediate(resolve))
    expect(isOver).to.equal(false)
    later[0]!()
    expect(await proving).to.equal('PALM_PROVER_FAILED')
    expect(begun).to.deep.equal(['h', 'b2'])
  })

  it('names what a thread refuses, and a program that belongs to another key', async () => {
    const groth16 = createGroth16({
      threads: 2,
      startThread: ({ onReply }) => ({ post: () => onReply({ kind: 'failed', reason: 'no memory' }) }),
    })
    expect(await groth16.open('match', keys).catch(errorCode)).to.equal('PALM_PROVER_FAILED')
    const mixed = createGroth16({ threads: 1, startThread: noThread })
    await mixed.open('match', { wasm: keys.wasm, zkey: keyFile('membership.zkey') })
    expect(await mixed.prove('match', signals, () => undefined).catch(errorCode)).to.equal('PALM_KEYS_DAMAGED')
  })
})

describe('a proving key', () => {
  const { zkey } = keys
  const codeOf = (bytes: Uint8Array) => {
    try {
      readProvingKey(bytes)
      return 'read'
    } catch (error) {
      return errorCode(error)
    }
  }
  const changed = (at: number, value: number) => {
    const bytes = zkey.slice()
    bytes[at] = value
    return bytes
  }
  /** Where the content of the header's section begins: behind magic, version, count, the first section, and its own head. */
  const HEADER = 12 + 12 + 4 + 12

  it('is read as it was made', () => {
    const key = readProvingKey(zkey)
    expect([key.publicCount, key.domainSize]).to.deep.equal([publicCount(), 8192])
    expect(key.h.length).to.equal(8192 * 64)
    expect(key.b2.length).to.equal(key.signalCount * 128)
  })
  const publicCount = () => 5

  const damages: [string, Uint8Array][] = [
    ['nothing', new Uint8Array()],
    ['its first bytes alone', zkey.slice(0, 30)],
    ['all but its last byte', zkey.slice(0, -1)],
    ['another magic', changed(0, 0)],
    ['another version', changed(4, 2)],
    ['another proof system', changed(24, 2)],
    ['a section less', changed(8, 3)],
    ['a section more', changed(8, 200)],
    ['a section as long as no file is', changed(12 + 4 + 7, 255)],
    ['another count of signals', changed(HEADER + 72, 1)],
    ['another count of public inputs', changed(HEADER + 76, 9)],
    ['another domain', changed(HEADER + 81, 1)],
  ]
  for (const [name, bytes] of damages)
    it(`is refused: ${name}`, () => {
      expect(codeOf(bytes)).to.equal('PALM_KEYS_DAMAGED')
    })
})
