/**
 * An EIP-1193 provider that signs with one key: what deployment tools (Ignition) ask of a wallet, over any JSON-RPC
 * endpoint. The key never leaves this process.
 */

import type { Hex } from '@palmhold/base'
import { type TransactionRequest, Wallet } from 'ethers'
import { asHex, ChainRpc } from './chain-rpc.ts'

export type SigningProvider = {
  readonly chainId: number
  readonly address: Hex
  /** Whether the endpoint is a development node (anvil or hardhat), whose money and history are worth nothing. */
  readonly isLocal: boolean
  request(call: { readonly method: string; readonly params?: readonly unknown[] | object }): Promise<unknown>
  close(): void
}

/** @throws PALM_CHAIN_UNREACHABLE, PALM_WRONG_CHAIN */
export async function openSigningProvider(options: {
  readonly rpcUrl: string
  readonly key: Hex
  readonly expectedChainId?: number
}): Promise<SigningProvider> {
  const rpc = await ChainRpc.open(options.rpcUrl, options.expectedChainId)
  const wallet = new Wallet(options.key, rpc.provider)
  const address = asHex(wallet.address)
  const client = String(await rpc.guard((provider) => provider.send('web3_clientVersion', [])))
  return {
    chainId: rpc.chainId,
    address,
    isLocal: /^(anvil|hardhatnetwork)\//i.test(client),
    async request({ method, params }) {
      const list = Array.isArray(params) ? params : []
      if (method === 'eth_accounts') return [address]
      if (method !== 'eth_sendTransaction') return rpc.provider.send(method, list)
      const { gas, ...transaction } = list[0] as TransactionRequest & { gas?: string }
      const signed = await wallet.signTransaction({
        ...transaction,
        type: 2,
        chainId: rpc.chainId,
        ...(gas === undefined ? {} : { gasLimit: gas }),
      })
      return rpc.provider.send('eth_sendRawTransaction', [signed])
    },
    close: () => rpc.close(),
  }
}
