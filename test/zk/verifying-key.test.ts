/** Verifying keys: their hash, and every key that nothing may be checked with. */

import { keccak_256 } from '@noble/hashes/sha3.js'
import { concatBytes, toBigEndian, toHex } from '@palmhold/base'
import { hashVerifyingKey, parseVerifyingKey } from '@palmhold/zk'
import { expect } from 'chai'
import { COORDINATE_ORDER } from '../../packages/zk/src/pairing-points.ts'
import { verifyingKeyText } from './proofs.ts'

type Json = {
  protocol: string
  curve: string
  nPublic: number
  vk_alpha_1: string[]
  vk_beta_2: string[][]
  vk_gamma_2: string[][]
  vk_delta_2: string[][]
  IC: string[][]
  more?: string
}

const bent = (bend: (key: Json) => void): string => {
  const key = JSON.parse(verifyingKeyText('match')) as Json
  bend(key)
  return JSON.stringify(key)
}

/** On the twist and of another order: x = 1 + 0 i has a y there. */
const OUTSIDE_SUBGROUP = [
  ['1', '0'],
  [
    '3610091866386166428467545612961983990332663701371483510632385378352395651980',
    '15975588672102553735566230729081043132501226101599136527557730645158523614371',
  ],
  ['1', '0'],
]

const INVALID: Record<string, (key: Json) => void> = {
  'another scheme': (key) => (key.protocol = 'plonk'),
  'another curve': (key) => (key.curve = 'bls12381'),
  'other public inputs': (key) => (key.nPublic = 4),
  'a point less in IC': (key) => key.IC.pop(),
  'a point more in IC': (key) => key.IC.push(key.IC[0]!),
  'an unknown member': (key) => (key.more = ''),
  'a coordinate above the order': (key) => (key.vk_alpha_1[0] = String(BigInt(key.vk_alpha_1[0]!) + COORDINATE_ORDER)),
  'a coordinate with a leading zero': (key) => (key.vk_alpha_1[0] = `0${key.vk_alpha_1[0]}`),
  'a coordinate in hexadecimal': (key) => (key.vk_alpha_1[0] = `0x${BigInt(key.vk_alpha_1[0]!).toString(16)}`),
  'another projective coordinate': (key) => (key.vk_alpha_1[2] = '2'),
  'alpha off the curve': (key) => (key.vk_alpha_1[0] = String(BigInt(key.vk_alpha_1[0]!) + 1n)),
  'alpha at infinity': (key) => (key.vk_alpha_1 = ['0', '0', '1']),
  'a point of IC off the curve': (key) => (key.IC[3]![1] = '5'),
  'a point of IC at infinity': (key) => (key.IC[3] = ['0', '0', '1']),
  'beta off the curve': (key) => (key.vk_beta_2[0]![0] = '5'),
  'beta at infinity': (key) =>
    (key.vk_beta_2 = [
      ['0', '0'],
      ['0', '0'],
      ['1', '0'],
    ]),
  'delta outside the subgroup': (key) => (key.vk_delta_2 = OUTSIDE_SUBGROUP),
}

describe('verifying keys', () => {
  for (const circuit of ['membership', 'match'] as const)
    it(`that of ${circuit} is read, and hashed over its words`, () => {
      const text = verifyingKeyText(circuit)
      const json = JSON.parse(text) as Json
      const g2 = (point: string[][]) => [point[0]![1]!, point[0]![0]!, point[1]![1]!, point[1]![0]!]
      const words = [
        ...json.vk_alpha_1.slice(0, 2),
        ...g2(json.vk_beta_2),
        ...g2(json.vk_gamma_2),
        ...g2(json.vk_delta_2),
        ...json.IC.flatMap((point) => point.slice(0, 2)),
      ]
      const hash = toHex(keccak_256(concatBytes(...words.map((word) => toBigEndian(BigInt(word), 32)))))
      expect(words).to.have.length(26)
      expect(hashVerifyingKey(parseVerifyingKey(text))).to.equal(hash)
    })

  for (const [name, bend] of Object.entries(INVALID))
    it(`refuses ${name}`, () => {
      expect(() => parseVerifyingKey(bent(bend)))
        .to.throw()
        .with.property('code', 'PALM_VERIFYING_KEY_INVALID')
    })

  it('refuses what is no JSON', () => {
    expect(() => parseVerifyingKey('{'))
      .to.throw()
      .with.property('code', 'PALM_VERIFYING_KEY_INVALID')
  })

  it('refuses a key without phase 2: gamma is delta, or its opposite', () => {
    const opposite = (point: string[][]) => [
      point[0]!,
      point[1]!.map((y) => String((COORDINATE_ORDER - BigInt(y)) % COORDINATE_ORDER)),
      point[2]!,
    ]
    for (const delta of [(point: string[][]) => point, opposite])
      expect(() => parseVerifyingKey(bent((key) => (key.vk_delta_2 = delta(key.vk_gamma_2)))))
        .to.throw()
        .with.property('code', 'PALM_VERIFYING_KEY_WITHOUT_PHASE_2')
  })
})
