/**
 * Sends transactions of one key, one after the other, with a nonce it counts itself: each is simulated (so that a refusal
 * costs nothing and names its reason), signed and broadcast before the next, while their receipts are awaited side by side.
 *
 * One key belongs to one sender. Where its owner uses it elsewhere meanwhile, as a merchant does in a wallet, the nonce
 * counted here is spent: the chain says so, and the transaction is signed anew with the next.
 *
 * A chain that goes back, or is killed with what it had not written down, knows fewer transactions than were counted here,
 * and whatever counts on waits behind a gap. So the chain is asked for the nonce wherever nothing is on its way, and a
 * transaction that stays behind a gap is given up before its time.
 */

import type { Hex } from '@palmhold/base'
import { isError, type JsonRpcApiProvider, type TransactionReceipt, Wallet } from 'ethers'
import { ChainRevertError, TransactionTimeoutError, toChainError } from './chain-error.ts'
import { asHex, type ChainRpc } from './chain-rpc.ts'

/** What a transaction did; `gasUsed` in gas. */
export type TransactionResult = { readonly txHash: Hex; readonly blockNumber: number; readonly gasUsed: number }

export type Call = { readonly to: Hex; readonly data?: Hex; readonly valueWei?: bigint }

export type SenderOptions = { readonly pollIntervalMs: number; readonly timeoutMs: number }

/** A transaction that the chain took. */
type Sent = { readonly hash: Hex; readonly nonce: number }

/** How long the chain may say that a transaction's turn has not come: nodes behind one endpoint are not all as quick. */
const STRANDED_MS = 3_000
/** How often that is asked. */
const STRANDED_POLL_MS = 500

export class TransactionSender {
  readonly address: Hex
  /** The key's 64-byte public key x || y. */
  readonly publicKey: Hex
  readonly #rpc: ChainRpc
  readonly #wallet: Wallet
  readonly #options: SenderOptions
  #nonce: number | undefined
  /** Transactions that were sent and have no receipt yet. */
  #onTheirWay = 0
  #last: Promise<unknown> = Promise.resolve()

  constructor(rpc: ChainRpc, key: Hex, options: SenderOptions) {
    this.#rpc = rpc
    this.#wallet = new Wallet(key)
    this.#options = options
    this.address = asHex(this.#wallet.address)
    this.publicKey = `0x${this.#wallet.signingKey.publicKey.slice(4)}`
  }

  /**
   * Sends `call` and waits for its block.
   * @throws {ChainRevertError} the contract refuses; nothing was sent, or it was mined and reverted
   * @throws {TransactionTimeoutError} not mined in time, or lost by a chain that went back
   */
  async send(call: Call): Promise<TransactionReceipt> {
    const sent = this.#last.then(() => this.#broadcast(call))
    // a failed transaction must not fail those behind it
    this.#last = sent.catch(() => undefined)
    const receipt = await this.#receipt(await sent).finally(() => {
      this.#onTheirWay--
    })
    if (receipt.status === 1) return receipt
    throw await this.#whyReverted(call, receipt)
  }

  async #broadcast(call: Call): Promise<Sent> {
    const request = { from: this.address, to: call.to, data: call.data ?? '0x', value: call.valueWei ?? 0n }
    try {
      return await this.#rpc.guard(async (provider) => {
        const gas = await provider.estimateGas(request)
        return this.#signed(provider, request, gas).catch((error: unknown) => {
          if (!isError(error, 'NONCE_EXPIRED')) throw error
          this.#nonce = undefined
          return this.#signed(provider, request, gas)
        })
      })
    } catch (error) {
      // whether it counted is not known: ask the chain before the next one
      this.#nonce = undefined
      throw error
    }
  }

  /** Signs with the next nonce and broadcasts. */
  async #signed(
    provider: JsonRpcApiProvider,
    request: { to: Hex; data: Hex; value: bigint },
    gas: bigint,
  ): Promise<Sent> {
    const isCounted = this.#nonce !== undefined && this.#onTheirWay > 0
    const nonce = isCounted ? this.#nonce! : await provider.getTransactionCount(this.address, 'pending')
    const fees = await provider.getFeeData()
    const signed = await this.#wallet.signTransaction({
      to: request.to,
      data: request.data,
      value: request.value,
      chainId: this.#rpc.chainId,
      nonce,
      // another transaction may come first and make this one touch a fresh slot
      gasLimit: (gas * 5n) / 4n,
      ...(fees.maxFeePerGas === null
        ? { type: 0, gasPrice: fees.gasPrice }
        : { type: 2, maxFeePerGas: fees.maxFeePerGas, maxPriorityFeePerGas: fees.maxPriorityFeePerGas }),
    })
    const { hash } = await provider.broadcastTransaction(signed)
    this.#nonce = nonce + 1
    this.#onTheirWay++
    return { hash: asHex(hash), nonce }
  }

  async #receipt({ hash, nonce }: Sent): Promise<TransactionReceipt> {
    const { pollIntervalMs, timeoutMs } = this.#options
    const asksEvery = Math.max(1, Math.round(STRANDED_POLL_MS / pollIntervalMs))
    let waitedMs = 0
    let strandedMs = 0
    for (let polls = 1; waitedMs <= timeoutMs && strandedMs < STRANDED_MS; polls++) {
      const receipt = await this.#rpc.guard((provider) => provider.getTransactionReceipt(hash))
      if (receipt !== null) return receipt
      await new Promise((resolve) => setTimeout(resolve, pollIntervalMs))
      waitedMs += pollIntervalMs
      if (polls % asksEvery === 0)
        strandedMs = (await this.#isStranded(nonce)) ? strandedMs + asksEvery * pollIntervalMs : 0
    }
    // what counts on from it would wait behind a gap for ever
    this.#nonce = undefined
    throw new TransactionTimeoutError(hash, waitedMs)
  }

  /** Whether the chain would take another transaction before the one with `nonce`, or in its place. */
  async #isStranded(nonce: number): Promise<boolean> {
    return (await this.#rpc.guard((provider) => provider.getTransactionCount(this.address, 'pending'))) <= nonce
  }

  async #whyReverted(call: Call, receipt: TransactionReceipt): Promise<Error> {
    try {
      await this.#rpc.provider.call({ ...call, from: this.address, blockTag: receipt.blockNumber })
    } catch (error) {
      return toChainError(error, this.#rpc.url)
    }
    return new ChainRevertError('reverted in its block')
  }
}

/** The part of a receipt that callers keep. */
export function resultOf(receipt: TransactionReceipt): TransactionResult {
  return { txHash: asHex(receipt.hash), blockNumber: receipt.blockNumber, gasUsed: Number(receipt.gasUsed) }
}
