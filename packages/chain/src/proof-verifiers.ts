/** The deployed verifiers of the phone lane's proofs. */

import type { Hex } from '@palmhold/base'
import type { Circuit } from '@palmhold/protocol'
import { Interface } from 'ethers'
import { asHex, type ChainRpc, type ContractHandle } from './chain-rpc.ts'
import { proofWords } from './encode-evidence.ts'
import { GROTH16_VERIFIER_ABI } from './generated/groth16-verifier-abi.ts'

const GETTERS = { membership: 'membershipVerifier', match: 'matchProofVerifier' } as const satisfies Record<
  Circuit,
  string
>
const ABI = new Interface(GROTH16_VERIFIER_ABI)

/** The verifier of a circuit: MatchVerifier names it, and it can't be changed. */
export async function proofVerifierOf(
  rpc: ChainRpc,
  matchVerifier: ContractHandle,
  circuit: Circuit,
): Promise<ContractHandle> {
  const [address] = await rpc.read(matchVerifier, GETTERS[circuit])
  return { address: asHex(address), abi: ABI }
}

/** keccak256 of the verifying key that `verifier` was deployed with. */
export async function readKeyHash(rpc: ChainRpc, verifier: ContractHandle): Promise<Hex> {
  return asHex((await rpc.read(verifier, 'keyHash'))[0])
}

/** Whether `proof` (256 bytes) holds for five field elements. */
export async function checkProof(
  rpc: ChainRpc,
  verifier: ContractHandle,
  inputs: readonly bigint[],
  proof: Hex,
): Promise<boolean> {
  return Boolean((await rpc.read(verifier, 'verify', [inputs, proofWords(proof)]))[0])
}

/** Gas of a transaction that does nothing but that check. */
export async function proofGas(
  rpc: ChainRpc,
  verifier: ContractHandle,
  inputs: readonly bigint[],
  proof: Hex,
): Promise<number> {
  return rpc.estimateGas(verifier, 'verify', [inputs, proofWords(proof)])
}
