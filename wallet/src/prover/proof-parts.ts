/**
 * A Groth16 proof (Groth, EUROCRYPT 2016, section 3.2) as five sums that know nothing of each other, so that each can be
 * computed on another thread, and what joins them:
 *
 *   A = alpha + sum z_i a_i + r delta                in G1
 *   B = beta + sum z_i b_i + s delta                 in G2, and B1 the same in G1
 *   C = sum z_i c_i + sum p_i h_i + s A + r B1 - r s delta
 *
 * z are the signals, r and s are drawn anew for each proof, and p are the values of (A z)(B z) - C z on the odd half of the
 * domain of twice the size, over which the key's h are given. The arithmetic is ffjavascript's, which snarkjs has too.
 */

import type { Curve } from 'ffjavascript'
import { COEFFICIENT_BYTES, type ProvingKey } from './proving-key.ts'

/** The sums, those that take longest first. */
export const PROOF_PARTS = ['h', 'b2', 'c', 'a', 'b1'] as const
export type ProofPart = (typeof PROOF_PARTS)[number]
/** Each a point in Jacobian coordinates, in Montgomery form. */
export type ProofParts = Readonly<Record<ProofPart, Uint8Array>>

const SCALAR_BYTES = 32

/**
 * One sum. Takes as long as points and their scalars are many: 0.05 to 0.4 s for the match circuit.
 * @param signals all of them, each 32 little-endian bytes below r
 */
export function computePart(curve: Curve, key: ProvingKey, part: ProofPart, signals: Uint8Array): Promise<Uint8Array> {
  const { G1, G2 } = curve
  switch (part) {
    case 'a':
      return G1.multiExpAffine(key.a, signals)
    case 'b1':
      return G1.multiExpAffine(key.b1, signals)
    case 'b2':
      return G2.multiExpAffine(key.b2, signals)
    case 'c':
      return G1.multiExpAffine(key.c, signals.slice((key.publicCount + 1) * SCALAR_BYTES))
    case 'h':
      return quotientValues(curve, key, signals).then((values) => G1.multiExpAffine(key.h, values))
  }
}

/** The proof in snarkjs' JSON form. @param r, s random elements of the scalar field, below its order, of this proof alone */
export function joinParts(
  { G1, G2, Fr }: Curve,
  key: ProvingKey,
  parts: ProofParts,
  { r, s }: { r: bigint; s: bigint },
): object {
  const [rho, sigma] = [Fr.e(r), Fr.e(s)]
  const a = G1.add(G1.add(parts.a, key.alpha1), G1.timesFr(key.delta1, rho))
  const b = G2.add(G2.add(parts.b2, key.beta2), G2.timesFr(key.delta2, sigma))
  const b1 = G1.add(G1.add(parts.b1, key.beta1), G1.timesFr(key.delta1, sigma))
  const blinded = [G1.timesFr(a, sigma), G1.timesFr(b1, rho), G1.timesFr(key.delta1, Fr.neg(Fr.mul(rho, sigma)))]
  const c = blinded.reduce((sum, point) => G1.add(sum, point), G1.add(parts.c, parts.h))
  return {
    protocol: 'groth16',
    curve: 'bn128',
    pi_a: decimals(G1.toObject(G1.toAffine(a))),
    pi_b: decimals(G2.toObject(G2.toAffine(b))),
    pi_c: decimals(G1.toObject(G1.toAffine(c))),
  }
}

/** p: values of (A z)(B z) - C z on the coset, as scalars; C z is the product on the domain itself, where they are equal. */
async function quotientValues(curve: Curve, key: ProvingKey, signals: Uint8Array): Promise<Uint8Array> {
  const { domainSize } = key
  const bytes = domainSize * SCALAR_BYTES
  const onDomain = await curve.tm.queueAction([
    { cmd: 'ALLOCSET', var: 0, buff: key.coefficients },
    { cmd: 'ALLOCSET', var: 1, buff: signals },
    ...[2, 3, 4].map((id) => ({ cmd: 'ALLOC', var: id, len: bytes }) as const),
    {
      cmd: 'CALL',
      fnName: 'qap_buildABC',
      params: [
        { var: 0 },
        { val: key.coefficients.length / COEFFICIENT_BYTES },
        { var: 1 },
        ...[2, 3, 4].map((id) => ({ var: id })),
        // This thread's share is all of them.
        { val: 0 },
        { val: domainSize },
        { val: 0 },
        { val: key.signalCount },
      ],
    },
    ...[2, 3, 4].map((id) => ({ cmd: 'GET', out: id - 2, var: id, len: bytes }) as const),
  ])
  const [a, b, c] = await Promise.all(onDomain.map((values) => toCoset(curve, domainSize, values)))
  const [values] = await curve.tm.queueAction([
    ...[a!, b!, c!].map((buff, id) => ({ cmd: 'ALLOCSET', var: id, buff }) as const),
    { cmd: 'ALLOC', var: 3, len: bytes },
    {
      cmd: 'CALL',
      fnName: 'qap_joinABC',
      params: [{ var: 0 }, { var: 1 }, { var: 2 }, { val: domainSize }, { var: 3 }],
    },
    { cmd: 'CALL', fnName: 'frm_batchFromMontgomery', params: [{ var: 3 }, { val: domainSize }, { var: 3 }] },
    { cmd: 'GET', out: 0, var: 3, len: bytes },
  ])
  return values!
}

/** From values on the domain to values on its coset by the root of unity of twice the order. */
async function toCoset({ Fr }: Curve, domainSize: number, values: Uint8Array): Promise<Uint8Array> {
  const coefficients = await Fr.ifft(values)
  return Fr.fft(await Fr.batchApplyKey(coefficients, Fr.e(1), Fr.w[Math.log2(domainSize) + 1]!))
}

/** Numbers in decimal, as deep as they are nested. */
function decimals(value: unknown): unknown {
  return Array.isArray(value) ? value.map(decimals) : String(value)
}
