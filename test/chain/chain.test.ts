/** The bindings on a real development chain: from an operator's registration to a payout, and every way it refuses. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Hex, isPalmError } from '@palmhold/base'
import { type Chain, connectChain, type EnrolmentEvent, type SettlementInput } from '@palmhold/chain'
import {
  addressOfKey,
  attestationHash,
  enrolmentLeaf,
  enrolmentNode,
  type MatchAttestation,
  matchInputs,
  membershipInputs,
  merchantIdOf,
  merkleRoot,
  type ProofEvidence,
  policyHash,
  type QuorumEvidence,
  type Request,
  requestHash,
  type Scan,
  scanHash,
  scopePointOf,
  signDigest,
} from '@palmhold/protocol'
import { hashVerifyingKey } from '@palmhold/zk'
import { LeanIMT } from '@zk-kit/lean-imt'
import { expect } from 'chai'
import { SigningKey } from 'ethers'
import { fromHex } from '../../packages/base/src/bytes.ts'
import { type Deployment, deployContracts } from '../../scripts/deploy.ts'
import { simulatedKey, writeKeys } from '../support/simulated-proofs.ts'
import { type Anvil, DEPLOYER_KEY, KEYS, startAnvil } from './anvil.ts'

const COMMITTEE: Hex = `0x${'c1'.repeat(32)}`
const ZERO: Hex = `0x${'00'.repeat(32)}`
const [OPERATOR_A, OPERATOR_B, OPERATOR_C, MERCHANT, TERMINAL, PAYER, STRANGER] = KEYS as [
  Hex,
  Hex,
  Hex,
  Hex,
  Hex,
  Hex,
  Hex,
]
/** Transactions that can be mined, by sender and nonce. */
type Pool = { readonly pending: Readonly<Record<Hex, Readonly<Record<string, { readonly hash: Hex }>>>> }
const MEMBERSHIP = simulatedKey('membership')
const MATCH = simulatedKey('match')
const DID = `did:ethr:0x7a6a:${SigningKey.computePublicKey(MERCHANT, true)}`
const MERCHANT_ID = merchantIdOf(DID)

describe('Chain', function () {
  this.timeout(60_000)
  let anvil: Anvil
  let deployment: Deployment
  let governance: Chain
  let payer: Chain
  let merchant: Chain
  let stranger: Chain
  let reader: Chain
  let nonce = 0
  const folder = mkdtempSync(join(tmpdir(), 'palmhold-chain-'))
  const open: Chain[] = []

  before(async () => {
    anvil = await startAnvil(31338)
    const keysDir = join(folder, 'keys')
    writeKeys(keysDir, { membership: MEMBERSHIP.key, match: MATCH.key })
    const options = { rpcUrl: anvil.rpcUrl, deployerKey: DEPLOYER_KEY, deploymentsDir: folder, keysDir }
    deployment = await deployContracts(options)
    governance = await connect(DEPLOYER_KEY)
    for (const key of KEYS) await governance.fundGas(addressOf(key), 10n ** 18n)
    ;[payer, merchant, stranger, reader] = await Promise.all([
      connect(PAYER),
      connect(MERCHANT),
      connect(STRANGER),
      connect(),
    ])

    for (const [i, key] of [OPERATOR_A, OPERATOR_B, OPERATOR_C].entries()) {
      const operator = await connect(key)
      await governance.mintTestTokens(addressOf(key), 200_000)
      await operator.registerOperator()
      await operator.depositStake(110_000 + 10_000 * i)
    }
    const members = [OPERATOR_A, OPERATOR_B, OPERATOR_C].map(addressOf)
    await governance.createCommittee(COMMITTEE, { members, threshold: 1, quorum: 2 })
    await merchant.registerMerchant({ did: DID, payout: addressOf(MERCHANT) })
    await merchant.addTerminal(MERCHANT_ID, addressOf(TERMINAL))
    await governance.mintTestTokens(addressOf(PAYER), 100_000)
    await payer.deposit(50_000)
    await payer.optIn(COMMITTEE)
    await payer.setLimits({ perPaymentMinor: 5_000, perDayMinor: 20_000 })
  })

  after(async () => {
    for (const chain of open) chain.close()
    await anvil?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  async function connect(signerKey?: Hex): Promise<Chain> {
    const { contracts } = deployment
    const options = { rpcUrl: anvil.rpcUrl, expectedChainId: 31338, contracts, pollIntervalMs: 10 }
    const chain = await connectChain(signerKey === undefined ? options : { ...options, signerKey })
    open.push(chain)
    return chain
  }

  describe('connects', () => {
    const attempt = (bend: object) =>
      connectChain({ rpcUrl: anvil.rpcUrl, expectedChainId: 31338, contracts: deployment.contracts, ...bend })

    it('not to another chain', () => refused(attempt({ expectedChainId: 1 }), 'PALM_WRONG_CHAIN'))
    it('not to nobody', () => refused(attempt({ rpcUrl: 'http://127.0.0.1:9/key' }), 'PALM_CHAIN_UNREACHABLE'))
    it('not where contracts are missing', () =>
      refused(
        attempt({ contracts: { ...deployment.contracts, palmPay: addressOf(STRANGER) } }),
        'PALM_CONTRACT_MISSING',
      ))
    it('without showing what stands in the path of an address', async () => {
      const error = await failure(attempt({ rpcUrl: 'http://127.0.0.1:9/secret-key' }))
      expect(error.message).to.not.include('secret-key')
    })
    it('without a key to read, and says so when it should write', async () => {
      expect(reader.signer).to.equal(undefined)
      await refused(async () => reader.freeze(), 'PALM_SIGNER_MISSING')
    })
  })

  describe('reads', () => {
    it('the committee, its operators and their stake', async () => {
      const committee = await reader.committee(COMMITTEE)
      expect(committee.members).to.deep.equal([OPERATOR_A, OPERATOR_B, OPERATOR_C].map(addressOf).sort())
      expect(committee).to.deep.include({ epoch: 1, currentEpoch: 1, valid: true, threshold: 1, quorum: 2 })
      expect(committee.active).to.deep.equal([true, true, true])
      expect(await reader.slashableStakeMinor(COMMITTEE)).to.equal(230_000)
      const operator = await reader.operator(addressOf(OPERATOR_A))
      expect(operator).to.deep.include({ stakeMinor: 110_000, status: 'registered', committeeId: COMMITTEE })
      expect(operator.publicKey).to.equal(`0x${SigningKey.computePublicKey(OPERATOR_A, false).slice(4)}`)
      await refused(reader.committee(ZERO), 'PALM_COMMITTEE_UNKNOWN')
      await refused(reader.committee(COMMITTEE, 7), 'PALM_EPOCH_INVALID')
    })

    it('merchants and terminals', async () => {
      expect(await reader.merchant(MERCHANT_ID)).to.deep.equal({
        owner: addressOf(MERCHANT),
        active: true,
        payout: addressOf(MERCHANT),
      })
      expect(await reader.merchant(ZERO)).to.equal(undefined)
      expect(await reader.isActiveTerminal(MERCHANT_ID, addressOf(TERMINAL))).to.equal(true)
      expect(await reader.isActiveTerminal(MERCHANT_ID, addressOf(STRANGER))).to.equal(false)
    })

    it('accounts', async () => {
      const account = await reader.account(addressOf(PAYER))
      expect(account).to.deep.include({ frozen: false, unfreezeAt: 0, committeeId: COMMITTEE })
      expect(account.palmLimits).to.deep.include({ perPaymentMinor: 5_000, perDayMinor: 20_000 })
      expect(await reader.tokenBalanceMinor(addressOf(PAYER))).to.equal(50_000)
    })
  })

  describe('charges', () => {
    it('once, and pays out after the window', async () => {
      const input = await settlement({})
      const result = await stranger.charge(input)
      expect(result.paymentId).to.equal(input.scan.requestHash)
      expect(result.gasUsed).to.be.within(100_000, 400_000)
      expect(await reader.isSpent(result.paymentId)).to.equal(true)
      const payment = await reader.payment(result.paymentId)
      expect(payment).to.deep.include({ amountMinor: 1250, lane: 2, status: 'locked', until: result.lockedUntil })
      await refused(stranger.charge(input), 'PALM_REQUEST_SPENT', 'RequestAlreadySpent')
      await refused(stranger.release([result.paymentId]), 'PALM_PAYMENT_STATE', 'StillLocked')
      await anvil.pass(deployment.parameters.disputeWindowS)
      await stranger.release([result.paymentId])
      expect(await reader.payableMinor(addressOf(MERCHANT))).to.equal(1250)
      await stranger.claimPayout(addressOf(MERCHANT))
      expect(await reader.tokenBalanceMinor(addressOf(MERCHANT))).to.equal(1250)
    })

    it('and refunds, and lets the payer dispute', async () => {
      const before = (await reader.account(addressOf(PAYER))).balanceMinor
      const first = await stranger.charge(await settlement({}))
      await refused(stranger.refund(first.paymentId), 'PALM_NOT_ALLOWED', 'NotMerchant')
      await merchant.refund(first.paymentId)
      const second = await stranger.charge(await settlement({}))
      await payer.dispute(second.paymentId)
      expect((await reader.payment(second.paymentId)).status).to.equal('disputed')
      await governance.resolveDispute(second.paymentId, true)
      expect((await reader.account(addressOf(PAYER))).balanceMinor).to.equal(before)
    })

    it('not for another sum: neither altered after signing nor with an answer to another request', async () => {
      const input = await settlement({})
      const altered = { ...input, request: { ...input.request, amountMinor: 1 } }
      await refused(stranger.charge(altered), 'PALM_REQUEST_ALTERED', 'ScanRequestMismatch')
      const other = await settlement({ amountMinor: 2000 })
      const swapped = { ...other, attestation: input.attestation, evidence: input.evidence }
      await refused(stranger.charge(swapped), 'PALM_REQUEST_ALTERED', 'AttestationRequestMismatch')
    })

    it('not with fewer signatures than the quorum', async () => {
      const input = await settlement({})
      const { signatures } = input.evidence
      const one = { ...input, evidence: { kind: 'quorum' as const, signatures: signatures.slice(0, 1) } }
      await refused(stranger.charge(one), 'PALM_QUORUM_INVALID', 'QuorumMissing')
    })

    it('not above the limit, not from a frozen account, not at a stopped terminal, not too late', async () => {
      await refused(
        settlement({ amountMinor: 5001 }).then((input) => stranger.charge(input)),
        'PALM_LIMIT_EXCEEDED',
      )
      await merchant.setTerminalActive(MERCHANT_ID, addressOf(TERMINAL), false)
      await refused(
        settlement({}).then((input) => stranger.charge(input)),
        'PALM_TERMINAL_INACTIVE',
      )
      await merchant.setTerminalActive(MERCHANT_ID, addressOf(TERMINAL), true)
      await payer.freeze()
      await refused(
        settlement({}).then((input) => stranger.charge(input)),
        'PALM_ACCOUNT_FROZEN',
      )
      await payer.unfreeze()
      await anvil.pass(deployment.parameters.unfreezeDelayS)
      const late = await settlement({})
      await anvil.pass(1000)
      await refused(stranger.charge(late), 'PALM_REQUEST_EXPIRED', 'AttestationExpired')
      await refused(payer.withdraw(1_000_000), 'PALM_FUNDS_MISSING', 'BalanceTooLow')
    })

    it('and verifies without spending', async () => {
      const input = await settlement({})
      expect((await reader.verify(input)).requestHash).to.equal(input.scan.requestHash)
      expect(await reader.isSpent(input.scan.requestHash)).to.equal(false)
    })
  })

  describe('registers merchants', () => {
    it('under their own DID, or any by governance', async () => {
      await refused(
        stranger.registerMerchant({ did: `did:ethr:${addressOf(PAYER)}`, payout: addressOf(PAYER) }),
        'PALM_NOT_ALLOWED',
        'DidNotOwned',
      )
      const did = 'did:web:shop.example'
      const { merchantId } = await governance.registerMerchant({
        did,
        payout: addressOf(PAYER),
        owner: addressOf(STRANGER),
      })
      expect((await reader.merchant(merchantId))?.owner).to.equal(addressOf(STRANGER))
    })
  })

  describe('enrolments', () => {
    it('are followed as they come, change and go', async () => {
      const seen: EnrolmentEvent[] = []
      const stop = new AbortController()
      const first = await payer.enrol(commitment(1), commitment(2))
      const second = await payer.enrol(commitment(3), ZERO)
      expect([first.index, second.index]).to.deep.equal([0, 1])
      const watching = reader.watchEnrolments(
        1,
        (event) => {
          seen.push(event)
          if (event.kind === 'revoked') stop.abort()
        },
        stop.signal,
        { fromBlock: deployment.block, pollIntervalMs: 10 },
      )
      await payer.renew(1, commitment(4), commitment(5))
      await payer.revoke(1)
      await watching
      expect(seen.map(({ kind, index, commitment: value }) => [kind, index, value])).to.deep.equal([
        ['enrolled', 1, commitment(3)],
        ['renewed', 1, commitment(4)],
        ['revoked', 1, ZERO],
      ])
      expect(await reader.enrolmentCount()).to.equal(2)
      expect(await reader.enrolment(0)).to.deep.include({ live: true, commitment: commitment(1), index: 0 })
      expect((await reader.enrolmentEvents(deployment.block)).events).to.have.length(4)
      await refused(payer.enrol(commitment(1), ZERO), 'PALM_COMMITMENT_REFUSED', 'DuplicateCommitment')
    })
  })

  describe('the phone lane', () => {
    const link = commitment(77)
    const pseudonym = commitment(78)
    let root: Hex

    before(async () => {
      await stranger.enrol(commitment(500), ZERO)
      root = (await reader.enrolmentRoots(deployment.block)).roots.at(-1)!.root
    })

    it('has its keys and scope points on chain', async () => {
      expect(await reader.verifyingKeyHashes()).to.deep.equal({
        membership: hashVerifyingKey(MEMBERSHIP.key),
        match: hashVerifyingKey(MATCH.key),
      })
      const scope = scopePointOf({ chainId: 31338, merchantId: MERCHANT_ID })
      expect(await reader.scopePoint(MERCHANT_ID)).to.deep.equal(scope)
      await refused(reader.scopePoint(ZERO), 'PALM_CHAIN_REVERTED', 'MerchantUnknown')
    })

    it('tells every change of the tree, from which a wallet builds the tree of any root', async () => {
      const { changes } = await reader.enrolmentLeafChanges(deployment.block)
      const tree = new LeanIMT<bigint>(enrolmentNode)
      for (const { index, leaf, root: made, replaces } of changes) {
        if (replaces) tree.update(index, BigInt(leaf))
        else tree.insert(BigInt(leaf))
        expect(BigInt(made)).to.equal(tree.root)
      }
      expect(changes.map(({ sequence }) => sequence)).to.deep.equal(changes.map((_, i) => i + 1))
      const own = enrolmentLeaf(500n, addressOf(STRANGER))
      expect(BigInt(changes.at(-1)!.leaf)).to.equal(own)
    })

    it('tells the roots as a trust document takes them', async () => {
      const { parameters } = deployment
      const enrolments = await reader.enrolmentRoots(deployment.block)
      expect(enrolments).to.include({ minRootAgeS: parameters.minRootAgeS, maxRootAgeS: parameters.maxRootAgeS })
      const { changes } = await reader.enrolmentLeafChanges(deployment.block)
      expect(enrolments.roots.map((known) => known.root)).to.deep.equal(changes.map((change) => change.root))
      expect(enrolments.roots.at(-1)).to.include({ supersededAt: null, refusedFrom: null })
      const firstLeft = changes.find(({ replaces }) => replaces)!
      const { checkpointIntervalS, checkpointDelayS } = parameters
      const refusedFrom =
        (Math.floor(firstLeft.time / checkpointIntervalS) + 1) * checkpointIntervalS + checkpointDelayS
      expect(enrolments.roots[0]).to.include({ supersededAt: changes[1]!.time, refusedFrom })
    })

    it('registers a membership, and charges without its proof from then on', async () => {
      const membership = { merchantId: MERCHANT_ID, pseudonym, link, root }
      const inputs = membershipInputs(31338, { ...(await phone()).attestation }, link)
      const proof = MEMBERSHIP.prove(inputs)
      expect(await reader.isMember(membership)).to.equal(false)
      expect(await reader.membershipProofGas(inputs, proof)).to.be.within(200_000, 255_000)
      await refused(stranger.registerMembership(membership, MATCH.prove(inputs)), 'PALM_MEMBERSHIP_PROOF')
      await refused(stranger.registerMembership({ ...membership, root: ZERO }, proof), 'PALM_ROOT_UNKNOWN')
      await stranger.registerMembership(membership, proof)
      expect(await reader.isMember(membership)).to.equal(true)
      const other = { ...membership, pseudonym: commitment(79) }
      await refused(stranger.registerMembership(other, proof), 'PALM_LINK_REUSED', 'LinkReused')

      const input = await phone()
      const { requestHash: id } = await reader.verify(input)
      const gas = await reader.matchProofGas(matchInputsOf(input), input.evidence.matchProof)
      expect(gas).to.be.within(200_000, 250_000)
      await refused(reader.matchProofGas(inputs, input.evidence.matchProof), 'PALM_PROOF_INVALID', 'ProofInvalid')
      const charged = await stranger.charge(input)
      expect(charged.paymentId).to.equal(id)
      expect(await reader.payment(id)).to.deep.include({ lane: 1, amountMinor: 1250, payer: addressOf(PAYER) })
      await refused(stranger.charge(input), 'PALM_REQUEST_SPENT')
    })

    it('says by which code a proof is refused', async () => {
      const input = await phone()
      const wrong = {
        ...input,
        evidence: { ...input.evidence, matchProof: MATCH.prove(matchInputsOf(input).toReversed()) },
      }
      await refused(reader.verify(wrong), 'PALM_MATCH_PROOF', 'MatchProofInvalid')
      const unsigned = { ...input, evidence: { ...input.evidence, probe: commitment(80) } }
      await refused(reader.verify(unsigned), 'PALM_PROBE_UNSIGNED', 'ProbeUnsigned')
    })

    it('raises its own limits', async () => {
      const limits = { perPaymentMinor: 7_000, perDayMinor: 9_000, lane: 1 }
      await stranger.setLimits(limits)
      const { phoneLimits } = await reader.account(addressOf(STRANGER))
      expect(phoneLimits).to.include({ perPaymentMinor: 7_000, perDayMinor: 9_000 })
    })

    it('anchors batches, once each', async () => {
      expect(await reader.anchoredBatch(commitment(9))).to.equal(undefined)
      await merchant.anchorBatch(commitment(9), 25)
      const anchored = await reader.anchoredBatch(commitment(9))
      expect(anchored).to.include({ by: addressOf(MERCHANT), count: 25 })
      expect(anchored!.time).to.be.closeTo(await reader.timestamp(), 2)
      await refused(stranger.anchorBatch(commitment(9), 25), 'PALM_BATCH_ANCHORED', 'AlreadyAnchored')
      await refused(stranger.anchorBatch(commitment(10), 0), 'PALM_BATCH_EMPTY', 'BatchEmpty')
    })

    /** A payment by phone, with a probe of one code. */
    async function phone(): Promise<SettlementInput & { evidence: ProofEvidence }> {
      const policy = { thresholdBits: 500, marginBits: 0, maxProbeCodes: 25, firstPassBits: 0 }
      const probe = commitment(81)
      const bend = { lane: 1, policyHash: policyHash(policy), committeeId: ZERO, committeeEpoch: 0 }
      const probeRoot = merkleRoot([fromHex(probe)])
      const { evidence: _, ...palm } = await settlement(
        bend,
        { probeRoot, leafCount: 1 },
        { pseudonym, galleryRoot: root },
      )
      const { attestation } = palm
      const digest = attestationHash(
        { chainId: 31338, verifyingContract: deployment.contracts.matchVerifier },
        attestation,
      )
      const shape = { policy, link, probeIndex: 0, probe, probePath: [] }
      const evidence = {
        ...shape,
        kind: 'proofs' as const,
        membershipProof: MEMBERSHIP.prove(membershipInputs(31338, attestation, link)),
        matchProof: MATCH.prove(matchInputs(attestation, digest, shape)),
        acceptance: `0x${'00'.repeat(65)}` as Hex,
      }
      return { ...palm, evidence }
    }

    function matchInputsOf({ attestation, evidence }: { attestation: MatchAttestation; evidence: ProofEvidence }) {
      const domain = { chainId: 31338, verifyingContract: deployment.contracts.matchVerifier }
      return matchInputs(attestation, attestationHash(domain, attestation), evidence)
    }
  })

  it('measures a quorum alone', async () => {
    const { attestation, evidence } = await settlement({})
    const domain = { chainId: 31338, verifyingContract: deployment.contracts.matchVerifier }
    const digest = attestationHash(domain, attestation)
    expect(await reader.quorumGas(COMMITTEE, 1, digest, evidence)).to.be.within(30_000, 50_000)
    await refused(reader.quorumGas(COMMITTEE, 2, digest, evidence), 'PALM_EPOCH_INVALID')
  })

  it('sends many transactions of one key at once, each with its own nonce', async () => {
    const results = await Promise.all(
      Array.from({ length: 12 }, (_, i) => governance.fundGas(commitmentAddress(i), 1n)),
    )
    expect(new Set(results.map(({ txHash }) => txHash)).size).to.equal(12)
    await refused(stranger.mintTestTokens(addressOf(STRANGER), 1), 'PALM_NOT_ALLOWED')
    await stranger.freeze()
  })

  it('goes on from the nonce of a chain that went back', async () => {
    const before = await anvil.request('evm_snapshot')
    await stranger.freeze()
    await stranger.freeze()
    await anvil.request('evm_revert', before)
    await stranger.freeze()
  })

  it('gives up what a chain lost, and what waits behind it, and goes on', async () => {
    await anvil.request('evm_setAutomine', false)
    const lost = refused(stranger.freeze(), 'PALM_CHAIN_TIMEOUT')
    const pool = async () => {
      const { pending } = (await anvil.request('txpool_content')) as Pool
      return Object.values(pending[addressOf(STRANGER)] ?? {})
    }
    while ((await pool()).length === 0);
    await anvil.request('anvil_dropTransaction', (await pool())[0]!.hash)
    const behind = refused(stranger.freeze(), 'PALM_CHAIN_TIMEOUT')
    await Promise.all([lost, behind])
    await anvil.request('evm_setAutomine', true)
    await stranger.freeze()
  })

  async function settlement(
    bend: Partial<Request>,
    bendScan: Partial<Scan> = {},
    bendAttestation: Partial<MatchAttestation> = {},
  ): Promise<SettlementInput & { evidence: QuorumEvidence }> {
    const issuedAt = await reader.timestamp()
    const domain = { chainId: 31338, verifyingContract: deployment.contracts.matchVerifier }
    const request: Request = {
      requestType: 1,
      merchantId: MERCHANT_ID,
      terminal: addressOf(TERMINAL),
      payee: addressOf(MERCHANT),
      token: deployment.contracts.token,
      amountMinor: 1250,
      lane: 2,
      factors: 1,
      policyHash: ZERO,
      committeeId: COMMITTEE,
      committeeEpoch: 1,
      orderHash: ZERO,
      nonce: commitment(1000 + nonce++),
      issuedAt,
      expiry: issuedAt + 120,
      ...bend,
    }
    const hash = requestHash(domain, request)
    const scan = {
      requestHash: hash,
      probeRoot: ZERO,
      leafCount: 25,
      probeSharesRoot: ZERO,
      capturedAt: issuedAt,
      ...bendScan,
    }
    const attestation: MatchAttestation = {
      version: 1,
      lane: request.lane,
      merchantId: MERCHANT_ID,
      terminal: request.terminal,
      requestHash: hash,
      scanHash: scanHash(domain, scan),
      pseudonym: ZERO,
      factors: request.lane === 1 ? 9 : 1,
      payer: addressOf(PAYER),
      committeeId: request.committeeId,
      committeeEpoch: request.committeeEpoch,
      galleryRoot: ZERO,
      expiry: request.expiry,
      ...bendAttestation,
    }
    const signers = [OPERATOR_A, OPERATOR_B].sort((a, b) => (addressOf(a) < addressOf(b) ? -1 : 1))
    return {
      request,
      requestSignature: signDigest(hash, fromHex(TERMINAL)),
      scan,
      scanSignature: signDigest(attestation.scanHash, fromHex(TERMINAL)),
      attestation,
      evidence: {
        kind: 'quorum',
        signatures: signers.map((key) => ({
          signer: addressOf(key),
          signature: signDigest(attestationHash(domain, attestation), fromHex(key)),
        })),
      },
    }
  }
})

function addressOf(key: Hex): Hex {
  return addressOfKey(fromHex(key))
}

function commitment(value: number): Hex {
  return `0x${value.toString(16).padStart(64, '0')}`
}

function commitmentAddress(value: number): Hex {
  return `0x${(value + 0x1000).toString(16).padStart(40, '0')}`
}

async function failure(work: Promise<unknown> | (() => Promise<unknown>)) {
  try {
    await (typeof work === 'function' ? work() : work)
  } catch (error) {
    if (isPalmError(error)) return error
    throw error
  }
  return expect.fail('it was accepted')
}

async function refused(
  work: Promise<unknown> | (() => Promise<unknown>),
  code: string,
  reason?: string,
): Promise<void> {
  const error = await failure(work)
  expect(error.code, error.message).to.equal(code)
  expect(error.hints).to.not.have.length(0)
  if (reason !== undefined) expect(error).to.have.property('reason', reason)
}
