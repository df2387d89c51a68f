/** The check of proofs without snarkjs: what it takes and refuses, beside snarkjs as the oracle. */

import { bn254 } from '@noble/curves/bn254.js'
import { type Hex, toBigEndian, toHex } from '@palmhold/base'
import type { Circuit } from '@palmhold/protocol'
import { createProofVerifier, decodeProof, encodeProof, encodeSnarkjsProof, type ProofWords } from '@palmhold/zk'
import { expect } from 'chai'
import { COORDINATE_ORDER, type G1Words, type G2Words, SCALAR_ORDER } from '../../packages/zk/src/pairing-points.ts'
import { sharedCases } from './phone-document.ts'
import { developmentKeys, developmentVerifier, groth16, type Proven, verifyingKeyText } from './proofs.ts'

const { G1, G2 } = bn254
const g1Words = (point: InstanceType<typeof G1.Point>): G1Words => [point.toAffine().x, point.toAffine().y]
const g2Words = (point: InstanceType<typeof G2.Point>): G2Words => {
  const { x, y } = point.toAffine()
  return [x.c1, x.c0, y.c1, y.c0]
}
const g1 = ([x, y]: G1Words) => G1.Point.fromAffine({ x, y })
const g2 = ([x1, x0, y1, y0]: G2Words) => G2.Point.fromAffine({ x: { c0: x0, c1: x1 }, y: { c0: y0, c1: y1 } })

/** On the twist, and of another order than the groups'. */
const OUTSIDE: G2Words = [
  0n,
  1n,
  15975588672102553735566230729081043132501226101599136527557730645158523614371n,
  3610091866386166428467545612961983990332663701371483510632385378352395651980n,
]

const MALFORMED: Record<string, (words: ProofWords) => ProofWords> = {
  'A off the curve': (words) => ({ ...words, a: [words.a[0] ^ 1n, words.a[1]] }),
  'A at infinity': (words) => ({ ...words, a: [0n, 0n] }),
  'A.x above the order': (words) => ({ ...words, a: [words.a[0] + COORDINATE_ORDER, words.a[1]] }),
  'A.y above the order': (words) => ({ ...words, a: [words.a[0], words.a[1] + COORDINATE_ORDER] }),
  '-A': (words) => ({ ...words, a: [words.a[0], COORDINATE_ORDER - words.a[1]] }),
  'B off the curve': (words) => ({ ...words, b: [words.b[0], words.b[1] ^ 1n, words.b[2], words.b[3]] }),
  'B at infinity': (words) => ({ ...words, b: [0n, 0n, 0n, 0n] }),
  'B outside the subgroup': (words) => ({ ...words, b: OUTSIDE }),
  'B with real and imaginary parts swapped': (words) => ({
    ...words,
    b: [words.b[1], words.b[0], words.b[3], words.b[2]],
  }),
  'B.x above the order': (words) => ({
    ...words,
    b: [words.b[0] + COORDINATE_ORDER, words.b[1], words.b[2], words.b[3]],
  }),
  'C off the curve': (words) => ({ ...words, c: [words.c[0] ^ 1n, words.c[1]] }),
  'C at infinity': (words) => ({ ...words, c: [0n, 0n] }),
  'C.x above the order': (words) => ({ ...words, c: [words.c[0] + COORDINATE_ORDER, words.c[1]] }),
  'A in the place of C': (words) => ({ ...words, c: words.a }),
}

describe('the check of proofs', function () {
  this.timeout(120_000)
  const proofs: Partial<Record<Circuit, Proven>> = {}
  before(async () => {
    Object.assign(proofs, (await sharedCases()).ada)
  })

  for (const circuit of ['membership', 'match'] as const)
    describe(`of ${circuit}`, () => {
      const verify = (publicInputs: readonly bigint[], proof: Hex) =>
        developmentVerifier.verify(circuit, publicInputs, proof)

      it('takes a proof as snarkjs does', async () => {
        const { publicInputs, proof, json } = proofs[circuit]!
        expect(verify(publicInputs, proof)).to.equal(true)
        expect(await groth16.verify(JSON.parse(verifyingKeyText(circuit)), publicInputs.map(String), json)).to.equal(
          true,
        )
      })

      it('refuses each public input when it is changed, zeroed or aliased', async () => {
        const { publicInputs, proof, json } = proofs[circuit]!
        for (const [i, value] of publicInputs.entries())
          for (const other of [value + 1n, 0n, value + SCALAR_ORDER, -value, SCALAR_ORDER]) {
            const bent = publicInputs.with(i, other)
            expect(verify(bent, proof), `input ${i} as ${other}`).to.equal(false)
            if (other >= 0n && other < SCALAR_ORDER)
              expect(await groth16.verify(JSON.parse(verifyingKeyText(circuit)), bent.map(String), json)).to.equal(
                false,
              )
          }
      })

      it('refuses inputs in another order, too few and too many', () => {
        const { publicInputs, proof } = proofs[circuit]!
        expect(verify(publicInputs.toReversed(), proof)).to.equal(false)
        expect(verify(publicInputs.slice(1), proof)).to.equal(false)
        expect(verify([...publicInputs, 0n], proof)).to.equal(false)
      })

      for (const [name, bend] of Object.entries(MALFORMED))
        it(`refuses ${name}`, () => {
          const { publicInputs, proof } = proofs[circuit]!
          const words = bend(decodeProof(proof))
          const bytes = [...words.a, ...words.b, ...words.c].map((word) => toHex(toBigEndian(word, 32)).slice(2))
          expect(verify(publicInputs, `0x${bytes.join('')}`)).to.equal(false)
        })

      it('refuses other spellings and lengths of a proof', () => {
        const { publicInputs, proof } = proofs[circuit]!
        for (const text of [
          proof.toUpperCase(),
          `0X${proof.slice(2)}`,
          proof.slice(2),
          `${proof}00`,
          proof.slice(0, -2),
          '0x',
          '',
        ])
          expect(verify(publicInputs, text as Hex), text.slice(0, 6)).to.equal(false)
      })

      it('takes a proof that anybody rewrote, which says the same and nothing else', () => {
        const { publicInputs, proof } = proofs[circuit]!
        const { a, b, c } = decodeProof(proof)
        const key = developmentKeys[circuit]
        // e(2 A, B / 2) = e(A, B), and e(A, B + r delta) e(-(C + r A), delta) = e(A, B) e(-C, delta).
        const half = bn254.fields.Fr.inv(2n)
        const scaled = encodeProof({ a: g1Words(g1(a).multiply(2n)), b: g2Words(g2(b).multiply(half)), c })
        const shifted = encodeProof({
          a,
          b: g2Words(g2(b).add(g2(key.delta).multiply(7n))),
          c: g1Words(g1(c).add(g1(a).multiply(7n))),
        })
        for (const rewritten of [scaled, shifted]) {
          expect(rewritten).not.to.equal(proof)
          expect(verify(publicInputs, rewritten)).to.equal(true)
          for (const i of publicInputs.keys())
            expect(verify(publicInputs.with(i, publicInputs[i]! + 1n), rewritten)).to.equal(false)
        }
      })

      it('refuses a proof under a wrong verifying key', () => {
        const { publicInputs, proof } = proofs[circuit]!
        const other = circuit === 'match' ? 'membership' : 'match'
        expect(developmentVerifier.verify(other, publicInputs, proof)).to.equal(false)
        const key = developmentKeys[circuit]
        const bent = { ...key, delta: g2Words(g2(key.delta).multiply(2n)) }
        const wrong = createProofVerifier({ ...developmentKeys, [circuit]: bent })
        expect(wrong.verify(circuit, publicInputs, proof)).to.equal(false)
        expect(wrong.keyHash(circuit)).not.to.equal(developmentVerifier.keyHash(circuit))
      })

      it('sums public inputs to infinity as a pairing of nothing', () => {
        // IC_0 + 1 IC_1 = 0 by a key that was made so: the proof is then checked without the third pair.
        const key = developmentKeys[circuit]
        const ic = key.ic.map((point, i) => (i === 1 ? g1Words(g1(key.ic[0]!).negate()) : point))
        const inputs = [1n, 0n, 0n, 0n, 0n]
        const strange = createProofVerifier({ ...developmentKeys, [circuit]: { ...key, ic } })
        const alpha = encodeProof({ a: key.alpha, b: key.beta, c: g1Words(G1.Point.BASE) })
        expect(strange.verify(circuit, inputs, alpha)).to.equal(false)
      })
    })

  it('reads a proof of snarkjs, and nothing else', () => {
    const { proof, json } = proofs.match!
    expect(encodeSnarkjsProof(json)).to.equal(proof)
    const bent: Record<string, unknown>[] = [
      {},
      { ...json, protocol: 'plonk' },
      { ...json, pi_a: ['0', '1', '0'] },
      { ...json, pi_c: ['-1', '1', '1'] },
      { ...json, pi_a: [String(COORDINATE_ORDER), '1', '1'] },
    ]
    for (const wrong of [...bent, null, 'proof'])
      expect(() => encodeSnarkjsProof(wrong))
        .to.throw()
        .with.property('code', 'PALM_PROOF_MALFORMED')
  })
})
