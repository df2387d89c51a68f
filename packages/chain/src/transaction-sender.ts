/**
 * Sends transactions of one key, one after the other, with a nonce it counts itself: each is simulated (so that a refusal
 * costs nothing and names its reason), signed and broadcast before the next, while their receipts are awaited side by side.
 *
 * One key belongs to one sender. Where its owner uses it elsewhere meanwhile, as a merchant does in a wallet, the nonce
 * counted here is spent: the chain says so, and the transaction is signed anew with the next.
 */

import type { Hex } from '@palmhold/base'
import { isError, type JsonRpcApiProvider, type TransactionReceipt, Wallet } from 'ethers'
import { ChainRevertError, TransactionTimeoutError, toChainError } from './chain-error.ts'
import { asHex, type ChainRpc } from './chain-rpc.ts'

/** What a transaction did; `gasUsed` in gas. */
export type TransactionResult = { readonly txHash: Hex; readonly blockNumber: number; readonly gasUsed: number }

export type Call = { readonly to: Hex; readonly data?: Hex; readonly valueWei?: bigint }

export type SenderOptions = { readonly pollIntervalMs: number; readonly timeoutMs: number }

export class TransactionSender {
  readonly address: Hex
  /** The key's 64-byte public key x || y. */
  readonly publicKey: Hex
  readonly #rpc: ChainRpc
  readonly #wallet: Wallet
  readonly #options: SenderOptions
  #nonce: number | undefined
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
   * @throws {TransactionTimeoutError} not mined in time
   */
  async send(call: Call): Promise<TransactionReceipt> {
    const sent = this.#last.then(() => this.#broadcast(call))
    // a failed transaction must not fail those behind it
    this.#last = sent.catch(() => undefined)
    const txHash = await sent
    const receipt = await this.#receipt(txHash)
    if (receipt.status === 1) return receipt
    throw await this.#whyReverted(call, receipt)
  }

  async #broadcast(call: Call): Promise<Hex> {
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
  ): Promise<Hex> {
    this.#nonce ??= await provider.getTransactionCount(this.address, 'pending')
    const fees = await provider.getFeeData()
    const signed = await this.#wallet.signTransaction({
      to: request.to,
      data: request.data,
      value: request.value,
      chainId: this.#rpc.chainId,
      nonce: this.#nonce,
      // another transaction may come first and make this one touch a fresh slot
      gasLimit: (gas * 5n) / 4n,
      ...(fees.maxFeePerGas === null
        ? { type: 0, gasPrice: fees.gasPrice }
        : { type: 2, maxFeePerGas: fees.maxFeePerGas, maxPriorityFeePerGas: fees.maxPriorityFeePerGas }),
    })
    const { hash } = await provider.broadcastTransaction(signed)
    this.#nonce++
    return asHex(hash)
  }

  async #receipt(txHash: Hex): Promise<TransactionReceipt> {
    const { pollIntervalMs, timeoutMs } = this.#options
    for (let waitedMs = 0; waitedMs <= timeoutMs; waitedMs += pollIntervalMs) {
      const receipt = await this.#rpc.guard((provider) => provider.getTransactionReceipt(txHash))
      if (receipt !== null) return receipt
      await new Promise((resolve) => setTimeout(resolve, pollIntervalMs))
    }
    // it may have been dropped: what counts on from it would wait behind a gap for ever
    this.#nonce = undefined
    throw new TransactionTimeoutError(txHash, timeoutMs)
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
