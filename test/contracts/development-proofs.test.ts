/**
 * The circuits' own proofs on chain: a person enrols, proves its membership in the tree that the registry holds, and a palm
 * near a probe that the terminal signed, under the development keys; the contracts take both and charge the person's account.
 */

import { fromHex } from '@palmhold/base'
import {
  attestationHash,
  BASE_POINT,
  commitEnrolment,
  commitProbeCode,
  contextOf,
  createSalt,
  enrolmentNode,
  fieldToHex,
  matchInputs,
  merkleProof,
  merkleRoot,
  multiplyPoint,
  type ProofEvidence,
  pseudonymOfPoint,
  scopePointOf,
  verifyAttestation,
  ZERO_HASH,
} from '@palmhold/protocol'
import { matchWitness, membershipWitness } from '@palmhold/zk'
import { LeanIMT } from '@zk-kit/lean-imt'
import { expect } from 'chai'
import { encodeEvidence } from '../../packages/chain/src/encode-evidence.ts'
import { hashVerifyingKeys, readVerifyingKeys } from '../../scripts/verifying-keys.ts'
import { seededRandom } from '../matching/in-memory.ts'
import { codeAt, createPhonePerson } from '../zk/phone-people.ts'
import { developmentVerifier, prove } from '../zk/proofs.ts'
import { documentOf, field, type PhoneSettlement, POLICY, phonePayment, trustOf } from './phone-lane.ts'
import { argumentsOf, MERCHANT_ID, OTHER_PAYER, openWorld, PARAMETERS, PAYER, refusalOf, type World } from './world.ts'

const PLACE = 2
const DISTANCE_BITS = 300
const PROBE_INDEX = 1

describe('proofs of the circuits on chain', function () {
  // two proofs take two seconds on two idle cores
  this.timeout(300_000)
  const random = seededRandom('proofs on chain')
  const person = { ...createPhonePerson(random), account: PAYER.address }
  const linkSalt = createSalt(random)
  const scope = scopePointOf({ chainId: 31337, merchantId: MERCHANT_ID })
  let world: World
  let settlement: PhoneSettlement

  before(async () => {
    world = await (await openWorld(readVerifyingKeys()))()
    for (let place = 0; place <= PLACE + 2; place++) {
      const own = commitEnrolment(person.templates, multiplyPoint(BASE_POINT, person.secret))
      const [by, commitment] = place === PLACE ? [PAYER, own] : [OTHER_PAYER, field(`somebody at ${place}`)]
      await world.as(world.palmRegistry, by).getFunction('enrol')(commitment, ZERO_HASH)
    }
    await world.pass(PARAMETERS.minRootAgeS)
    settlement = await proven()
  })

  // snarkjs keeps its threads for another proof
  after(() => (globalThis as { curve_bn128?: { terminate(): Promise<void> } }).curve_bn128?.terminate())

  it('are taken, and the account is charged once', async () => {
    await world.matchVerifier.getFunction('verify')(...argumentsOf(settlement))
    const trust = { ...(await trustOf(world)), verifyingKeys: hashVerifyingKeys(readVerifyingKeys()) }
    const verdict = verifyAttestation(documentOf(world, settlement), trust, await world.now(), developmentVerifier)
    expect(verdict.ok).to.equal(true)
    const id = await world.charge(settlement)
    expect((await world.palmPay.getFunction('paymentOf')(id)).payer.toLowerCase()).to.equal(PAYER.address)
    expect(await refusalOf(world.charge(settlement))).to.equal('RequestAlreadySpent')
  })

  it('are refused for another attestation', async () => {
    const other = await phonePayment(world, settlement.attestation.galleryRoot, {
      attestation: { pseudonym: settlement.attestation.pseudonym },
      scan: { probeRoot: settlement.scan.probeRoot, leafCount: settlement.scan.leafCount },
    })
    const call = world.matchVerifier.getFunction('verify')(...argumentsOf({ ...other, evidence: settlement.evidence }))
    expect(await refusalOf(call)).to.equal('MatchProofInvalid')
  })

  async function proven(): Promise<PhoneSettlement> {
    const leaves = await Promise.all(
      Array.from({ length: PLACE + 3 }, async (_, i) => BigInt(await world.palmRegistry.getFunction('leafOf')(i))),
    )
    const { root, ...path } = new LeanIMT<bigint>(enrolmentNode, leaves).generateProof(PLACE)
    const member = membershipWitness({ ...person, path, root, scope, linkSalt })
    const probe = { code: codeAt(person.code, DISTANCE_BITS), salt: createSalt(random) }
    const commitments = [field('another shift'), fieldToHex(commitProbeCode(probe.code, probe.salt)), field('a third')]
    const leavesOfProbe = commitments.map((commitment) => fromHex(commitment))
    const answer = await phonePayment(world, fieldToHex(root), {
      attestation: { pseudonym: pseudonymOfPoint(multiplyPoint(scope, person.secret)) },
      scan: { probeRoot: merkleRoot(leavesOfProbe), leafCount: leavesOfProbe.length },
    })
    const digest = attestationHash(world.domain, answer.attestation)
    const match = matchWitness({
      template: { hand: 'left', code: person.code, salt: person.salt, other: person.templates.right },
      probe,
      account: person.account,
      linkSalt,
      context: contextOf(digest),
      thresholdBits: POLICY.thresholdBits,
      isPayment: true,
    })
    const shape = { policy: POLICY, link: fieldToHex(member.publicInputs[1]!), probe: commitments[PROBE_INDEX]! }
    expect(match.publicInputs).to.deep.equal(matchInputs(answer.attestation, digest, shape))
    const proofs: ProofEvidence = {
      kind: 'proofs',
      ...shape,
      probeIndex: PROBE_INDEX,
      probePath: merkleProof(leavesOfProbe, PROBE_INDEX),
      membershipProof: (await prove('membership', member.signals)).proof,
      matchProof: (await prove('match', match.signals)).proof,
      acceptance: answer.proofs.acceptance,
    }
    return { ...answer, proofs, evidence: encodeEvidence(proofs) }
  }
})
