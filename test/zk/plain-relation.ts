/**
 * The relations of both circuits as plain predicates over their signals: what circuits are held against, written from
 * docs/zero-knowledge.md and not from the circuits. A number above the field's order stands for its remainder, as it does for
 * a witness generator.
 */

import {
  addPoints,
  BASE_POINT,
  COMMITMENT_TAGS,
  type CurvePoint,
  FIELD_ORDER,
  SUBGROUP_ORDER,
} from '@palmhold/protocol'
import { poseidon2 } from 'poseidon-lite/poseidon2'
import { poseidon3 } from 'poseidon-lite/poseidon3'
import { poseidon5 } from 'poseidon-lite/poseidon5'
import { poseidon10 } from 'poseidon-lite/poseidon10'
import type { Signals } from './witness-generator.ts'

/** Whether the membership relation holds, for a scope of the prime-order subgroup. */
export function membershipHolds(signals: Signals): boolean {
  const one = (name: string) => reduced(signals[name] as bigint)
  const [s, depth, index] = [one('s'), one('depth'), one('index')]
  if (s === 0n || s >= SUBGROUP_ORDER || depth > 32n || index >> 32n !== 0n) return false
  const identity = times(s, BASE_POINT)
  const [left, right, account] = [one('templateLeft'), one('templateRight'), one('account')]
  const enrolment = poseidon5([COMMITMENT_TAGS.enrolment, left, right, identity.x, identity.y])
  let node = poseidon3([COMMITMENT_TAGS.leaf, enrolment, account])
  for (const [i, sibling] of (signals.siblings as readonly bigint[]).slice(0, Number(depth)).entries())
    node = (index >> BigInt(i)) & 1n ? poseidon2([reduced(sibling), node]) : poseidon2([node, reduced(sibling)])
  const p = times(s, { x: one('scopeX'), y: one('scopeY') })
  return (
    node === one('root') &&
    poseidon3([COMMITMENT_TAGS.pseudonym, p.x, p.y]) === one('pseudonym') &&
    poseidon5([COMMITMENT_TAGS.link, left, right, account, one('linkSalt')]) === one('link')
  )
}

/** Whether the match relation holds. */
export function matchHolds(signals: Signals): boolean {
  const one = (name: string) => reduced(signals[name] as bigint)
  const [template, probe] = [signals.templateBits, signals.probeBits].map((bits) => (bits as bigint[]).map(reduced))
  const [hand, other, account, payer] = [one('hand'), one('otherTemplate'), one('account'), one('payer')]
  if (hand > 1n || [...template!, ...probe!].some((bit) => bit > 1n)) return false
  const shown = commitment(COMMITMENT_TAGS.template, template!, one('templateSalt'))
  const pair = hand === 1n ? [other, shown] : [shown, other]
  const distance = template!.filter((bit, i) => bit !== probe![i]).length
  const threshold = one('threshold')
  return (
    threshold < 2048n &&
    BigInt(distance) < threshold &&
    (payer === 0n || payer === account) &&
    commitment(COMMITMENT_TAGS.probe, probe!, one('probeSalt')) === one('probe') &&
    poseidon5([COMMITMENT_TAGS.link, ...pair, account, one('linkSalt')]) === one('link')
  )
}

function commitment(tag: bigint, bits: readonly bigint[], salt: bigint): bigint {
  const limbs = Array.from({ length: 8 }, (_, k) =>
    bits.slice(192 * k, 192 * (k + 1)).reduce((sum, bit, i) => sum + (bit << BigInt(i)), 0n),
  )
  return poseidon10([tag, ...limbs, salt])
}

/** k * P, 0 < k < l, by doubling and adding, apart from the library's own multiplication. */
function times(k: bigint, point: CurvePoint): CurvePoint {
  let sum: CurvePoint | undefined
  let power = point
  for (let rest = k; rest > 0n; rest >>= 1n) {
    if (rest & 1n) sum = sum ? addPoints(sum, power) : power
    power = addPoints(power, power)
  }
  return sum!
}

function reduced(value: bigint): bigint {
  return ((value % FIELD_ORDER) + FIELD_ORDER) % FIELD_ORDER
}
