/**
 * The way to one chain: an ethers provider that is fixed to a chain id, and calls that throw PalmErrors only.
 *
 * ethers retries for ever when it cannot detect a network, so the chain id is asked for by a plain request first.
 */

import { fromHex, type Hex } from '@palmhold/base'
import {
  type Filter,
  type Interface,
  JsonRpcProvider,
  type Log,
  type LogDescription,
  Network,
  type Result,
} from 'ethers'
import { ChainRefusedError, ChainUnreachableError, toChainError, WrongChainError } from './chain-error.ts'

const PROBE_TIMEOUT_MS = 5000

/** A contract: where it is and how it is spoken to. */
export type ContractHandle = { readonly address: Hex; readonly abi: Interface }

/** The chain id that the endpoint serves. @throws {ChainUnreachableError} nothing answers in 5 s, or no JSON-RPC */
export async function readChainId(rpcUrl: string): Promise<number> {
  try {
    const response = await fetch(rpcUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_chainId', params: [] }),
      signal: AbortSignal.timeout(PROBE_TIMEOUT_MS),
    })
    const { result } = (await response.json()) as { result?: unknown }
    const chainId = Number(result)
    if (typeof result !== 'string' || !Number.isSafeInteger(chainId)) throw new ChainRefusedError()
    return chainId
  } catch (cause) {
    throw new ChainUnreachableError(rpcUrl, cause)
  }
}

export class ChainRpc {
  readonly url: string
  readonly chainId: number
  readonly provider: JsonRpcProvider

  private constructor(url: string, chainId: number) {
    this.url = url
    this.chainId = chainId
    // one request at a time is one answer at a time: batching would hold each call back for 10 ms
    this.provider = new JsonRpcProvider(url, Network.from(chainId), {
      staticNetwork: true,
      batchMaxCount: 1,
      cacheTimeout: -1,
    })
  }

  /** @throws {ChainUnreachableError} @throws {WrongChainError} */
  static async open(url: string, expectedChainId?: number): Promise<ChainRpc> {
    const chainId = await readChainId(url)
    if (expectedChainId !== undefined && chainId !== expectedChainId)
      throw new WrongChainError(expectedChainId, chainId)
    return new ChainRpc(url, chainId)
  }

  /** Runs `work` on the provider; whatever it throws becomes a PalmError. */
  async guard<T>(work: (provider: JsonRpcProvider) => Promise<T>): Promise<T> {
    try {
      return await work(this.provider)
    } catch (error) {
      throw toChainError(error, this.url)
    }
  }

  /**
   * Calls a view function and returns its results.
   * @throws {ChainRevertError} the contract refused
   * @throws {ChainRefusedError} the answer is not what the function returns
   */
  async read(contract: ContractHandle, name: string, args: readonly unknown[] = []): Promise<Result> {
    const data = contract.abi.encodeFunctionData(name, args)
    return this.guard(async (provider) => {
      const answer = await provider.call({ to: contract.address, data })
      const result = contract.abi.decodeFunctionResult(name, answer)
      // ethers keeps what it cannot decode for whoever looks at it: look at everything here.
      result.toArray(true)
      return result
    })
  }

  /** What a transaction that calls a function would take, in gas, intrinsic gas included. @throws {ChainRevertError} */
  async estimateGas(contract: ContractHandle, name: string, args: readonly unknown[]): Promise<number> {
    const data = contract.abi.encodeFunctionData(name, args)
    return Number(await this.guard((provider) => provider.estimateGas({ to: contract.address, data })))
  }

  /** The events of `contract` that `filter` finds; logs of none that its ABI knows are left out. */
  async events(contract: ContractHandle, filter: Filter): Promise<{ log: Log; event: LogDescription }[]> {
    return this.guard(async (provider) => {
      const found: { log: Log; event: LogDescription }[] = []
      for (const log of await provider.getLogs({ ...filter, address: contract.address })) {
        const event = contract.abi.parseLog(log)
        event?.args.toArray(true)
        if (event) found.push({ log, event })
      }
      return found
    })
  }

  /** Whether there is code at an address. */
  async hasCode(address: Hex): Promise<boolean> {
    return (await this.guard((provider) => provider.getCode(address))) !== '0x'
  }

  /** The newest block's number and its time, seconds since 1970. */
  async latestBlock(): Promise<{ number: number; timestamp: number; hash: Hex }> {
    const block = await this.guard((provider) => provider.getBlock('latest'))
    if (block?.hash == null) throw new ChainRefusedError()
    return { number: block.number, timestamp: block.timestamp, hash: asHex(block.hash) }
  }

  close(): void {
    this.provider.destroy()
  }
}

/** A value of an ABI result as the lower-case hexadecimal that Palmhold uses everywhere. */
export function asHex(value: unknown): Hex {
  const hex = String(value).toLowerCase()
  fromHex(hex)
  return hex as Hex
}
