/** What a wallet reviews, proves and answers; and what it does not follow. */

import { errorCode, type Hex } from '@palmhold/base'
import {
  acceptanceHash,
  attestationHash,
  evidenceHash,
  fieldToHex,
  MOST_THRESHOLD_BITS,
  multiplyPoint,
  type PhoneAnswer,
  type PhoneRequest,
  type PhoneScan,
  policyHash,
  pseudonymOfPoint,
  type SealingKeys,
  scopePointOf,
  signDigest,
  type Trust,
  verifyAttestation,
} from '@palmhold/protocol'
import { createMembershipCache, type EnrolmentHistory } from '@palmhold/wallet/phone-lane'
import { expect } from 'chai'
import { answerScan } from '../../../wallet/src/phone-lane/answer-scan.ts'
import { leavesUnder } from '../../../wallet/src/phone-lane/enrolment-path.ts'
import { type Membership, proveMembership } from '../../../wallet/src/phone-lane/membership.ts'
import { type ReviewedRequest, reviewRequest } from '../../../wallet/src/phone-lane/review-request.ts'
import { seededRandom } from '../../matching/in-memory.ts'
import { DOMAIN, hashOf, keyOf, MERCHANT_ID, makeTrust, NOW } from '../../protocol/signed.ts'
import {
  askByPhone,
  codesOf,
  createHistory,
  createMember,
  createTestProver,
  createWalletKeys,
  proofs,
  SEALING_KEY,
  scanByPhone,
} from './phone-world.ts'

const codeOf = (work: Promise<unknown>) => work.then(() => 'done', errorCode)

describe('a wallet in the phone lane', function () {
  this.timeout(20_000)
  let member: ReturnType<typeof createMember>
  let history: EnrolmentHistory
  let sealing: SealingKeys
  const random = seededRandom('the wallet')

  before(async () => {
    member = createMember('anna')
    history = createHistory(member)
    sealing = await createWalletKeys()
  })

  describe('reviews a request', () => {
    const review = (
      asked: PhoneRequest,
      changes: { hash?: Hex; now?: number; active?: boolean; sealingKey?: Hex } = {},
    ) =>
      reviewRequest(asked, changes.hash ?? askByPhone().requestHash, {
        domain: DOMAIN,
        registry: { isActiveTerminal: async () => changes.active ?? true },
        clock: () => changes.now ?? NOW,
        sealingKey: changes.sealingKey ?? SEALING_KEY,
      })

    it('that is signed by an active terminal, for this lane', async () => {
      const { requestHash, ...asked } = askByPhone()
      expect(await review(asked)).to.deep.equal({ ...asked, requestHash })
    })

    const altered = askByPhone({ amountMinor: 1 })
    const policy = (changes: object) => ({ ...askByPhone().policy, ...changes })
    const withPolicy = (changes: object) => {
      const asked = askByPhone({ policyHash: policyHash(policy(changes)) })
      return { asked: { ...asked, policy: policy(changes) }, hash: asked.requestHash }
    }
    const own = (changes: Parameters<typeof askByPhone>[0]) => {
      const asked = askByPhone(changes)
      return { asked, hash: asked.requestHash }
    }
    const refusals: [name: string, code: string, review: () => Promise<unknown>][] = [
      ['that is another than the terminal showed', 'PALM_REQUEST_ALTERED', () => review(altered)],
      [
        'that another key signed',
        'PALM_REQUEST_SIGNATURE',
        () => review({ ...askByPhone(), requestSignature: signDigest(askByPhone().requestHash, keyOf('thief')) }),
      ],
      [
        'that somebody relays, who has paired with another key',
        'PALM_PAIRING_SIGNATURE',
        () => review(askByPhone(), { sealingKey: hashOf('of the relay') }),
      ],
      [
        'under a stricter threshold than the lane has',
        'PALM_POLICY_REFUSED',
        () => {
          const { asked, hash } = withPolicy({ thresholdBits: 400 })
          return review(asked, { hash })
        },
      ],
      [
        'for more codes than the lane has',
        'PALM_POLICY_REFUSED',
        () => {
          const { asked, hash } = withPolicy({ maxProbeCodes: 215 })
          return review(asked, { hash })
        },
      ],
      ['that has run out', 'PALM_REQUEST_EXPIRED', () => review(askByPhone(), { now: NOW + 200 })],
      ['from the future', 'PALM_REQUEST_TOO_EARLY', () => review(askByPhone(), { now: NOW - 60 })],
      [
        'of the palm lane',
        'PALM_LANE_UNKNOWN',
        () => {
          const { asked, hash } = own({ lane: 2, committeeId: hashOf('committee'), committeeEpoch: 1 })
          return review(asked, { hash })
        },
      ],
      [
        'that wants a PIN',
        'PALM_REQUEST_INVALID',
        () => {
          const { asked, hash } = own({ factors: 13 })
          return review(asked, { hash })
        },
      ],
      [
        'under another policy than it names',
        'PALM_POLICY_MISMATCH',
        () => review({ ...askByPhone(), policy: policy({ thresholdBits: 400 }) }),
      ],
      [
        'that takes palms which are not alike',
        'PALM_POLICY_REFUSED',
        () => {
          const { asked, hash } = withPolicy({ thresholdBits: MOST_THRESHOLD_BITS + 1 })
          return review(asked, { hash })
        },
      ],
      [
        'in the name of another merchant',
        'PALM_MERCHANT_UNKNOWN',
        () => review({ ...askByPhone(), merchant: { did: 'did:ethr:0x7a69:0x22', credential: null } }),
      ],
      ['of a terminal that is not active', 'PALM_TERMINAL_INACTIVE', () => review(askByPhone(), { active: false })],
    ]
    for (const [name, code, work] of refusals)
      it(`and does not follow one ${name}: ${code}`, async () => {
        expect(await codeOf(work())).to.equal(code)
      })
  })

  describe('proves membership', () => {
    const { request } = askByPhone()
    const prove = (changes: Partial<Parameters<typeof proveMembership>[0]> = {}) =>
      proveMembership({
        member,
        request,
        domain: DOMAIN,
        history,
        now: NOW,
        cache: createMembershipCache(),
        prover: createTestProver(),
        random,
        ...changes,
      })

    it('under the newest root that counts, as the pseudonym of this merchant', async () => {
      const membership = await prove()
      expect(membership.root).to.equal(history.roots.at(-1)!.root)
      const scope = scopePointOf({ chainId: DOMAIN.chainId, merchantId: MERCHANT_ID })
      expect(membership.pseudonym).to.equal(pseudonymOfPoint(multiplyPoint(scope, member.identitySecret)))
      expect(proofs.verify('membership', publicOf(membership, scope), membership.proof)).to.equal(true)
    })

    it('and leaves a root alone that is too young', async () => {
      const young = createHistory(member, { since: NOW - 62 })
      // The fourth root came 59 s before the request, and 60 s are asked for.
      expect((await prove({ history: young })).root).to.equal(young.roots[2]!.root)
    })

    const gone: [name: string, code: string, make: () => EnrolmentHistory][] = [
      [
        'is younger than every root that counts',
        'PALM_ENROLMENT_MISSING',
        () => createHistory(member, { since: NOW - 60 }),
      ],
      ['was revoked', 'PALM_ENROLMENT_MISSING', () => revoked()],
      [
        'is another leaf there',
        'PALM_ENROLMENT_MISSING',
        () => createHistory({ ...member, account: `0x${'11'.repeat(20)}` }),
      ],
      ['was left out by the endpoint', 'PALM_ENROLMENT_PATH', () => withoutChange(0)],
      ['stands beside a leaf that the endpoint altered', 'PALM_ENROLMENT_PATH', () => withLeaf(0)],
    ]
    const revoked = () => {
      const after = createHistory(member, { more: [[2, 0n]] })
      return { ...after, roots: after.roots.map((root, i) => ({ ...root, refusedFrom: i < 4 ? NOW - 5 : null })) }
    }
    const withoutChange = (at: number) => ({ ...history, changes: history.changes.filter((_, i) => i !== at) })
    const withLeaf = (at: number) => ({
      ...history,
      changes: history.changes.map((change, i) => (i === at ? { ...change, leaf: fieldToHex(7n) } : change)),
    })
    for (const [name, code, make] of gone)
      it(`and not of an enrolment that ${name}: ${code}`, async () => {
        expect(await codeOf(prove({ history: make() }))).to.equal(code)
      })

    it('once for a merchant and a root, under one link; again under another link where either is another', async () => {
      const cache = createMembershipCache()
      const prover = createTestProver()
      const first = await prove({ cache, prover })
      expect(await prove({ cache, prover })).to.equal(first)
      expect(prover.proved).to.deep.equal(['membership'])

      const elsewhere = await prove({ cache, prover, request: { ...request, merchantId: hashOf('another merchant') } })
      expect(elsewhere.pseudonym).not.to.equal(first.pseudonym)
      expect(elsewhere.link).not.to.equal(first.link)
      const refused = {
        ...history,
        roots: history.roots.map((root, i) => ({ ...root, refusedFrom: i === 3 ? NOW : null })),
      }
      const later = await prove({ cache, prover, history: refused })
      expect([later.root === first.root, later.link === first.link, later.pseudonym === first.pseudonym]).to.deep.equal(
        [false, false, true],
      )
      expect(prover.proved.length).to.equal(3)
    })

    it('goes on under an earlier root as long as it counts, so that nothing has to be proven again', async () => {
      const cache = createMembershipCache()
      const first = await prove({ cache })
      const grown = createHistory(member, { more: [[4, 12345n]] })
      expect(leavesUnder(first.root, grown.changes).length).to.equal(4)
      expect(await prove({ cache, history: grown })).to.equal(first)
    })
  })

  describe('answers a scan', () => {
    let membership: Membership
    let reviewed: ReviewedRequest

    before(async () => {
      reviewed = askByPhone()
      membership = await proveMembership({
        member,
        request: reviewed.request,
        domain: DOMAIN,
        history,
        now: NOW,
        cache: createMembershipCache(),
        prover: createTestProver(),
        random,
      })
    })

    const answer = (scanned: PhoneScan, changes: Partial<Parameters<typeof answerScan>[0]> = {}) =>
      answerScan({
        reviewed,
        scanned,
        sealing,
        member,
        membership,
        domain: DOMAIN,
        prover: createTestProver(),
        ...changes,
      })
    const scan = (changes?: Parameters<typeof scanByPhone>[3], palm = 'anna', hand: 'left' | 'right' = 'left') =>
      scanByPhone(reviewed, sealing.publicKey, codesOf(palm, hand), changes)
    const trust = (): Trust => ({
      ...makeTrust(),
      verifyingKeys: { membership: proofs.keyHash('membership'), match: proofs.keyHash('match') },
      enrolments: { ...history, roots: [...history.roots] },
    })
    const verdict = (scanned: PhoneScan, { attestation, evidence }: PhoneAnswer) => {
      const accepted = { attestationHash: attestationHash(DOMAIN, attestation), evidenceHash: evidenceHash(evidence) }
      const document = {
        format: 'palmhold/attestation/1',
        ...DOMAIN,
        request: reviewed.request,
        requestSignature: reviewed.requestSignature,
        scan: scanned.scan,
        scanSignature: scanned.scanSignature,
        attestation,
        evidence: { ...evidence, acceptance: signDigest(acceptanceHash(DOMAIN, accepted), keyOf('terminal')) },
      }
      return verifyAttestation(document, trust(), NOW + 10, proofs)
    }

    for (const hand of ['left', 'right'] as const)
      it(`with a document that everybody can verify, by the ${hand} hand`, async () => {
        const scanned = await scan({}, 'anna', hand)
        const given = await answer(scanned)
        expect(verdict(scanned, given)).to.deep.include({ ok: true, expired: false, signers: [] })
        expect(given.attestation).to.deep.include({
          payer: member.account,
          pseudonym: membership.pseudonym,
          galleryRoot: membership.root,
          factors: 9,
        })
      })

    it('names no payer where nothing is paid', async () => {
      const access = askByPhone({
        requestType: 2,
        amountMinor: 0,
        payee: `0x${'00'.repeat(20)}`,
        token: `0x${'00'.repeat(20)}`,
      })
      const scanned = await scanByPhone(access, sealing.publicKey, codesOf('anna'))
      const { attestation } = await answer(scanned, { reviewed: access })
      expect(attestation.payer).to.equal(`0x${'00'.repeat(20)}`)
    })

    const refusals: [name: string, code: string, work: () => Promise<unknown>][] = [
      ['of a stranger', 'PALM_NOT_RECOGNISED', async () => answer(await scan({}, 'a stranger'))],
      [
        'with a threshold that the palm just misses',
        'PALM_NOT_RECOGNISED',
        async () =>
          answer(await scan(), { reviewed: { ...reviewed, policy: { ...reviewed.policy, thresholdBits: 1 } } }),
      ],
      ['that another key signed', 'PALM_SCAN_SIGNATURE', async () => answer(await scan({ key: keyOf('thief') }))],
      [
        'that was altered after it was signed',
        'PALM_SCAN_SIGNATURE',
        async () => {
          const scanned = await scan()
          return answer({ ...scanned, scan: { ...scanned.scan, capturedAt: scanned.scan.capturedAt + 1 } })
        },
      ],
      [
        'for another request',
        'PALM_SCAN_ALTERED',
        async () => answer(await scan({ scan: { requestHash: hashOf('another') } })),
      ],
      [
        'long after the request',
        'PALM_SCAN_TIME',
        async () => answer(await scan({ scan: { capturedAt: NOW + 1000 } })),
      ],
      [
        'with shares for a committee',
        'PALM_SCAN_INVALID',
        async () => answer(await scan({ scan: { probeSharesRoot: hashOf('shares') } })),
      ],
      [
        'whose probe the terminal did not sign',
        'PALM_PROBE_UNSIGNED',
        async () => answer(await scan({ shown: codesOf('anna', 'left', 2) })),
      ],
      [
        'with another root',
        'PALM_PROBE_UNSIGNED',
        async () => answer(await scan({ scan: { probeRoot: hashOf('root') } })),
      ],
      [
        'with another number of codes',
        'PALM_PROBE_UNSIGNED',
        async () => answer(await scan({ scan: { leafCount: 24 } })),
      ],
      [
        'with more codes than the policy has',
        'PALM_SHARE_INVALID',
        async () => answer(await scanByPhone(reviewed, sealing.publicKey, [...codesOf('anna'), ...codesOf('anna')])),
      ],
      [
        'that was sealed for another request',
        'PALM_SEAL_INVALID',
        async () => answer(await scan({ bound: hashOf('other') })),
      ],
      [
        'that was sealed to another wallet',
        'PALM_SEAL_INVALID',
        async () => answer(await scanByPhone(reviewed, hashOf('no key'), codesOf('anna'))),
      ],
    ]
    for (const [name, code, work] of refusals)
      it(`but none ${name}: ${code}`, async () => {
        expect(await codeOf(work())).to.equal(code)
      })

    const forgeries: [name: string, code: string, bend: (given: PhoneAnswer) => PhoneAnswer][] = [
      ['another pseudonym', 'PALM_MEMBERSHIP_PROOF', (given) => bent(given, { pseudonym: fieldToHex(5n) })],
      ["somebody else's account", 'PALM_MATCH_PROOF', (given) => bent(given, { payer: `0x${'12'.repeat(20)}` })],
      ['an older root', 'PALM_MEMBERSHIP_PROOF', (given) => bent(given, { galleryRoot: history.roots[2]!.root })],
      ['a root that never was', 'PALM_ROOT_UNKNOWN', (given) => bent(given, { galleryRoot: hashOf('root') })],
      [
        'another code of the same probe',
        'PALM_PROBE_UNSIGNED',
        ({ attestation, evidence }) => ({
          attestation,
          evidence: { ...evidence, probeIndex: (evidence.probeIndex + 1) % 25 },
        }),
      ],
      [
        'another link',
        'PALM_MEMBERSHIP_PROOF',
        ({ attestation, evidence }) => ({ attestation, evidence: { ...evidence, link: fieldToHex(9n) } }),
      ],
    ]
    const bent = ({ attestation, evidence }: PhoneAnswer, changes: object): PhoneAnswer => ({
      attestation: { ...attestation, ...changes },
      evidence,
    })
    for (const [name, code, bend] of forgeries)
      it(`and nobody takes its proofs for ${name}: ${code}`, async () => {
        const scanned = await scan()
        expect(verdict(scanned, bend(await answer(scanned)))).to.deep.equal({ ok: false, reason: code })
      })

    it('and its proofs answer no other scan', async () => {
      const [scanned, other] = [await scan(), await scan({ scan: { capturedAt: NOW + 6 } })]
      const given = await answer(scanned)
      expect(verdict(other, given)).to.deep.equal({ ok: false, reason: 'PALM_SCAN_ALTERED' })
    })
  })
})

function publicOf({ root, link, pseudonym }: Membership, scope: { x: bigint; y: bigint }): bigint[] {
  return [BigInt(root), BigInt(link), scope.x, scope.y, BigInt(pseudonym)]
}
