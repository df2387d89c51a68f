/** Opens a connection to one deployment and checks that it is the one meant. */

import type { Hex } from '@palmhold/base'
import type { ContractAddresses } from '@palmhold/protocol'
import { Chain } from './chain.ts'
import { ChainRpc } from './chain-rpc.ts'
import { contractHandles, requireContracts } from './contract-handles.ts'
import { TransactionSender } from './transaction-sender.ts'

export type ConnectOptions = {
  readonly rpcUrl: string
  readonly expectedChainId: number
  readonly contracts: ContractAddresses
  /** 32 bytes; without it the connection only reads. */
  readonly signerKey?: Hex
  /** How often a receipt is asked for; 50 ms unless told. */
  readonly pollIntervalMs?: number
  /** How long a receipt is waited for; a minute unless told. */
  readonly timeoutMs?: number
}

const POLL_INTERVAL_MS = 50
const TIMEOUT_MS = 60_000

/**
 * @throws {ChainUnreachableError} PALM_CHAIN_UNREACHABLE
 * @throws {WrongChainError} PALM_WRONG_CHAIN
 * @throws {ContractMissingError} PALM_CONTRACT_MISSING
 */
export async function connectChain(options: ConnectOptions): Promise<Chain> {
  const rpc = await ChainRpc.open(options.rpcUrl, options.expectedChainId)
  try {
    await requireContracts(rpc, options.contracts)
    const handles = contractHandles(options.contracts)
    const [unitsPerMinor] = await rpc.read(handles.palmPay, 'unitsPerMinor')
    const sender = options.signerKey
      ? new TransactionSender(rpc, options.signerKey, {
          pollIntervalMs: options.pollIntervalMs ?? POLL_INTERVAL_MS,
          timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
        })
      : undefined
    return new Chain(rpc, handles, BigInt(unitsPerMinor), options.contracts, sender)
  } catch (error) {
    rpc.close()
    throw error
  }
}
