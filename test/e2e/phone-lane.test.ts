/**
 * The phone lane on a running network: a payment that two proofs settle, what anybody can check of it without the
 * network, a renewal under which pseudonyms stay, and access that is anchored without saying whose.
 */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Hex, isPalmError } from '@palmhold/base'
import { attestationHash, type Trust, verifyAttestation } from '@palmhold/protocol'
import { createMembershipCache } from '@palmhold/wallet/phone-lane'
import type { Prover } from '@palmhold/zk'
import { expect } from 'chai'
import { openPhone, type Phone, payWithPhone } from '../../node/src/customers/phone.ts'
import { renewCustomer } from '../../node/src/customers/renew-customer.ts'
import { openKeyFolder } from '../../node/src/prover/key-files.ts'
import { createNodeProver } from '../../node/src/prover/node-prover.ts'
import { DEVELOPMENT_KEYS, readProofVerifier } from '../../node/src/prover/proving-keys.ts'
import type { Receipt } from '../../node/src/verifier/receipt.ts'
import { settlementOf } from '../../node/src/verifier/settlement.ts'
import {
  awaitPairing,
  fetchAnchorOpening,
  offerOf,
  openAdmission,
  scanForAdmission,
} from '../../node/src/verifier/terminal-client.ts'
import { type LocalNetwork, NETWORK_TIMEOUT_MS, pay } from './local-network.ts'
import { probeOf } from './people.ts'
import { palmhold, until } from './processes.ts'
import { refused } from './refused.ts'
import { sharedNetwork } from './shared-network.ts'

describe('the phone lane of a running network', function () {
  this.timeout(120_000)
  let local: LocalNetwork
  let prover: Prover
  let phone: Phone
  let receipt: Receipt
  let trust: Trust
  const proofs = readProofVerifier()
  const now = () => Math.floor(Date.now() / 1000)

  before(async function () {
    this.timeout(NETWORK_TIMEOUT_MS)
    local = await sharedNetwork()
    prover = createNodeProver({ keys: openKeyFolder(DEVELOPMENT_KEYS) })
    phone = await open()
  })
  after(async () => {
    phone?.close()
    await prover?.close()
  })

  const open = () =>
    openPhone({
      folder: local.folder,
      record: local.network.record,
      name: 'Ada',
      prover,
      cache: createMembershipCache(),
    })
  const payByPhone = (amountMinor: number, palmOf = 'Ada', index = 1) =>
    payWithPhone({
      place: local.place,
      domain: local.domain,
      phone,
      probe: probeOf(palmOf, 'left', index),
      amountMinor,
    })

  it('settles a payment that no operator sees', async () => {
    const paid = await payByPhone(3_50)
    receipt = paid.receipt
    expect(receipt).to.include({ lane: 'phone', amountMinor: 3_50, payer: local.customers.get('Ada')!.address })
    expect(paid.proveMembershipMs).to.be.above(0)
    // The second time its membership is known.
    const again = await payByPhone(1_50, 'Ada', 2)
    expect(again.proveMembershipMs).to.be.below(paid.proveMembershipMs)
    expect(again.receipt.pseudonym).to.equal(receipt.pseudonym)
    trust = await local.network.readTrust()
  })

  it('knows the person by the name that the operators compute in the palm lane', async () => {
    const { receipt: byPalm } = await pay(local, 'Ada', { amountMinor: 1_00 })
    expect(byPalm.pseudonym).to.equal(receipt.pseudonym)
    const { receipt: other } = await pay(local, 'Emmy', { amountMinor: 1_00 })
    expect(other.pseudonym).not.to.equal(receipt.pseudonym)
  })

  it('refuses another palm, and the same proofs again or for another sum', async () => {
    await refused(payByPhone(1_00, 'Emmy'), 'PALM_NOT_RECOGNISED')
    const settlement = settlementOf(receipt.attestation)
    const { governance } = local.network
    await refused(governance.charge(settlement), 'PALM_REQUEST_SPENT')
    const altered = { ...settlement, request: { ...settlement.request, amountMinor: 99_00 } }
    await refused(governance.charge(altered), 'PALM_REQUEST_ALTERED')
  })

  it('gives a document that anybody verifies without the network, and nobody alters', async () => {
    const files = { attestation: join(local.folder, 'phone.json'), trust: join(local.folder, 'phone-trust.json') }
    writeFileSync(files.trust, JSON.stringify(trust))
    writeFileSync(files.attestation, JSON.stringify(receipt.attestation))
    const verify = ['verify', files.attestation, '--trust', files.trust]
    const inWords = await palmhold(...verify)
    expect(inWords.stdout).to.contain('phone lane').and.to.contain('zero-knowledge')
    expect(inWords.code).to.equal(0)
    const { evidence } = receipt.attestation
    if (evidence.kind !== 'proofs') return expect.fail('no proofs')
    const flipped = `${evidence.matchProof.slice(0, -1)}${evidence.matchProof.endsWith('0') ? '1' : '0'}` as Hex
    const bent = { ...receipt.attestation, evidence: { ...evidence, matchProof: flipped } }
    writeFileSync(files.attestation, JSON.stringify(bent))
    const refusal = await palmhold(...verify, '--json')
    expect(refusal.code).to.equal(1)
    expect(JSON.parse(refusal.stdout).error.code).to.equal('PALM_MATCH_PROOF')
  })

  it('admits somebody, who opens the anchor of it to a third person', async () => {
    const issued = await openAdmission(local.place, 'access', 'door 1', 'phone')
    const entering = phone.pay(offerOf(local.place, issued)!)
    await awaitPairing(local.place, issued)
    const { admission } = await scanForAdmission(local.place, local.domain, issued, probeOf('Ada', 'left', 3))
    await entering
    expect(verifyAttestation(admission.attestation, await local.network.readTrust(), now(), proofs)).to.include({
      ok: true,
    })
    expect(admission.pseudonym).to.equal(receipt.pseudonym)
    const openingOf = () => fetchAnchorOpening(local.place, issued.requestHash)
    const isAnchored = () =>
      openingOf().then(
        () => true,
        (error: unknown) => !(isPalmError(error) && error.code === 'PALM_NOT_ANCHORED'),
      )
    await until(isAnchored, 30_000, 'the anchor')
    const opening = join(local.folder, 'opening.json')
    const document = join(local.folder, 'admission.json')
    writeFileSync(opening, JSON.stringify(await openingOf()))
    writeFileSync(document, JSON.stringify(admission.attestation))
    const checked = await palmhold(
      'anchor',
      'check',
      opening,
      document,
      '--folder',
      local.folder,
      '--rpc',
      local.network.record.chain.rpcUrl,
    )
    expect(checked.stdout).to.contain('anchored')
    expect(checked.code).to.equal(0)
    writeFileSync(document, JSON.stringify(receipt.attestation))
    const other = await palmhold(
      'anchor',
      'check',
      opening,
      document,
      '--folder',
      local.folder,
      '--rpc',
      local.network.record.chain.rpcUrl,
      '--json',
    )
    expect(JSON.parse(other.stdout).error.code).to.equal('PALM_ANCHOR_OTHER')
    const settled = await fetchAnchorOpening(local.place, receipt.requestHash)
    expect(settled).to.deep.include({
      kind: 'settlement',
      attestationHash: attestationHash(local.domain, receipt.attestation.attestation),
    })
  })

  it('goes on after a renewal under the same pseudonym, and not under what was renewed', async () => {
    const { network } = local
    const old = phone
    await renewCustomer({ folder: local.folder, record: network.record, name: 'Ada' })
    phone = await open()
    const { receipt: renewed } = await payByPhone(1_20, 'Ada', 4)
    expect(renewed.pseudonym).to.equal(receipt.pseudonym)
    expect(renewed.attestation.attestation.galleryRoot).not.to.equal(receipt.attestation.attestation.galleryRoot)
    expect((await pay(local, 'Ada', { amountMinor: 1_00, index: 2 })).receipt.pseudonym).to.equal(receipt.pseudonym)
    // Past the checkpoint the old salts open nothing that counts any more.
    const { roots } = (await network.readTrust()).enrolments
    const before = roots.find(({ root }) => root === receipt.attestation.attestation.galleryRoot)!
    expect(before.refusedFrom).to.be.a('number')
    await until(async () => now() > before.refusedFrom!, 30_000, 'the checkpoint')
    const issuedAgain = payWithPhone({
      place: local.place,
      domain: local.domain,
      phone: old,
      probe: probeOf('Ada', 'left', 5),
      amountMinor: 1_00,
    })
    await refused(issuedAgain, 'PALM_ENROLMENT_MISSING')
    old.close()
  })
})
