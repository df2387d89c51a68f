/**
 * One deployment as nodes, wallets and scripts use it: everything {@link ChainReader} reads, and the transactions of the
 * connection's key. Each transaction is simulated first: one that a contract would refuse is not sent, and throws a
 * {@link ChainRevertError} whose `reason` names the contract's error. Sums are in cents.
 */

import type { Hex } from '@palmhold/base'
import { type ContractAddresses, merchantIdOf } from '@palmhold/protocol'
import type { TransactionReceipt } from 'ethers'
import { SignerMissingError } from './chain-error.ts'
import { ChainReader, type Membership, type SettlementInput } from './chain-reader.ts'
import { asHex, type ChainRpc, type ContractHandle } from './chain-rpc.ts'
import type { ContractHandles } from './contract-handles.ts'
import { proofWords } from './encode-evidence.ts'
import { resultOf, type TransactionResult, type TransactionSender } from './transaction-sender.ts'

/** Members are sorted before they are sent; n >= 2 threshold + 1 and threshold < quorum <= n - threshold. */
export type CommitteeShape = { readonly members: readonly Hex[]; readonly threshold: number; readonly quorum: number }

export type MerchantRegistration = {
  readonly did: string
  readonly payout: Hex
  /**
   * Who is to manage the merchant, where that is not the sender: governance registers it then. Without it the DID must be
   * a did:ethr of the sender's key, unless the sender is governance.
   */
  readonly owner?: Hex
}

export type ChargeResult = TransactionResult & { readonly paymentId: Hex; readonly lockedUntil: number }

const PALM_LANE = 2

export class Chain extends ChainReader {
  readonly contracts: ContractAddresses
  readonly #sender: TransactionSender | undefined

  constructor(
    rpc: ChainRpc,
    handles: ContractHandles,
    unitsPerMinor: bigint,
    contracts: ContractAddresses,
    sender: TransactionSender | undefined,
  ) {
    super(rpc, handles, unitsPerMinor)
    this.contracts = contracts
    this.#sender = sender
  }

  /** The address that signs, undefined where the connection only reads. */
  get signer(): Hex | undefined {
    return this.#sender?.address
  }

  /** Registers the signer as an operator under its own key. */
  registerOperator(): Promise<TransactionResult> {
    return this.#send(this.handles.operatorRegistry, 'registerOperator', [this.#requireSender().publicKey])
  }

  /** Adds to the signer's stake: approves, then deposits. */
  async depositStake(amountMinor: number): Promise<TransactionResult> {
    const units = await this.#approve(this.handles.operatorRegistry.address, amountMinor)
    return this.#send(this.handles.operatorRegistry, 'depositStake', [units])
  }

  /** Leaves: the signer counts for nothing from now on, and can take its stake after the unbonding delay. Deactivated or not. */
  startExit(): Promise<TransactionResult> {
    return this.#send(this.handles.operatorRegistry, 'startExit', [])
  }

  withdrawStake(): Promise<TransactionResult> {
    return this.#send(this.handles.operatorRegistry, 'withdrawStake', [])
  }

  /** Governance. */
  deactivateOperator(operator: Hex): Promise<TransactionResult> {
    return this.#send(this.handles.operatorRegistry, 'deactivate', [operator])
  }

  /** Governance. */
  reactivateOperator(operator: Hex): Promise<TransactionResult> {
    return this.#send(this.handles.operatorRegistry, 'reactivate', [operator])
  }

  /** Governance: epoch 1 of a new committee. */
  createCommittee(committeeId: Hex, shape: CommitteeShape): Promise<TransactionResult> {
    return this.#send(this.handles.operatorRegistry, 'createCommittee', [committeeId, ...shapeArguments(shape)])
  }

  /** Governance: the next epoch of a committee. */
  advanceEpoch(committeeId: Hex, shape: CommitteeShape): Promise<TransactionResult> {
    return this.#send(this.handles.operatorRegistry, 'advanceEpoch', [committeeId, ...shapeArguments(shape)])
  }

  /** Takes the stake of an operator that signed two answers to one request. */
  slashEquivocation(
    first: { readonly attestation: SettlementInput['attestation']; readonly signature: Hex },
    second: { readonly attestation: SettlementInput['attestation']; readonly signature: Hex },
  ): Promise<TransactionResult> {
    return this.#send(this.handles.operatorRegistry, 'slashEquivocation', [
      first.attestation,
      first.signature,
      second.attestation,
      second.signature,
    ])
  }

  /** Registers a merchant; its id is keccak256 of the DID. @throws PALM_NOT_ALLOWED the DID is not the sender's */
  async registerMerchant(registration: MerchantRegistration): Promise<TransactionResult & { merchantId: Hex }> {
    const { did, payout } = registration
    const sender = this.#requireSender()
    const [governance] = await this.rpc.read(this.handles.merchantRegistry, 'owner')
    const byGovernance = registration.owner !== undefined || asHex(governance) === sender.address
    const result = byGovernance
      ? await this.#send(this.handles.merchantRegistry, 'registerFor', [
          did,
          registration.owner ?? sender.address,
          payout,
        ])
      : await this.#send(this.handles.merchantRegistry, 'register', [did, keyFor(did, sender.publicKey), payout])
    return { ...result, merchantId: merchantIdOf(did) }
  }

  setPayout(merchantId: Hex, payout: Hex): Promise<TransactionResult> {
    return this.#send(this.handles.merchantRegistry, 'setPayout', [merchantId, payout])
  }

  /** Governance. */
  setMerchantActive(merchantId: Hex, active: boolean): Promise<TransactionResult> {
    return this.#send(this.handles.merchantRegistry, 'setMerchantActive', [merchantId, active])
  }

  addTerminal(merchantId: Hex, terminal: Hex): Promise<TransactionResult> {
    return this.#send(this.handles.merchantRegistry, 'addTerminal', [merchantId, terminal])
  }

  setTerminalActive(merchantId: Hex, terminal: Hex, active: boolean): Promise<TransactionResult> {
    return this.#send(this.handles.merchantRegistry, 'setTerminalActive', [merchantId, terminal, active])
  }

  /** Enrols a commitment of the signer and returns its index. */
  async enrol(commitment: Hex, sharesRoot: Hex): Promise<TransactionResult & { index: number }> {
    const receipt = await this.#receipt(this.handles.palmRegistry, 'enrol', [commitment, sharesRoot])
    const { index } = eventOf(this.handles.palmRegistry, receipt, 'Enrolled')
    return { ...resultOf(receipt), index: Number(index) }
  }

  renew(index: number, commitment: Hex, sharesRoot: Hex): Promise<TransactionResult> {
    return this.#send(this.handles.palmRegistry, 'renew', [index, commitment, sharesRoot])
  }

  revoke(index: number): Promise<TransactionResult> {
    return this.#send(this.handles.palmRegistry, 'revoke', [index])
  }

  /** Local chains: makes test money; the signer must have deployed the token. */
  mintTestTokens(to: Hex, amountMinor: number): Promise<TransactionResult> {
    return this.#send(this.handles.token, 'mint', [to, this.#toUnits(amountMinor)])
  }

  /** Sends the chain's own coin, so that `to` can pay fees. */
  async fundGas(to: Hex, amountWei: bigint): Promise<TransactionResult> {
    return resultOf(await this.#requireSender().send({ to, valueWei: amountWei }))
  }

  /** Moves tokens of the signer into its account, or into `account`'s: approves, then deposits. */
  async deposit(amountMinor: number, account?: Hex): Promise<TransactionResult> {
    const units = await this.#approve(this.handles.palmPay.address, amountMinor)
    return account === undefined
      ? this.#send(this.handles.palmPay, 'deposit', [units])
      : this.#send(this.handles.palmPay, 'depositFor', [account, units])
  }

  withdraw(amountMinor: number): Promise<TransactionResult> {
    return this.#send(this.handles.palmPay, 'withdraw', [this.#toUnits(amountMinor)])
  }

  /** Lets one committee charge the signer's account in the palm lane; a zero id lets none. */
  optIn(committeeId: Hex): Promise<TransactionResult> {
    return this.#send(this.handles.palmPay, 'optIn', [committeeId])
  }

  /** Sets the limits of a lane (the palm lane unless told): lower ones count at once, raised ones wait for the delay. */
  setLimits(limits: { perPaymentMinor: number; perDayMinor: number; lane?: number }): Promise<TransactionResult> {
    const { perPaymentMinor, perDayMinor, lane = PALM_LANE } = limits
    return this.#send(this.handles.palmPay, 'setLimits', [lane, perPaymentMinor, perDayMinor])
  }

  /** Applies raised limits that are due. @throws PALM_LIMIT_PENDING, or PALM_CHAIN_REVERTED NoPendingLimits */
  applyLimits(lane = PALM_LANE): Promise<TransactionResult> {
    return this.#send(this.handles.palmPay, 'applyLimits', [lane])
  }

  freeze(): Promise<TransactionResult> {
    return this.#send(this.handles.palmPay, 'freeze', [])
  }

  unfreeze(): Promise<TransactionResult> {
    return this.#send(this.handles.palmPay, 'unfreeze', [])
  }

  /** Charges the attestation's payer. @throws {ChainRevertError} with the reason it is refused for */
  async charge(input: SettlementInput): Promise<ChargeResult> {
    const receipt = await this.#receipt(this.handles.palmPay, 'charge', await this.settlementArguments(input))
    const { paymentId, lockedUntil } = eventOf(this.handles.palmPay, receipt, 'Charged')
    return { ...resultOf(receipt), paymentId: asHex(paymentId), lockedUntil: Number(lockedUntil) }
  }

  /** Anchors an access or age attestation and spends its request. */
  async anchor(input: SettlementInput): Promise<TransactionResult> {
    return this.#send(this.handles.matchVerifier, 'spend', await this.settlementArguments(input))
  }

  /** Proves membership (256 bytes) ahead of the palm. @throws PALM_MEMBERSHIP_PROOF, PALM_ROOT_UNKNOWN, PALM_LINK_REUSED */
  registerMembership(membership: Membership, proof: Hex): Promise<TransactionResult> {
    const { merchantId, pseudonym, link, root } = membership
    const args = [merchantId, pseudonym, link, root, proofWords(proof)]
    return this.#send(this.handles.matchVerifier, 'registerMembership', args)
  }

  /** Anchors the Merkle root over `count` salted commitments. @throws PALM_BATCH_ANCHORED somebody was earlier */
  anchorBatch(root: Hex, count: number): Promise<TransactionResult> {
    return this.#send(this.handles.anchors, 'anchor', [root, count])
  }

  /** The merchant gives a payment back. */
  refund(paymentId: Hex): Promise<TransactionResult> {
    return this.#send(this.handles.palmPay, 'refund', [paymentId])
  }

  /** The payer stops a payment within its window. */
  dispute(paymentId: Hex): Promise<TransactionResult> {
    return this.#send(this.handles.palmPay, 'dispute', [paymentId])
  }

  /** The arbiter decides a dispute. */
  resolveDispute(paymentId: Hex, refundPayer: boolean): Promise<TransactionResult> {
    return this.#send(this.handles.palmPay, 'resolve', [paymentId, refundPayer])
  }

  /** Gives an undecided dispute's money back to its payer. */
  closeDispute(paymentId: Hex): Promise<TransactionResult> {
    return this.#send(this.handles.palmPay, 'closeDispute', [paymentId])
  }

  /** Makes payments claimable whose window is over. */
  release(paymentIds: readonly Hex[]): Promise<TransactionResult> {
    return this.#send(this.handles.palmPay, 'release', [paymentIds])
  }

  /** Transfers what was released for `payee` to it. */
  claimPayout(payee: Hex): Promise<TransactionResult> {
    return this.#send(this.handles.palmPay, 'claimPayout', [payee])
  }

  async #approve(spender: Hex, amountMinor: number): Promise<bigint> {
    const units = this.#toUnits(amountMinor)
    await this.#send(this.handles.token, 'approve', [spender, units])
    return units
  }

  #toUnits(amountMinor: number): bigint {
    return BigInt(amountMinor) * this.unitsPerMinor
  }

  async #send(contract: ContractHandle, name: string, args: readonly unknown[]): Promise<TransactionResult> {
    return resultOf(await this.#receipt(contract, name, args))
  }

  #receipt(contract: ContractHandle, name: string, args: readonly unknown[]): Promise<TransactionReceipt> {
    return this.#requireSender().send({
      to: contract.address,
      data: asHex(contract.abi.encodeFunctionData(name, args)),
    })
  }

  #requireSender(): TransactionSender {
    if (this.#sender === undefined) throw new SignerMissingError()
    return this.#sender
  }
}

function shapeArguments(shape: CommitteeShape): readonly unknown[] {
  return [[...shape.members].sort(), shape.threshold, shape.quorum]
}

/** A did:ethr that ends in a compressed public key (66 digits) is shown with the whole key, one in an address with none. */
function keyFor(did: string, publicKey: Hex): Hex {
  return /:0x[0-9a-fA-F]{66}$/.test(did) ? publicKey : '0x'
}

function eventOf(contract: ContractHandle, receipt: TransactionReceipt, name: string): Record<string, unknown> {
  for (const log of receipt.logs) {
    const parsed = log.address.toLowerCase() === contract.address ? contract.abi.parseLog(log) : null
    if (parsed?.name === name) return parsed.args.toObject()
  }
  return {}
}
