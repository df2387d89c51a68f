/** The contracts of one deployment with their ABIs. */

import type { Hex } from '@palmhold/base'
import type { ContractAddresses } from '@palmhold/protocol'
import { Interface } from 'ethers'
import { ContractMissingError } from './chain-error.ts'
import type { ChainRpc, ContractHandle } from './chain-rpc.ts'
import { ANCHORS_ABI } from './generated/anchors-abi.ts'
import { MATCH_VERIFIER_ABI } from './generated/match-verifier-abi.ts'
import { MERCHANT_REGISTRY_ABI } from './generated/merchant-registry-abi.ts'
import { OPERATOR_REGISTRY_ABI } from './generated/operator-registry-abi.ts'
import { PALM_PAY_ABI } from './generated/palm-pay-abi.ts'
import { PALM_REGISTRY_ABI } from './generated/palm-registry-abi.ts'
import { TEST_EURC_ABI } from './generated/test-eurc-abi.ts'

export type ContractHandles = {
  readonly [name in Exclude<keyof ContractAddresses, 'didRegistry'>]: ContractHandle
}

const ABIS = {
  token: TEST_EURC_ABI,
  operatorRegistry: OPERATOR_REGISTRY_ABI,
  merchantRegistry: MERCHANT_REGISTRY_ABI,
  palmRegistry: PALM_REGISTRY_ABI,
  matchVerifier: MATCH_VERIFIER_ABI,
  palmPay: PALM_PAY_ABI,
  anchors: ANCHORS_ABI,
} as const

/** Handles for `addresses`. */
export function contractHandles(addresses: ContractAddresses): ContractHandles {
  return {
    token: handle('token', addresses.token),
    operatorRegistry: handle('operatorRegistry', addresses.operatorRegistry),
    merchantRegistry: handle('merchantRegistry', addresses.merchantRegistry),
    palmRegistry: handle('palmRegistry', addresses.palmRegistry),
    matchVerifier: handle('matchVerifier', addresses.matchVerifier),
    palmPay: handle('palmPay', addresses.palmPay),
    anchors: handle('anchors', addresses.anchors),
  }
}

/** @throws {ContractMissingError} no code at one of `addresses` */
export async function requireContracts(rpc: ChainRpc, addresses: ContractAddresses): Promise<void> {
  const entries = Object.entries(addresses)
  const present = await Promise.all(entries.map(([, address]) => rpc.hasCode(address)))
  const missing = entries.find((_, i) => !present[i])
  if (missing) throw new ContractMissingError(missing[0], missing[1])
}

function handle(name: keyof typeof ABIS, address: Hex): ContractHandle {
  return { address, abi: new Interface(ABIS[name]) }
}
