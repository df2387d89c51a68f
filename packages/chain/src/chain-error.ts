/**
 * What can go wrong on the way to the chain and on it, as PalmErrors. A contract's custom error keeps its name in `reason`
 * and gets the code under which packages/protocol refuses the same thing off chain, so that a caller tells one story.
 */

import { PalmError } from '@palmhold/base'
import { Interface, isError } from 'ethers'
import { ANCHORS_ABI } from './generated/anchors-abi.ts'
import { GROTH16_VERIFIER_ABI } from './generated/groth16-verifier-abi.ts'
import { MATCH_VERIFIER_ABI } from './generated/match-verifier-abi.ts'
import { MERCHANT_REGISTRY_ABI } from './generated/merchant-registry-abi.ts'
import { OPERATOR_REGISTRY_ABI } from './generated/operator-registry-abi.ts'
import { PALM_PAY_ABI } from './generated/palm-pay-abi.ts'
import { PALM_REGISTRY_ABI } from './generated/palm-registry-abi.ts'
import { TEST_EURC_ABI } from './generated/test-eurc-abi.ts'
import { EXPLANATIONS } from './revert-explanations.ts'

const ERRORS = new Interface(
  [
    PALM_PAY_ABI,
    MATCH_VERIFIER_ABI,
    GROTH16_VERIFIER_ABI,
    OPERATOR_REGISTRY_ABI,
    MERCHANT_REGISTRY_ABI,
    PALM_REGISTRY_ABI,
    ANCHORS_ABI,
    TEST_EURC_ABI,
  ]
    .flat()
    .filter((line) => line.startsWith('error '))
    .filter((line, i, all) => all.indexOf(line) === i),
)

/** A contract refused: `reason` is the name of its custom error. */
export class ChainRevertError extends PalmError {
  readonly reason: string

  constructor(reason: string, cause?: unknown) {
    const [code, message, hint] = EXPLANATIONS[reason] ?? [
      'PALM_CHAIN_REVERTED',
      `a contract refused the call (${reason})`,
      'See the contract error of that name in contracts/interfaces.',
    ]
    super(code, message, { hints: [hint], cause })
    this.reason = reason
  }
}

/** The chain's JSON-RPC endpoint does not answer. */
export class ChainUnreachableError extends PalmError {
  constructor(rpcUrl: string, cause?: unknown) {
    super('PALM_CHAIN_UNREACHABLE', `no chain answers at ${withoutSecrets(rpcUrl)}`, {
      hints: ['Start the chain or check the address; `npm start` brings a local one up.'],
      cause,
    })
  }
}

/** The endpoint serves another chain than the one asked for. */
export class WrongChainError extends PalmError {
  constructor(expected: number, actual: number) {
    super('PALM_WRONG_CHAIN', `expected chain ${expected}, but the endpoint serves chain ${actual}`, {
      hints: ['Check the RPC address against the trust or deployment file.'],
    })
  }
}

/** No contract stands at an address where one should. */
export class ContractMissingError extends PalmError {
  constructor(name: string, address: string) {
    super('PALM_CONTRACT_MISSING', `there is no ${name} contract at ${address}`, {
      hints: ['The chain was started anew or the addresses belong to another one: deploy the contracts again.'],
    })
  }
}

/** A write was asked of a connection that holds no key. */
export class SignerMissingError extends PalmError {
  constructor() {
    super('PALM_SIGNER_MISSING', 'this connection to the chain holds no key and can only read', {
      hints: ['Connect with `signerKey` to send transactions.'],
    })
  }
}

/** A transaction was sent and not seen in a block in time. It may still be mined. */
export class TransactionTimeoutError extends PalmError {
  readonly txHash: string

  constructor(txHash: string, timeoutMs: number) {
    super('PALM_CHAIN_TIMEOUT', `transaction ${txHash} was not mined within ${timeoutMs} ms`, {
      hints: ['Look the transaction up before you send it again: it may still be mined.'],
    })
    this.txHash = txHash
  }
}

/** The sender cannot pay the fee. */
export class GasMissingError extends PalmError {
  constructor(cause?: unknown) {
    super('PALM_GAS_MISSING', 'the sending account cannot pay the transaction fee', {
      hints: ["Send some of the chain's native coin to it."],
      cause,
    })
  }
}

/** The chain answered with something that is none of the above. */
export class ChainRefusedError extends PalmError {
  constructor(cause?: unknown) {
    super('PALM_CHAIN_REFUSED', 'the chain refused the call without a reason that a contract gave', {
      hints: ['Check the RPC endpoint and its log.'],
      cause,
    })
  }
}

/** Whatever ethers threw, as a PalmError. */
export function toChainError(error: unknown, rpcUrl: string): PalmError {
  if (error instanceof PalmError) return error
  if (isError(error, 'CALL_EXCEPTION')) {
    const reason = reasonOf(error.data)
    return reason === undefined ? new ChainRefusedError(error) : new ChainRevertError(reason, error)
  }
  if (isError(error, 'INSUFFICIENT_FUNDS')) return new GasMissingError(error)
  if (isError(error, 'NETWORK_ERROR') || isError(error, 'TIMEOUT') || isError(error, 'SERVER_ERROR'))
    return new ChainUnreachableError(rpcUrl, error)
  if (UNREACHABLE.has(systemCode(error))) return new ChainUnreachableError(rpcUrl, error)
  return new ChainRefusedError(error)
}

const UNREACHABLE = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EHOSTUNREACH', 'ETIMEDOUT', 'EPIPE'])

function systemCode(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''
}

/** The name of the custom error in revert data; the text of a `require`; undefined where there is neither. */
function reasonOf(data: string | null | undefined): string | undefined {
  if (!data || data === '0x') return undefined
  try {
    const description = ERRORS.parseError(data)
    if (description === null) return `unknown error ${data.slice(0, 10)}`
    const isText = description.name === 'Error' || description.name === 'Panic'
    // Arguments are decoded when they are looked at: a text that is none throws here.
    return isText ? `${description.name}: ${String(description.args[0])}` : description.name
  } catch {
    return undefined
  }
}

/** A URL as it may be shown: providers put their key into the path or the query. */
function withoutSecrets(url: string): string {
  try {
    const { protocol, host } = new URL(url)
    return `${protocol}//${host}`
  } catch {
    return 'that address'
  }
}
