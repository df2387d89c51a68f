/**
 * The phone lane on chain: what it accepts, and what it refuses by which name. `verifyAttestation` is asked of every row as
 * well: it refuses the same, under the code that the contract's error stands for.
 */

import type { Hex } from '@palmhold/base'
import {
  attestationHash,
  FIELD_ORDER,
  matchInputs,
  membershipInputs,
  merkleProof,
  merkleRoot,
  multiplyPoint,
  type Policy,
  policyHash,
  scopePointOf,
  verifyAttestation,
} from '@palmhold/protocol'
import { createProofVerifier } from '@palmhold/zk'
import { expect } from 'chai'
import { fromHex } from '../../packages/base/src/bytes.ts'
import { EXPLANATIONS } from '../../packages/chain/src/revert-explanations.ts'
import {
  documentOf,
  enrolled,
  evidenceFor,
  field,
  NO_PROOF,
  type PhoneSettlement,
  POLICY,
  PROBES,
  type ProofBends,
  phoneAccess,
  phonePayment,
  trustOf,
} from './phone-lane.ts'
import {
  argumentsOf,
  type Bends,
  bytes32,
  COMMITTEE,
  MATCH,
  MEMBERSHIP,
  OPERATORS,
  openWorld,
  PAYER,
  refusalOf,
  STRANGER,
  type World,
  ZERO_ADDRESS,
  ZERO_HASH,
} from './world.ts'

const BASE_ORDER = 21888242871839275222246405745257275088696311157297823662689037894645226208583n
const PROOFS = createProofVerifier({ membership: MEMBERSHIP.key, match: MATCH.key })

describe('the phone lane on chain', function () {
  this.timeout(60_000)
  let world: World
  let root: Hex

  before(async () => {
    world = await (await openWorld())()
    root = await enrolled(world)
  })

  const verify = (settlement: PhoneSettlement) => world.matchVerifier.getFunction('verify')(...argumentsOf(settlement))
  const offChain = async (settlement: PhoneSettlement) =>
    verifyAttestation(documentOf(world, settlement), await trustOf(world), await world.now(), PROOFS)
  const refusedTwice = async (settlement: PhoneSettlement, error: string, code = EXPLANATIONS[error]![0]) => {
    expect(await refusalOf(verify(settlement))).to.equal(error)
    expect(await offChain(settlement)).to.deep.equal({ ok: false, reason: code })
  }

  describe('accepts, as everybody off chain does,', () => {
    it('a payment and an access request', async () => {
      for (const settlement of [await phonePayment(world, root), await phoneAccess(world, root)]) {
        const [id, digest] = await verify(settlement)
        expect(id).to.equal(settlement.attestation.requestHash)
        expect(digest).to.equal(attestationHash(world.domain, settlement.attestation))
        expect(await offChain(settlement)).to.include({ ok: true, requestHash: id })
      }
    })

    it('thresholds of 1 and of 600', async () => {
      for (const thresholdBits of [1, 600]) {
        const settlement = await underPolicy({ ...POLICY, thresholdBits })
        await verify(settlement)
        expect((await offChain(settlement)).ok).to.equal(true)
      }
    })

    it('a probe of any number of codes, at any place', async () => {
      for (const count of [1, 2, 3, 24, 25]) {
        const codes = PROBES.slice(0, count).map((probe) => fromHex(probe))
        const scan = { probeRoot: merkleRoot(codes), leafCount: count }
        for (const probeIndex of new Set([0, count >> 1, count - 1])) {
          const probePath = merkleProof(codes, probeIndex)
          const settlement = await phonePayment(
            world,
            root,
            { scan },
            { probeIndex, probe: PROBES[probeIndex]!, probePath },
          )
          await verify(settlement)
          expect((await offChain(settlement)).ok).to.equal(true)
        }
      }
    })
  })

  const path = merkleProof(
    PROBES.map((probe) => fromHex(probe)),
    17,
  )
  const table: readonly (readonly [name: string, error: string, bends: Bends, evidence: ProofBends])[] = [
    ['a committee', 'CommitteeForbidden', { request: { committeeId: COMMITTEE } }, {}],
    ['an epoch', 'CommitteeForbidden', { request: { committeeEpoch: 1 } }, {}],
    ['a probe that was shared out', 'SharesForbidden', { scan: { probeSharesRoot: bytes32(9) } }, {}],
    ['a payment without payer', 'PayerMissing', { attestation: { payer: ZERO_ADDRESS } }, {}],
    ['another policy than the request names', 'PolicyMismatch', {}, { policy: { ...POLICY, thresholdBits: 501 } }],
    ['a wider policy for more codes', 'PolicyMismatch', {}, { policy: { ...POLICY, maxProbeCodes: 81 } }],
    ['more codes than the policy allows', 'ScanTooLarge', { scan: { leafCount: 26 } }, {}],
    ['a probe that the terminal did not sign', 'ProbeUnsigned', {}, { probe: field('a stranger') }],
    ['a signed code at another place', 'ProbeUnsigned', {}, { probeIndex: 16 }],
    ['a place beyond the probe', 'ProbeUnsigned', {}, { probeIndex: 25 }],
    ['a path that is too short', 'ProbeUnsigned', {}, { probePath: path.slice(0, -1) }],
    ['a path that is too long', 'ProbeUnsigned', {}, { probePath: [...path, bytes32(1)] }],
    ['a path with a changed hash', 'ProbeUnsigned', {}, { probePath: [bytes32(1), ...path.slice(1)] }],
    ['another number of codes', 'ProbeUnsigned', { scan: { leafCount: 24 } }, {}],
    ['a probe of another scan', 'ProbeUnsigned', { scan: { probeRoot: bytes32(9) } }, {}],
    ['a root that never was', 'RootUnknown', { attestation: { galleryRoot: field('never') } }, {}],
    ['the root 0', 'RootUnknown', { attestation: { galleryRoot: ZERO_HASH } }, {}],
    [
      'an aliased pseudonym',
      'MembershipProofInvalid',
      { attestation: { pseudonym: alias(field('pseudonym')) } },
      { membershipFor: [] },
    ],
    ['no proof of membership, with none registered', 'MembershipUnknown', {}, { membershipProof: NO_PROOF }],
  ]

  describe('refuses by name, as everybody off chain does,', () => {
    for (const [name, error, bends, evidence] of table)
      it(name, async () => refusedTwice(await phonePayment(world, root, bends, evidence), error))

    it('an access request with a payer', async () => {
      await refusedTwice(await phoneAccess(world, root, { attestation: { payer: PAYER.address } }), 'PayerForbidden')
    })

    it('a threshold of 0 and one above 600', async () => {
      for (const thresholdBits of [0, 601, 65_535])
        await refusedTwice(await underPolicy({ ...POLICY, thresholdBits }), 'ThresholdOutOfRange')
    })

    it('an aliased root', async () => {
      await refusedTwice(
        await phonePayment(world, root, { attestation: { galleryRoot: alias(root) } }, { membershipFor: [] }),
        'RootUnknown',
      )
    })
  })

  describe('refuses a proof for another value of any public input', () => {
    const names = {
      membership: ['root', 'link', 'scope x', 'scope y', 'pseudonym'],
      match: ['link', 'probe', 'context', 'threshold', 'payer'],
    }
    for (const circuit of ['membership', 'match'] as const)
      for (const [i, name] of names[circuit].entries())
        it(`${circuit}: ${name}, changed and zeroed`, async () => {
          const settlement = await phonePayment(world, root)
          const right = rightInputs(circuit, settlement)
          const prove = (inputs: bigint[]) => evidenceFor(world, settlement, { [`${circuit}For`]: inputs })
          for (const value of [right[i]! + 1n, 0n])
            await refusedTwice(
              { ...settlement, ...prove(right.with(i, value)) },
              circuit === 'match' ? 'MatchProofInvalid' : 'MembershipProofInvalid',
            )
          await verify({ ...settlement, ...prove(right) })
        })

    it('an alias of each that is supplied', async () => {
      const settlement = await phonePayment(world, root)
      const proofsOf = (circuit: 'membership' | 'match') => rightInputs(circuit, settlement)
      const link = evidenceFor(world, settlement, {
        link: alias(field('link')),
        membershipFor: proofsOf('membership'),
        matchFor: proofsOf('match'),
      })
      await refusedTwice({ ...settlement, ...link }, 'MembershipProofInvalid', 'PALM_ATTESTATION_MALFORMED')
      const probe = alias(PROBES[0]!)
      const scan = { probeRoot: merkleRoot([fromHex(probe)]), leafCount: 1 }
      const bent = await phonePayment(world, root, { scan }, { probe, probeIndex: 0, probePath: [], matchFor: [] })
      const canonical = rightInputs('match', { ...bent, proofs: { ...bent.proofs, probe: PROBES[0]! } })
      const evidence = { probe, probeIndex: 0, probePath: [], matchFor: canonical }
      await refusedTwice(
        { ...bent, ...evidenceFor(world, bent, evidence) },
        'MatchProofInvalid',
        'PALM_ATTESTATION_MALFORMED',
      )
    })

    it('a scope point of one’s own choice, by which two merchants’ pseudonyms could be linked', async () => {
      const settlement = await phonePayment(world, root)
      const chosen = multiplyPoint(scopePointOf({ chainId: 31337, merchantId: bytes32(7) }), 5n)
      const inputs = rightInputs('membership', settlement).with(2, chosen.x).with(3, chosen.y)
      const bent = evidenceFor(world, settlement, { membershipFor: inputs })
      await refusedTwice({ ...settlement, ...bent }, 'MembershipProofInvalid')
    })
  })

  describe('refuses proofs in another form', () => {
    const bend = (proof: Hex, word: number, change: (value: bigint) => bigint): Hex => {
      const at = 2 + 64 * word
      const value = change(BigInt(`0x${proof.slice(at, at + 64)}`))
      return `${proof.slice(0, at)}${hex(value).slice(2)}${proof.slice(at + 64)}` as Hex
    }
    const forms: readonly (readonly [name: string, change: (proof: Hex) => Hex])[] = [
      ...Array.from({ length: 8 }, (_, i): [string, (proof: Hex) => Hex] => [
        `word ${i} aliased`,
        (proof) => bend(proof, i, (value) => value + BASE_ORDER),
      ]),
      ['A off the curve', (proof) => bend(proof, 1, (value) => value ^ 1n)],
      ['B off the curve', (proof) => bend(proof, 5, (value) => value ^ 1n)],
      ['C off the curve', (proof) => bend(proof, 7, (value) => value ^ 1n)],
      ['A at infinity', (proof) => `0x${'00'.repeat(64)}${proof.slice(130)}`],
      ['B at infinity', (proof) => `${proof.slice(0, 130)}${'00'.repeat(128)}${proof.slice(386)}` as Hex],
      ['C at infinity', (proof) => `${proof.slice(0, 386)}${'00'.repeat(64)}` as Hex],
      ['A negated', (proof) => bend(proof, 1, (value) => BASE_ORDER - value)],
    ]
    for (const circuit of ['membership', 'match'] as const)
      it(`${circuit}: coordinates aliased, points off the curve, at infinity and negated`, async () => {
        const { evidence: _, proofs, ...settlement } = await phonePayment(world, root)
        const name = `${circuit}Proof` as const
        for (const [form, change] of forms) {
          const bent = { ...settlement, ...evidenceFor(world, settlement, { [name]: change(proofs[name]) }) }
          const error = circuit === 'match' ? 'MatchProofInvalid' : 'MembershipProofInvalid'
          expect(await refusalOf(verify(bent)), form).to.equal(error)
          expect(await offChain(bent), form).to.deep.equal({ ok: false, reason: EXPLANATIONS[error]![0] })
        }
      })

    it('each in the place of the other, and that of another person beside one’s own', async () => {
      const settlement = await phonePayment(world, root)
      const { membershipProof, matchProof } = settlement.proofs
      const swapped = evidenceFor(world, settlement, { membershipProof: matchProof, matchProof: membershipProof })
      await refusedTwice({ ...settlement, ...swapped }, 'MembershipProofInvalid')
      // the other's match proof is joined to the other's membership, not to this one
      const other = evidenceFor(world, settlement, { link: field('another person') })
      const mixed = evidenceFor(world, settlement, { matchProof: other.proofs.matchProof })
      await refusedTwice({ ...settlement, ...mixed }, 'MatchProofInvalid')
      await verify({ ...settlement, ...other })
    })
  })

  it('takes evidence in its one encoding alone, and of its lane', async () => {
    const settlement = await phonePayment(world, root)
    const { evidence } = settlement
    const word = (index: number, value: bigint): Hex => {
      const at = 2 + 64 * index
      return `${evidence.slice(0, at)}${hex(value).slice(2)}${evidence.slice(at + 64)}` as Hex
    }
    const bent: readonly Hex[] = [
      '0x',
      evidence.slice(0, -2) as Hex,
      evidence.slice(0, -64) as Hex,
      `${evidence}00`,
      `${evidence}${'00'.repeat(32)}`,
      word(0, 64n),
      word(16, 800n),
      word(25, 2n ** 255n),
      word(25, 17n),
      ...[1, 2, 3, 4, 14].map((index) => word(index, 65_536n)),
      world.signed(settlement.attestation, OPERATORS.slice(0, 2)),
    ]
    for (const form of bent)
      expect(await refusalOf(verify({ ...settlement, evidence: form })), form.slice(0, 80)).to.equal(
        'EvidenceMalformed',
      )
    const palm = await world.settlement()
    const call = world.matchVerifier.getFunction('verify')(...argumentsOf({ ...palm, evidence }))
    expect(await refusalOf(call)).to.equal('SignaturesMalformed')
  })

  it('binds each field of the attestation by its digest', async () => {
    const settlement = await phonePayment(world, root)
    const { attestation } = settlement
    for (const change of [{ payer: STRANGER.address }, { expiry: attestation.expiry + 1 }]) {
      const bent = { ...settlement, attestation: { ...attestation, ...change } }
      await refusedTwice(bent, 'MatchProofInvalid')
    }
    // Of other factors the proofs show nothing, whoever claims them.
    for (const factors of [11, 13])
      await refusedTwice({ ...settlement, attestation: { ...attestation, factors } }, 'FactorsUnproven')
    const pseudonym = { ...settlement, attestation: { ...attestation, pseudonym: field('another') } }
    await refusedTwice(pseudonym, 'MembershipProofInvalid')
  })

  /** An answer whose request names `policy`. */
  function underPolicy(policy: Policy): Promise<PhoneSettlement> {
    return phonePayment(world, root, { request: { policyHash: policyHash(policy) } }, { policy })
  }

  function rightInputs(circuit: 'membership' | 'match', { attestation, proofs }: PhoneSettlement): bigint[] {
    if (circuit === 'membership') return membershipInputs(31337, attestation, proofs.link)
    return matchInputs(attestation, attestationHash(world.domain, attestation), proofs)
  }
})

function alias(value: Hex): Hex {
  return hex(BigInt(value) + FIELD_ORDER)
}

function hex(value: bigint): Hex {
  return `0x${value.toString(16).padStart(64, '0')}`
}
