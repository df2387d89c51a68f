/**
 * Groth16Verifier on keys and proofs that snarkjs made: it says what @palmhold/zk's verifier says, to every proof and to whatever
 * was made of it, and takes no key that proves nothing.
 */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { bn254 } from '@noble/curves/bn254.js'
import type { Hex } from '@palmhold/base'
import {
  createProofVerifier,
  encodeProof,
  encodeSnarkjsProof,
  hashVerifyingKey,
  parseVerifyingKey,
  type VerifyingKey,
} from '@palmhold/zk'
import { expect } from 'chai'
import { type Contract, ContractFactory, Interface, type Signer } from 'ethers'
import fc from 'fast-check'
import { network } from 'hardhat'
import { GROTH16_VERIFIER_ARTIFACT } from '../../contracts/ignition/generated/groth16-verifier.ts'
import { proofWords } from '../../packages/chain/src/encode-evidence.ts'
import { readVerifyingKeys, verifyingKeyWords } from '../../scripts/verifying-keys.ts'
import { simulatedKey } from '../support/simulated-proofs.ts'
import type { Connection } from './world.ts'

type Vectors = {
  verifyingKey: object
  keyWithoutPhaseTwo: object
  proofs: { publicSignals: string[]; proof: object }[]
}

const VECTORS: Vectors = JSON.parse(readFileSync(join(import.meta.dirname, '../vectors/groth16.json'), 'utf8'))
const KEY = parseVerifyingKey(JSON.stringify(VECTORS.verifyingKey))
const CASES = VECTORS.proofs.map(({ publicSignals, proof }) => ({
  inputs: publicSignals.map(BigInt),
  proof: encodeSnarkjsProof(proof),
}))
const BASE_ORDER = bn254.fields.Fp.ORDER
const SCALAR_ORDER = bn254.fields.Fr.ORDER
/** `npm run fuzz -- zk` takes more. */
const RANDOM_RUNS = Number(process.env.PALMHOLD_FUZZ_RUNS ?? 40)
/** Of one random proof, proven with a trapdoor, checked on chain and off. */
const RUN_MS = 500
const ERRORS = new Interface(GROTH16_VERIFIER_ARTIFACT.abi)
const OFF_CHAIN = createProofVerifier({ membership: KEY, match: KEY })

describe('Groth16Verifier', function () {
  this.timeout(60_000)
  let connection: Connection
  let verifier: Contract

  before(async () => {
    connection = await network.connect()
    verifier = await deployed(KEY)
  })

  /** What the contract says, after it was seen to be what everybody off chain is told. */
  const holds = async (inputs: readonly bigint[], proof: Hex): Promise<boolean> => {
    const answer: boolean = await verifier.getFunction('verify')(inputs, proofWords(proof))
    expect(OFF_CHAIN.verify('match', inputs, proof)).to.equal(answer)
    return answer
  }

  it('takes what snarkjs proved, at the edges of the field as well', async () => {
    for (const { inputs, proof } of CASES) {
      expect(await holds(inputs, proof)).to.equal(true)
      await verifier.getFunction('requireProof')(inputs, proofWords(proof))
      const wrong = verifier.getFunction('requireProof')(inputs.toReversed(), proofWords(proof))
      // a palindrome would hold either way
      if (inputs.some((value, i) => value !== inputs.at(-1 - i)))
        await expect(wrong).to.be.revertedWithCustomError(verifier, 'ProofInvalid')
      else await wrong
    }
  })

  it('refuses each input changed, zeroed and aliased', async () => {
    const [{ inputs, proof }] = CASES as [(typeof CASES)[0]]
    for (const [i, value] of inputs.entries())
      for (const bent of [value + 1n, 0n, SCALAR_ORDER - value, value + SCALAR_ORDER])
        expect(await holds(inputs.with(i, bent), proof), `input ${i}`).to.equal(false)
    expect(await holds(inputs, CASES[1]!.proof)).to.equal(false)
  })

  it('refuses coordinates aliased, points off the curve, out of the subgroup, negated and at infinity', async () => {
    const [{ inputs, proof }] = CASES as [(typeof CASES)[0]]
    const words = proofWords(proof).map(BigInt)
    const bent = (changes: Readonly<Record<number, bigint>>) => toProof(words.map((word, i) => changes[i] ?? word))
    for (let i = 0; i < 8; i++) {
      expect(await holds(inputs, bent({ [i]: words[i]! + BASE_ORDER })), `word ${i} aliased`).to.equal(false)
      expect(await holds(inputs, bent({ [i]: words[i]! ^ 1n })), `word ${i} changed`).to.equal(false)
      expect(await holds(inputs, bent({ [i]: BASE_ORDER })), `word ${i} is q`).to.equal(false)
    }
    expect(await holds(inputs, bent({ 0: 0n, 1: 0n }))).to.equal(false)
    expect(await holds(inputs, bent({ 2: 0n, 3: 0n, 4: 0n, 5: 0n }))).to.equal(false)
    expect(await holds(inputs, bent({ 6: 0n, 7: 0n }))).to.equal(false)
    expect(await holds(inputs, toProof(words.map(() => 0n)))).to.equal(false)
    expect(await holds(inputs, bent({ 1: BASE_ORDER - words[1]! }))).to.equal(false)
    const [x1, x0, y1, y0] = outsideSubgroup()
    expect(await holds(inputs, bent({ 2: x1, 3: x0, 4: y1, 5: y0 }))).to.equal(false)
  })

  it('takes a rewritten proof, as Groth16 does: nothing may rest on the bytes of one', async () => {
    const [{ inputs, proof }] = CASES as [(typeof CASES)[0]]
    const [ax, ay, bx1, bx0, by1, by0, cx, cy] = proofWords(proof).map(BigInt) as [bigint, ...bigint[]]
    const a = bn254.G1.Point.fromAffine({ x: ax, y: ay! }).multiply(bn254.fields.Fr.inv(3n)).toAffine()
    const b = bn254.G2.Point.fromAffine({ x: { c0: bx0!, c1: bx1! }, y: { c0: by0!, c1: by1! } })
      .multiply(3n)
      .toAffine()
    const rewritten = encodeProof({ a: [a.x, a.y], b: [b.x.c1, b.x.c0, b.y.c1, b.y.c0], c: [cx!, cy!] })
    expect(rewritten).to.not.equal(proof)
    expect(await holds(inputs, rewritten)).to.equal(true)
  })

  it('says what everybody off chain is told of random inputs and proofs', async function () {
    this.timeout(60_000 + RANDOM_RUNS * RUN_MS)
    const key = simulatedKey('random')
    verifier = await deployed(key.key)
    const other = createProofVerifier({ membership: key.key, match: key.key })
    const element = fc.oneof(
      fc.bigInt({ min: 0n, max: SCALAR_ORDER - 1n }),
      fc.constantFrom(0n, 1n, SCALAR_ORDER - 1n, SCALAR_ORDER, 2n ** 256n - 1n),
    )
    let held = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(element, { minLength: 5, maxLength: 5 }),
        fc.option(fc.tuple(fc.nat(2047), fc.nat(7)), { freq: 2 }),
        async (inputs, flip) => {
          const words = proofWords(key.prove(inputs)).map(BigInt)
          if (flip) words[flip[1]] = words[flip[1]]! ^ (1n << BigInt(flip[0] % 256))
          const proof = toProof(words)
          const answer: boolean = await verifier.getFunction('verify')(inputs, proofWords(proof))
          expect(other.verify('match', inputs, proof)).to.equal(answer)
          if (answer) held++
        },
      ),
      { numRuns: RANDOM_RUNS, seed: Number(process.env.PALMHOLD_FUZZ_SEED ?? 16) },
    )
    expect(held).to.be.above(4)
    verifier = await deployed(KEY)
  })

  it('names its key as @palmhold/zk does', async () => {
    expect(await verifier.getFunction('keyHash')()).to.equal(hashVerifyingKey(KEY))
  })

  describe('is not deployed with', () => {
    it('a key that never went through phase 2', async () => {
      const { vk_delta_2, vk_gamma_2 } = VECTORS.keyWithoutPhaseTwo as Record<string, unknown>
      expect(vk_delta_2, 'snarkjs starts with').to.deep.equal(vk_gamma_2)
      const fresh = { ...KEY, delta: KEY.gamma }
      expect(await refusal(fresh)).to.equal('KeyWithoutPhaseTwo')
      for (const delta of ['gamma', '-gamma'] as const)
        expect(await refusal(simulatedKey('no phase 2', { delta }).key)).to.equal('KeyWithoutPhaseTwo')
    })

    it('a coordinate that is aliased, or a point off the curve or at infinity', async () => {
      const parts = ['alpha', 'beta', 'gamma', 'delta'] as const
      const bent: [string, VerifyingKey][] = []
      const at = (point: readonly bigint[], i: number, value: bigint) => point.with(i, value) as never
      for (const part of parts)
        for (const [i, value] of KEY[part].entries()) {
          bent.push([`${part} ${i} aliased`, { ...KEY, [part]: at(KEY[part], i, value + BASE_ORDER) }])
          bent.push([`${part} ${i} off the curve`, { ...KEY, [part]: at(KEY[part], i, value ^ 1n) }])
        }
      for (const part of parts) bent.push([`${part} at infinity`, { ...KEY, [part]: KEY[part].map(() => 0n) as never }])
      for (const [i, point] of KEY.ic.entries()) {
        bent.push([`ic ${i} at infinity`, { ...KEY, ic: KEY.ic.with(i, [0n, 0n]) }])
        bent.push([`ic ${i} off the curve`, { ...KEY, ic: KEY.ic.with(i, [point[0], point[1] ^ 1n]) }])
        bent.push([`ic ${i} aliased`, { ...KEY, ic: KEY.ic.with(i, [point[0] + BASE_ORDER, point[1]]) }])
      }
      for (const part of ['beta', 'gamma', 'delta'] as const)
        bent.push([`${part} out of the subgroup`, { ...KEY, [part]: outsideSubgroup() }])
      for (const [name, key] of bent) expect(await refusal(key), name).to.equal('KeyPointInvalid')
    })

    it('a development key, on any chain but the local one', async () => {
      const { membership, match } = readVerifyingKeys()
      for (const key of [membership, match]) await deployed(key)
      const elsewhere = await network.connect({ network: 'default', override: { chainId: 100 } })
      try {
        for (const key of [membership, match]) expect(await refusal(key, elsewhere)).to.equal('DevelopmentKey')
        await deployed(KEY, elsewhere)
      } finally {
        await elsewhere.close()
      }
    })
  })

  async function deployed(key: VerifyingKey, on = connection): Promise<Contract> {
    const [signer] = await on.ethers.getSigners()
    const { abi, bytecode } = GROTH16_VERIFIER_ARTIFACT
    const factory = new ContractFactory(abi, bytecode, signer as unknown as Signer)
    return (await factory.deploy(verifyingKeyWords(key))) as Contract
  }

  async function refusal(key: VerifyingKey, on = connection): Promise<string | undefined> {
    try {
      await deployed(key, on)
      return undefined
    } catch (error) {
      const data = (error as { data?: string }).data ?? '0x'
      return ERRORS.parseError(data)?.name ?? String(error)
    }
  }
})

function toProof(words: readonly bigint[]): Hex {
  return `0x${words.map((word) => word.toString(16).padStart(64, '0')).join('')}`
}

/** A point of the twisted curve y^2 = x^3 + 3 / (9 + i) that is not of the group of order r. */
function outsideSubgroup(): readonly [bigint, bigint, bigint, bigint] {
  const { Fp2 } = bn254.fields
  const b = Fp2.div(Fp2.fromBigTuple([3n, 0n]), Fp2.fromBigTuple([9n, 1n]))
  for (let c0 = 1n; ; c0++) {
    const x = Fp2.fromBigTuple([c0, 1n])
    try {
      const y = Fp2.sqrt(Fp2.add(Fp2.mul(Fp2.sqr(x), x), b))
      if (!bn254.G2.Point.fromAffine({ x, y }).isTorsionFree()) return [x.c1, x.c0, y.c1, y.c0]
    } catch {
      // no point has this x
    }
  }
}
