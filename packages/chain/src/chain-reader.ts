/**
 * What nodes and wallets read from the contracts. Sums are in cents (`...Minor`), times in seconds since 1970, addresses and
 * hashes in lower case.
 */

import type { Hex } from '@palmhold/base'
import {
  type AttestationDocument,
  type Circuit,
  type CurvePoint,
  type EnrolmentRoot,
  type MatchAttestation,
  type QuorumEvidence,
  type Request,
  type Scan,
  type Trust,
  ZERO_HASH,
} from '@palmhold/protocol'
import { ChainRefusedError } from './chain-error.ts'
import { asHex, type ChainRpc } from './chain-rpc.ts'
import type { ContractHandles } from './contract-handles.ts'
import { encodeEvidence } from './encode-evidence.ts'
import {
  enrolmentRootsOf,
  type LeafChange,
  type RootTimes,
  readLeafChanges,
  readRoot,
  readRootTimes,
} from './enrolment-tree.ts'
import { proofGas, proofVerifierOf, readKeyHash } from './proof-verifiers.ts'
import {
  type EnrolmentEvent,
  type EnrolmentEvents,
  readEnrolmentEvents,
  type WatchOptions,
  watchEnrolments,
} from './watch-enrolments.ts'

export type Committee = {
  readonly committeeId: Hex
  readonly epoch: number
  readonly currentEpoch: number
  /** Whether attestations of this epoch settle now: it is current, or within its grace period. */
  readonly valid: boolean
  readonly threshold: number
  readonly quorum: number
  /** Ascending. */
  readonly members: readonly Hex[]
  /** For each member, whether its signature counts now. */
  readonly active: readonly boolean[]
}

export type OperatorStatus = 'none' | 'registered' | 'exiting' | 'deactivated' | 'slashed'

export type Operator = {
  readonly stakeMinor: number
  /** When one that leaves, deactivated or not, may take its stake, seconds since 1970; 0 where it does not leave. */
  readonly exitAt: number
  readonly status: OperatorStatus
  /** Zero where it never was in one. */
  readonly committeeId: Hex
  /** x || y, 64 bytes. */
  readonly publicKey: Hex
}

export type Merchant = { readonly owner: Hex; readonly active: boolean; readonly payout: Hex }

export type Enrolment = {
  readonly index: number
  readonly owner: Hex
  readonly updatedAt: number
  readonly live: boolean
  readonly commitment: Hex
  readonly sharesRoot: Hex
}

export type LaneLimits = {
  readonly perPaymentMinor: number
  readonly perDayMinor: number
  readonly spentTodayMinor: number
  /** Raised limits that wait to be applied. */
  readonly pending?: { readonly perPaymentMinor: number; readonly perDayMinor: number; readonly dueAt: number }
}

export type Account = {
  readonly balanceMinor: number
  readonly frozen: boolean
  /** When a freeze ends; 0 where no end was asked for. */
  readonly unfreezeAt: number
  /** Zero where it has opted into none. */
  readonly committeeId: Hex
  readonly phoneLimits: LaneLimits
  readonly palmLimits: LaneLimits
}

export type PaymentStatus = 'none' | 'locked' | 'disputed' | 'released' | 'refunded'

export type Payment = {
  readonly paymentId: Hex
  readonly payer: Hex
  readonly amountMinor: number
  readonly lane: number
  readonly status: PaymentStatus
  readonly payee: Hex
  /** End of the dispute window, or of the arbitration window once disputed. */
  readonly until: number
  readonly merchantId: Hex
}

/** Where and when a payment was charged; it pays out after `lockedUntil`, seconds since 1970. */
export type Charge = { readonly txHash: Hex; readonly blockNumber: number; readonly lockedUntil: number }

/** Membership of a pseudonym under a root, joined to a link: what one proof of it proves. */
export type Membership = {
  readonly merchantId: Hex
  readonly pseudonym: Hex
  readonly link: Hex
  readonly root: Hex
}

/** A batch of commitments as it was anchored first. */
export type AnchoredBatch = { readonly by: Hex; readonly time: number; readonly count: number }

const OPERATOR_STATUS: readonly OperatorStatus[] = ['none', 'registered', 'exiting', 'deactivated', 'slashed']
const PAYMENT_STATUS: readonly PaymentStatus[] = ['none', 'locked', 'disputed', 'released', 'refunded']

/** An attestation with what it answers and what proves it, as {@link ChainReader.verify} and a charge take them. */
export type SettlementInput = {
  readonly request: Request
  readonly requestSignature: Hex
  readonly scan: Scan
  readonly scanSignature: Hex
  readonly attestation: MatchAttestation
  readonly evidence: AttestationDocument['evidence']
}

export class ChainReader {
  protected readonly rpc: ChainRpc
  protected readonly handles: ContractHandles
  protected readonly unitsPerMinor: bigint
  /** Blocks asked for at once; public endpoints refuse larger ranges. */
  protected readonly maxBlockRange: number = 5000

  constructor(rpc: ChainRpc, handles: ContractHandles, unitsPerMinor: bigint) {
    this.rpc = rpc
    this.handles = handles
    this.unitsPerMinor = unitsPerMinor
  }

  get chainId(): number {
    return this.rpc.chainId
  }

  /** The newest block's time: what contracts judge expiry by. */
  async timestamp(): Promise<number> {
    return (await this.rpc.latestBlock()).timestamp
  }

  async blockNumber(): Promise<number> {
    return (await this.rpc.latestBlock()).number
  }

  /** The hash of block `number`; undefined while the chain has no such block. */
  async blockHash(number: number): Promise<Hex | undefined> {
    const block = await this.rpc.guard((provider) => provider.getBlock(number))
    return block?.hash ? asHex(block.hash) : undefined
  }

  /** One epoch of a committee, the current one if none is given. @throws PALM_COMMITTEE_UNKNOWN, PALM_EPOCH_INVALID */
  async committee(committeeId: Hex, epoch = 0): Promise<Committee> {
    const [value] = await this.rpc.read(this.handles.operatorRegistry, 'committeeAt', [committeeId, epoch])
    return {
      committeeId,
      epoch: Number(value.epoch),
      currentEpoch: Number(value.currentEpoch),
      valid: Boolean(value.valid),
      threshold: Number(value.threshold),
      quorum: Number(value.quorum),
      members: Array.from(value.members, asHex),
      active: Array.from(value.active, Boolean),
    }
  }

  async operator(address: Hex): Promise<Operator> {
    const [value] = await this.rpc.read(this.handles.operatorRegistry, 'operatorOf', [address])
    return {
      stakeMinor: this.toMinor(value.stake),
      exitAt: Number(value.exitAt),
      status: OPERATOR_STATUS[Number(value.status)]!,
      committeeId: asHex(value.committeeId),
      publicKey: asHex(`${value.publicKeyX}${String(value.publicKeyY).slice(2)}`),
    }
  }

  async isActiveOperator(address: Hex): Promise<boolean> {
    return Boolean((await this.rpc.read(this.handles.operatorRegistry, 'isActive', [address]))[0])
  }

  /** What a lying quorum of this committee loses for certain, and so the most it may charge in a dispute window. */
  async slashableStakeMinor(committeeId: Hex): Promise<number> {
    return this.toMinor((await this.rpc.read(this.handles.operatorRegistry, 'slashableStake', [committeeId]))[0])
  }

  /** What the committee has charged within the dispute window. */
  async chargedInWindowMinor(committeeId: Hex): Promise<number> {
    return Number((await this.rpc.read(this.handles.palmPay, 'chargedInWindowMinor', [committeeId]))[0])
  }

  async isActiveTerminal(merchantId: Hex, terminal: Hex): Promise<boolean> {
    return Boolean((await this.rpc.read(this.handles.merchantRegistry, 'isActiveTerminal', [merchantId, terminal]))[0])
  }

  /** Undefined where nobody registered it. */
  async merchant(merchantId: Hex): Promise<Merchant | undefined> {
    const [value] = await this.rpc.read(this.handles.merchantRegistry, 'merchantOf', [merchantId])
    const owner = asHex(value.owner)
    if (BigInt(owner) === 0n) return undefined
    return { owner, active: Boolean(value.active), payout: asHex(value.payout) }
  }

  async enrolmentCount(): Promise<number> {
    return Number((await this.rpc.read(this.handles.palmRegistry, 'enrolmentCount'))[0])
  }

  /** @throws PALM_CHAIN_REVERTED EnrolmentUnknown */
  async enrolment(index: number): Promise<Enrolment> {
    const [value] = await this.rpc.read(this.handles.palmRegistry, 'enrolmentOf', [index])
    return {
      index,
      owner: asHex(value.owner),
      updatedAt: Number(value.updatedAt),
      live: Boolean(value.live),
      commitment: asHex(value.commitment),
      sharesRoot: asHex(value.sharesRoot),
    }
  }

  /** What happened to enrolments from `fromBlock` up to the newest block, in order, and that block. */
  async enrolmentEvents(fromBlock = 0): Promise<EnrolmentEvents> {
    return readEnrolmentEvents(this.rpc, this.handles.palmRegistry, fromBlock)
  }

  /**
   * Every change of a leaf of the enrolment tree from `fromBlock` up to the newest block, in order, and that block. The
   * leaves at a root are what the changes up to its `sequence` make.
   */
  async enrolmentLeafChanges(fromBlock = 0): Promise<{ changes: LeafChange[]; toBlock: number }> {
    const toBlock = await this.blockNumber()
    const range = { fromBlock, toBlock, maxBlockRange: this.maxBlockRange }
    return { changes: await readLeafChanges(this.rpc, this.handles.palmRegistry, range), toBlock }
  }

  /** How old a root must and may be, and when it is refused. */
  rootTimes(): Promise<RootTimes> {
    return readRootTimes(this.rpc, this.handles.palmRegistry)
  }

  /** The roots since `fromBlock`, oldest first, as a trust document takes them. */
  async enrolmentRoots(fromBlock = 0): Promise<Trust['enrolments']> {
    const [{ changes }, times] = await Promise.all([this.enrolmentLeafChanges(fromBlock), this.rootTimes()])
    const { minRootAgeS, maxRootAgeS } = times
    return { minRootAgeS, maxRootAgeS, roots: enrolmentRootsOf(changes, times) }
  }

  /** One root as a trust document takes it; undefined where the registry never had it. */
  enrolmentRoot(root: Hex): Promise<EnrolmentRoot | undefined> {
    return readRoot(this.rpc, this.handles.palmRegistry, root)
  }

  /** Hashes of the verifying keys that proofs are checked with on chain. */
  async verifyingKeyHashes(): Promise<{ membership: Hex; match: Hex }> {
    const [membership, match] = await Promise.all([this.#keyHash('membership'), this.#keyHash('match')])
    return { membership, match }
  }

  /** The point that pseudonyms at a merchant are taken over. @throws PALM_CHAIN_REVERTED MerchantUnknown */
  async scopePoint(merchantId: Hex): Promise<CurvePoint> {
    const [x, y] = await this.rpc.read(this.handles.merchantRegistry, 'scopePointOf', [merchantId])
    return { x: BigInt(x), y: BigInt(y) }
  }

  /** Whether membership was proven on chain before, so that an answer needs no proof of it. */
  async isMember({ merchantId, pseudonym, link, root }: Membership): Promise<boolean> {
    const args = [merchantId, pseudonym, link, root]
    return Boolean((await this.rpc.read(this.handles.matchVerifier, 'isMember', args))[0])
  }

  /** Gas of a transaction that only checks a match proof (256 bytes) for its five public inputs. @throws PALM_PROOF_INVALID */
  async matchProofGas(inputs: readonly bigint[], proof: Hex): Promise<number> {
    return proofGas(this.rpc, await this.#proofVerifier('match'), inputs, proof)
  }

  /** The same for a membership proof. */
  async membershipProofGas(inputs: readonly bigint[], proof: Hex): Promise<number> {
    return proofGas(this.rpc, await this.#proofVerifier('membership'), inputs, proof)
  }

  /** Gas of a transaction that does nothing but check a quorum. @throws {ChainRevertError} it is none */
  async quorumGas(committeeId: Hex, epoch: number, digest: Hex, evidence: QuorumEvidence): Promise<number> {
    const args = [committeeId, epoch, digest, encodeEvidence(evidence)]
    return this.rpc.estimateGas(this.handles.matchVerifier, 'requireQuorum', args)
  }

  /** When and by whom a batch was anchored; undefined where it never was. */
  async anchoredBatch(root: Hex): Promise<AnchoredBatch | undefined> {
    const [value] = await this.rpc.read(this.handles.anchors, 'anchoredAt', [root])
    const time = Number(value.time)
    return time === 0 ? undefined : { by: asHex(value.by), time, count: Number(value.count) }
  }

  /** Reports enrolments from `fromIndex` on, and every later change, until `signal` aborts. */
  async watchEnrolments(
    fromIndex: number,
    onEvent: (event: EnrolmentEvent) => void | Promise<void>,
    signal: AbortSignal,
    options: WatchOptions = {},
  ): Promise<void> {
    await watchEnrolments(this.rpc, this.handles.palmRegistry, fromIndex, onEvent, signal, options)
  }

  async account(payer: Hex): Promise<Account> {
    const [[value], phoneLimits, palmLimits] = await Promise.all([
      this.rpc.read(this.handles.palmPay, 'accountOf', [payer]),
      this.#limits(payer, 1),
      this.#limits(payer, 2),
    ])
    return {
      balanceMinor: this.toMinor(value.balance),
      frozen: Boolean(value.frozen),
      unfreezeAt: Number(value.unfreezeAt),
      committeeId: asHex(value.committeeId),
      phoneLimits,
      palmLimits,
    }
  }

  async payment(paymentId: Hex): Promise<Payment> {
    const [value] = await this.rpc.read(this.handles.palmPay, 'paymentOf', [paymentId])
    return {
      paymentId,
      payer: asHex(value.payer),
      amountMinor: Number(value.amountMinor),
      lane: Number(value.lane),
      status: PAYMENT_STATUS[Number(value.status)]!,
      payee: asHex(value.payee),
      until: Number(value.until),
      merchantId: asHex(value.merchantId),
    }
  }

  /**
   * The transaction that charged a payment; undefined while there is none. However old it is: a charge that was not found
   * would pass for one that was never made.
   * @throws {ChainRefusedError} charged, but the endpoint has not kept the log
   */
  async chargeOf(paymentId: Hex): Promise<Charge | undefined> {
    if ((await this.payment(paymentId)).status === 'none') return undefined
    const { palmPay } = this.handles
    const topics = palmPay.abi.encodeFilterTopics('Charged', [paymentId])
    for (let toBlock = await this.blockNumber(); toBlock >= 0; toBlock -= this.maxBlockRange) {
      const fromBlock = Math.max(0, toBlock - this.maxBlockRange + 1)
      const [charged] = await this.rpc.events(palmPay, { topics, fromBlock, toBlock })
      if (!charged) continue
      return {
        txHash: asHex(charged.log.transactionHash),
        blockNumber: charged.log.blockNumber,
        lockedUntil: Number(charged.event.args.lockedUntil),
      }
    }
    throw new ChainRefusedError()
  }

  /** What was released for `payee` and waits to be claimed. */
  async payableMinor(payee: Hex): Promise<number> {
    return this.toMinor((await this.rpc.read(this.handles.palmPay, 'payableTo', [payee]))[0])
  }

  /** Tokens that an address holds outside PalmPay. */
  async tokenBalanceMinor(holder: Hex): Promise<number> {
    return this.toMinor((await this.rpc.read(this.handles.token, 'balanceOf', [holder]))[0])
  }

  /** Gas that a transaction took; undefined where the chain does not know it. */
  async gasUsed(txHash: Hex): Promise<number | undefined> {
    const receipt = await this.rpc.guard((provider) => provider.getTransactionReceipt(txHash))
    return receipt === null ? undefined : Number(receipt.gasUsed)
  }

  /** The digest of the attestation that spent a request; undefined while it is unspent. */
  async attestationOf(requestHash: Hex): Promise<Hex | undefined> {
    const digest = asHex((await this.rpc.read(this.handles.matchVerifier, 'anchorOf', [requestHash]))[0])
    return digest === ZERO_HASH ? undefined : digest
  }

  async isSpent(requestHash: Hex): Promise<boolean> {
    return Boolean((await this.rpc.read(this.handles.matchVerifier, 'isSpent', [requestHash]))[0])
  }

  /** The contract's own check, without spending. @throws {ChainRevertError} with the reason it refuses for */
  async verify(input: SettlementInput): Promise<{ requestHash: Hex; attestationHash: Hex }> {
    const args = await this.settlementArguments(input)
    const [requestHash, digest] = await this.rpc.read(this.handles.matchVerifier, 'verify', args)
    return { requestHash: asHex(requestHash), attestationHash: asHex(digest) }
  }

  close(): void {
    this.rpc.close()
  }

  /** The six arguments of verify, spend and charge; without a proof of membership that the chain knows already. */
  protected async settlementArguments(input: SettlementInput): Promise<readonly unknown[]> {
    const { request, requestSignature, scan, scanSignature, attestation, evidence } = input
    const { merchantId, pseudonym, galleryRoot: root } = attestation
    const isRegistered =
      evidence.kind === 'proofs' && (await this.isMember({ merchantId, pseudonym, link: evidence.link, root }))
    const encoded = encodeEvidence(evidence, { isRegistered })
    return [request, requestSignature, scan, scanSignature, attestation, encoded]
  }

  #proofVerifier(circuit: Circuit) {
    return proofVerifierOf(this.rpc, this.handles.matchVerifier, circuit)
  }

  async #keyHash(circuit: Circuit): Promise<Hex> {
    return readKeyHash(this.rpc, await this.#proofVerifier(circuit))
  }

  /** Token units in cents, rounded down. */
  protected toMinor(units: unknown): number {
    return Number(BigInt(String(units)) / this.unitsPerMinor)
  }

  async #limits(payer: Hex, lane: number): Promise<LaneLimits> {
    const [[value], [spent]] = await Promise.all([
      this.rpc.read(this.handles.palmPay, 'limitsOf', [payer, lane]),
      this.rpc.read(this.handles.palmPay, 'spentTodayMinor', [payer, lane]),
    ])
    const limits = {
      perPaymentMinor: Number(value.perPaymentMinor),
      perDayMinor: Number(value.perDayMinor),
      spentTodayMinor: Number(spent),
    }
    if (Number(value.pendingAt) === 0) return limits
    return {
      ...limits,
      pending: {
        perPaymentMinor: Number(value.pendingPerPaymentMinor),
        perDayMinor: Number(value.pendingPerDayMinor),
        dueAt: Number(value.pendingAt),
      },
    }
  }
}
