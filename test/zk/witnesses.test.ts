/** Inputs of the circuits are made of true things only, and what is false has a name before a prover is asked. */

import { CODE_BITS } from '@palmhold/palm'
import { commitLink, FIELD_ORDER, SUBGROUP_ORDER } from '@palmhold/protocol'
import { enrolmentRootAbove, type MatchData, type MembershipData, matchWitness, membershipWitness } from '@palmhold/zk'
import { expect } from 'chai'
import { codeAt, createPhonePerson, matchOf, membershipOf, seededRandom } from './phone-people.ts'
import { matchHolds, membershipHolds } from './plain-relation.ts'

const random = seededRandom('witnesses')
const person = createPhonePerson(random)
const member = membershipOf(person, random)
const near = matchOf(person, random, 200)

const MEMBERSHIP: Record<string, [string, Partial<MembershipData>]> = {
  'a secret of 0': ['PALM_POINT_INVALID', { secret: 0n }],
  'the order as a secret': ['PALM_POINT_INVALID', { secret: SUBGROUP_ORDER }],
  'a secret above the order': ['PALM_POINT_INVALID', { secret: person.secret + SUBGROUP_ORDER }],
  'the neutral point as the scope': ['PALM_POINT_INVALID', { scope: { x: 0n, y: 1n } }],
  'a scope of order 2': ['PALM_POINT_INVALID', { scope: { x: 0n, y: FIELD_ORDER - 1n } }],
  'a scope off the curve': ['PALM_POINT_INVALID', { scope: { x: 1n, y: 1n } }],
  "another person's secret": ['PALM_ENROLMENT_PATH', { secret: createPhonePerson(random).secret }],
  'another account': ['PALM_ENROLMENT_PATH', { account: `0x${'11'.repeat(20)}` }],
  'another root': ['PALM_ENROLMENT_PATH', { root: member.root + 1n }],
  'the root 0': ['PALM_ENROLMENT_PATH', { root: 0n }],
  'another index': ['PALM_ENROLMENT_PATH', { path: { ...member.path, index: Number(member.path.index) ^ 1 } }],
  'an index with more bits than the path': ['PALM_ENROLMENT_PATH', { path: { ...member.path, index: 1 << 20 } }],
  'a sibling less': ['PALM_ENROLMENT_PATH', { path: { ...member.path, siblings: member.path.siblings.slice(1) } }],
  'a sibling above the field': [
    'PALM_ENROLMENT_PATH',
    { path: { ...member.path, siblings: member.path.siblings.map((sibling) => sibling + FIELD_ORDER) } },
  ],
  '33 siblings': ['PALM_ENROLMENT_PATH', { path: { index: 0, siblings: Array.from({ length: 33 }, () => 1n) } }],
  'a salt above the field': ['PALM_FIELD_ELEMENT', { linkSalt: FIELD_ORDER }],
}

const MATCH: Record<string, [string, Partial<MatchData>]> = {
  'a distance of the threshold': ['PALM_NOT_RECOGNISED', { probe: { ...near.probe, code: codeAt(person.code, 550) } }],
  'the opposite code': ['PALM_NOT_RECOGNISED', { probe: { ...near.probe, code: codeAt(person.code, CODE_BITS) } }],
  'a threshold of 0': ['PALM_THRESHOLD_RANGE', { thresholdBits: 0 }],
  'a threshold above the most': ['PALM_THRESHOLD_RANGE', { thresholdBits: 601 }],
  'a threshold between two': ['PALM_THRESHOLD_RANGE', { thresholdBits: 500.5 }],
  'a context above the field': ['PALM_FIELD_ELEMENT', { context: FIELD_ORDER }],
  'a negative salt': ['PALM_FIELD_ELEMENT', { linkSalt: -1n }],
}

describe('inputs of the circuits', () => {
  it('are made of an enrolment and a path', () => {
    const { publicInputs, signals } = membershipWitness(member)
    expect(membershipHolds(signals)).to.equal(true)
    expect(publicInputs).to.deep.equal(['root', 'link', 'scopeX', 'scopeY', 'pseudonym'].map((name) => signals[name]))
  })

  it('are made of a template and a probe', () => {
    const { publicInputs, signals } = matchWitness(near)
    expect(matchHolds(signals)).to.equal(true)
    expect(publicInputs).to.deep.equal(['link', 'probe', 'context', 'threshold', 'payer'].map((name) => signals[name]))
    expect(publicInputs[0]).to.equal(commitLink(person.templates, person.account, near.linkSalt))
  })

  it('name the account as payer in a payment, and nobody else', () => {
    expect(matchWitness(near).signals.payer).to.equal(BigInt(person.account))
    expect(matchWitness({ ...near, isPayment: false }).signals.payer).to.equal(0n)
  })

  for (const [name, [code, bent]] of Object.entries(MEMBERSHIP))
    it(`of membership refuse ${name}`, () => {
      expect(() => membershipWitness({ ...member, ...bent }))
        .to.throw()
        .with.property('code', code)
    })

  for (const [name, [code, bent]] of Object.entries(MATCH))
    it(`of a match refuse ${name}`, () => {
      expect(() => matchWitness({ ...near, ...bent }))
        .to.throw()
        .with.property('code', code)
    })

  it('follow a path of no siblings to the leaf itself', () => {
    expect(enrolmentRootAbove(7n, { index: 0, siblings: [] })).to.equal(7n)
  })
})
