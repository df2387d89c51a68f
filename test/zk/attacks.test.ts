/**
 * What a cheating wallet tries against circuits, proofs and evidence. Each attack has a control beside it that succeeds; those on
 * the bytes of proofs are in proof-verifier.test.ts.
 */

import { toBigEndian, toHex } from '@palmhold/base'
import { CODE_BITS } from '@palmhold/palm'
import {
  type AttestationRefusal,
  commitLink,
  FIELD_ORDER,
  fieldToHex,
  membershipInputs,
  merchantIdOf,
  multiplyPoint,
  SUBGROUP_ORDER,
  verifyAttestation,
} from '@palmhold/protocol'
import { DEVELOPMENT_KEY_HASHES, matchWitness, membershipWitness } from '@palmhold/zk'
import { expect } from 'chai'
import { DOMAIN, hashOf, NOW } from '../protocol/signed.ts'
import { makePhoneTrust, type PhoneParts, type SharedCases, sharedCases, signPhoneDocument } from './phone-document.ts'
import { codeAt, createPhonePerson, fieldOf, matchOf, membershipOf, SCOPE, seededRandom } from './phone-people.ts'
import { developmentVerifier } from './proofs.ts'
import { committedGenerator, type Signals, type WitnessGenerator } from './witness-generator.ts'

describe('attacks on the phone lane', function () {
  this.timeout(120_000)
  const random = seededRandom('attacks')
  const person = createPhonePerson(random)
  const other = createPhonePerson(random)
  const member = membershipOf(person, random)
  const membership = membershipWitness(member).signals
  const match = matchWitness(matchOf(person, random, 300)).signals

  let generators: Record<'membership' | 'match', WitnessGenerator>
  let cases: SharedCases
  before(async () => {
    generators = { membership: await committedGenerator('membership'), match: await committedGenerator('match') }
    cases = await sharedCases()
  })

  async function refused(circuit: 'membership' | 'match', bent: Partial<Signals>): Promise<void> {
    const honest = circuit === 'membership' ? membership : match
    expect(await generators[circuit].generate(honest), 'control').not.to.equal(undefined)
    expect(
      await generators[circuit].generate({ ...honest, ...bent } as Signals),
      JSON.stringify(Object.keys(bent)),
    ).to.equal(undefined)
  }

  describe('a palm that is not near', () => {
    it('is refused at the threshold and accepted one bit below it', async () => {
      for (const thresholdBits of [1, 2, 100, 549, 550, 600]) {
        const data = { ...matchOf(person, random, thresholdBits - 1), thresholdBits }
        const { signals } = matchWitness(data)
        expect(await generators.match.generate(signals), `${thresholdBits - 1}`).not.to.equal(undefined)
        for (const far of [thresholdBits, thresholdBits + 1, CODE_BITS]) {
          const code = codeAt(person.code, far)
          const bent = matchWitness({
            ...data,
            template: { ...data.template, code },
            probe: { ...data.probe, code },
          }).signals
          const { probe, probeBits } = bent as Record<'probe' | 'probeBits', bigint>
          expect(await generators.match.generate({ ...signals, probe, probeBits }), `${far}`).to.equal(undefined)
        }
      }
    })

    it('is not brought near by a threshold outside 1 .. 2047, or an alias of one', async () => {
      for (const threshold of [0n, 2048n, 1n << 200n, FIELD_ORDER - 1n]) await refused('match', { threshold })
    })

    it('is not brought near by bits that are none, though their limbs are the same', async () => {
      const bits = [...(match.templateBits as readonly bigint[])]
      const i = bits.findIndex((bit, k) => bit === 0n && bits[k + 1] === 1n && k % 192 < 191)
      // 0 + 2 * 1 = 2 + 2 * 0
      await refused('match', { templateBits: bits.with(i, 2n).with(i + 1, 0n) })
      const probe = match.probeBits as readonly bigint[]
      const k = probe.findIndex((bit, at) => bit === 0n && probe[at + 1] === 1n && at % 192 < 191)
      await refused('match', { probeBits: probe.with(k, 2n).with(k + 1, 0n) })
      await refused('match', { templateBits: bits.with(0, -1n) })
    })
  })

  describe('a template that was never enrolled', () => {
    it('opens no link of another one', async () => {
      const { templateBits, templateSalt } = matchWitness(matchOf(other, random, 1)).signals as Record<string, bigint>
      await refused('match', { templateBits: templateBits!, templateSalt: templateSalt! })
      await refused('match', { otherTemplate: other.templates.right })
      await refused('match', { hand: 1n })
      await refused('match', { hand: 2n })
    })

    it('is not the hand that somebody left out: nothing opens 0', async () => {
      const data = matchOf(person, random, 10)
      const link = commitLink({ left: person.templates.left, right: 0n }, person.account, data.linkSalt)
      const signals = matchWitness({ ...data, template: { ...data.template, other: 0n } }).signals
      expect(signals.link).to.equal(link)
      expect(await generators.match.generate(signals), 'control').not.to.equal(undefined)
      expect(await generators.match.generate({ ...signals, hand: 1n, otherTemplate: person.templates.left })).to.equal(
        undefined,
      )
    })

    it('has no leaf under the root', async () => {
      const stranger = membershipWitness(membershipOf(other, random)).signals
      const { templateLeft, templateRight, s, account } = stranger as Record<string, bigint>
      await refused('membership', { templateLeft: templateLeft!, templateRight: templateRight! })
      await refused('membership', { s: s! })
      await refused('membership', { account: account! })
    })
  })

  it('a forged path, index or depth leads to another root', async () => {
    const siblings = membership.siblings as readonly bigint[]
    const depth = membership.depth as bigint
    for (let i = 0; i < Number(depth); i++) await refused('membership', { siblings: siblings.with(i, fieldOf(random)) })
    await refused('membership', { index: (membership.index as bigint) ^ 1n })
    for (const wrong of [0n, depth - 1n, depth + 1n, 32n, 33n, 64n, FIELD_ORDER - 1n])
      await refused('membership', { depth: wrong })
    // Above the deepest level a tree without a limit has the root 0.
    for (const deep of [33n, 40n, 63n]) await refused('membership', { depth: deep, root: 0n })
  })

  it('a secret outside its range gives no second pseudonym', async () => {
    const s = membership.s as bigint
    for (const wrong of [0n, s + SUBGROUP_ORDER, s + 2n * SUBGROUP_ORDER, SUBGROUP_ORDER, FIELD_ORDER - s])
      await refused('membership', { s: wrong })
  })

  it('somebody else pays for nothing', async () => {
    await refused('match', { payer: BigInt(other.account) })
    await refused('match', { account: BigInt(other.account), payer: BigInt(other.account) })
    await refused('match', { payer: (match.payer as bigint) + 1n })
    expect(await generators.match.generate({ ...match, payer: 0n }), 'an access').not.to.equal(undefined)
  })

  it('each public input is fixed by the private ones, or bound in the proof', async () => {
    for (const name of ['root', 'link', 'scopeX', 'scopeY', 'pseudonym'])
      for (const value of [(membership[name] as bigint) + 1n, 0n]) await refused('membership', { [name]: value })
    for (const name of ['link', 'probe', 'payer']) await refused('match', { [name]: (match[name] as bigint) + 1n })
  })

  it('a scope point that was supplied makes a proof for another scope', async () => {
    // The circuit takes any point: Q' = 3 Q would link two merchants. A verifier computes Q, so such a proof is for nothing.
    const supplied = membershipWitness({ ...member, scope: multiplyPoint(SCOPE, 3n) })
    expect(await generators.membership.generate(supplied.signals), 'the circuit').not.to.equal(undefined)
    const { parts, membership: proven } = cases.ada
    const inputs = membershipInputs(DOMAIN.chainId, parts.attestation, parts.evidence.link)
    expect(inputs).to.deep.equal(proven.publicInputs)
    expect(inputs.slice(2, 4)).to.deep.equal([SCOPE.x, SCOPE.y])
    expect(developmentVerifier.verify('membership', inputs, proven.proof)).to.equal(true)
    const bent = inputs.with(2, supplied.publicInputs[2]!).with(3, supplied.publicInputs[3]!)
    expect(developmentVerifier.verify('membership', bent, proven.proof)).to.equal(false)
    const elsewhere = { ...parts.attestation, merchantId: merchantIdOf('did:example:another') }
    const other = membershipInputs(DOMAIN.chainId, elsewhere, parts.evidence.link)
    expect(developmentVerifier.verify('membership', other, proven.proof)).to.equal(false)
  })

  describe('evidence', () => {
    const judge = (parts: PhoneParts, trust = makePhoneTrust(cases.ada.root, cases.ben.root)) => {
      const judged = verifyAttestation(signPhoneDocument(parts), trust, NOW + 10, developmentVerifier)
      return judged.ok ? 'ok' : judged.reason
    }
    type Bend = (ada: PhoneParts, all: SharedCases) => PhoneParts
    const evidence =
      (more: (all: SharedCases) => Partial<PhoneParts['evidence']>): Bend =>
      (ada, all) => ({
        ...ada,
        evidence: { ...ada.evidence, ...more(all) },
      })
    const attestation =
      (more: (all: SharedCases) => Partial<PhoneParts['attestation']>): Bend =>
      (ada, all) => ({
        ...ada,
        attestation: { ...ada.attestation, ...more(all) },
      })

    it('of a payment and of an access holds', () => {
      expect(judge(cases.ada.parts)).to.equal('ok')
      expect(judge(cases.ben.parts)).to.equal('ok')
      expect(judge(cases.access.parts)).to.equal('ok')
      expect(cases.access.parts.attestation.pseudonym).to.equal(cases.ben.parts.attestation.pseudonym)
    })

    const BENT: Record<string, [AttestationRefusal, Bend]> = {
      'proof A of one person with proof B of another': [
        'PALM_MEMBERSHIP_PROOF',
        evidence(({ ben }) => ({ membershipProof: ben.parts.evidence.membershipProof })),
      ],
      'proof B of another person': [
        'PALM_MATCH_PROOF',
        evidence(({ ben }) => ({ matchProof: ben.parts.evidence.matchProof })),
      ],
      'both proofs and the link of another person': [
        'PALM_MEMBERSHIP_PROOF',
        evidence(({ ben }) => {
          const { link, membershipProof, matchProof } = ben.parts.evidence
          return { link, membershipProof, matchProof }
        }),
      ],
      'a link with another pseudonym': [
        'PALM_MEMBERSHIP_PROOF',
        attestation(({ ben }) => ({ pseudonym: ben.parts.attestation.pseudonym })),
      ],
      'an alias of the pseudonym': [
        'PALM_MEMBERSHIP_PROOF',
        attestation(({ ada }) => ({ pseudonym: alias(ada.parts.attestation.pseudonym) })),
      ],
      'another payer': ['PALM_MATCH_PROOF', attestation(({ ben }) => ({ payer: ben.parts.attestation.payer }))],
      'a later expiry': ['PALM_MATCH_PROOF', attestation(({ ada }) => ({ expiry: ada.parts.attestation.expiry - 1 }))],
      'more factors': ['PALM_ATTESTATION_MISMATCH', attestation(() => ({ factors: 13 }))],
      'another root': ['PALM_MEMBERSHIP_PROOF', attestation(({ ben }) => ({ galleryRoot: fieldToHex(ben.root) }))],
      'a root that nobody knows': ['PALM_ROOT_UNKNOWN', attestation(() => ({ galleryRoot: fieldToHex(5n) }))],
      'the root 0': ['PALM_ROOT_UNKNOWN', attestation(() => ({ galleryRoot: fieldToHex(0n) }))],
      'another link': ['PALM_MEMBERSHIP_PROOF', evidence(() => ({ link: fieldToHex(5n) }))],
      'a probe the terminal did not sign': [
        'PALM_PROBE_UNSIGNED',
        evidence(({ ben }) => ({ probe: ben.parts.evidence.probe })),
      ],
      'another place of the probe': ['PALM_PROBE_UNSIGNED', evidence(() => ({ probeIndex: 11 }))],
      'another policy': [
        'PALM_POLICY_MISMATCH',
        evidence(({ ada }) => ({ policy: { ...ada.parts.evidence.policy, thresholdBits: 600 } })),
      ],
    }
    for (const [name, [reason, bend]] of Object.entries(BENT))
      it(`is refused with ${name}`, () => {
        expect(judge(bend(cases.ada.parts, cases))).to.equal(reason)
      })

    it('is refused with a probe that was signed for another request', () => {
      // Ben's scan answers Ben's request: its own hash is what Ada's proof does not know.
      const { ada, ben } = cases
      const scan = { ...ben.parts.scan, requestHash: ada.parts.scan.requestHash }
      expect(judge({ ...ada.parts, scan })).to.equal('PALM_SCAN_ALTERED')
      const request = { ...ada.parts.request, nonce: hashOf('another nonce') }
      expect(judge({ ...ada.parts, request })).to.equal('PALM_SCAN_ALTERED')
    })

    it('is refused under other verifying keys than the trusted ones', () => {
      const trust = makePhoneTrust(cases.ada.root)
      const keys = { membership: DEVELOPMENT_KEY_HASHES.match, match: DEVELOPMENT_KEY_HASHES.membership }
      expect(judge(cases.ada.parts, trust)).to.equal('ok')
      expect(judge(cases.ada.parts, { ...trust, verifyingKeys: keys })).to.equal('PALM_VERIFYING_KEY_UNKNOWN')
      expect(judge(cases.ada.parts, { ...trust, verifyingKeys: null })).to.equal('PALM_VERIFYING_KEY_UNKNOWN')
    })

    const ROOTS: Record<string, [AttestationRefusal, object]> = {
      'too young': ['PALM_ROOT_TOO_YOUNG', { createdAt: NOW - 59 }],
      'too old': ['PALM_ROOT_TOO_OLD', { supersededAt: NOW - 600 }],
      'revoked before the scan': ['PALM_ROOT_REVOKED', { refusedFrom: NOW + 5 }],
    }
    for (const [name, [reason, bent]] of Object.entries(ROOTS))
      it(`is refused under a root that is ${name}`, () => {
        const trust = makePhoneTrust(cases.ada.root)
        const [root] = trust.enrolments.roots
        const roots = [{ ...root!, ...bent }]
        expect(judge(cases.ada.parts, trust)).to.equal('ok')
        expect(judge(cases.ada.parts, { ...trust, enrolments: { ...trust.enrolments, roots } })).to.equal(reason)
      })

    it('of a payment has a payer, and of an access none', () => {
      const { ada, access } = cases
      const zero = { ...ada.parts.attestation, payer: access.parts.attestation.payer }
      expect(judge({ ...ada.parts, attestation: zero })).to.equal('PALM_PAYER_INVALID')
      const payer = { ...access.parts.attestation, payer: ada.parts.attestation.payer }
      expect(judge({ ...access.parts, attestation: payer })).to.equal('PALM_PAYER_INVALID')
    })
  })
})

/** The same number of the field, spelt as one that is not below its order. */
function alias(value: string) {
  return toHex(toBigEndian(BigInt(value) + FIELD_ORDER, 32))
}
