/**
 * Enrolments in the terminal page. The page makes the keys and deals the shares itself; the verifier only carries what it
 * cannot read: sealed packages to the operators, signed transactions to the chain, and at the end the wallet's vault,
 * encrypted under a code that the customer alone has, until the wallet fetches it.
 *
 * Each enrolment has a path of its own that nobody can guess, for some minutes: the page's libraries for chain and
 * operators call it without knowing of sessions.
 */

import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Clock, type Hex, PalmError } from '@palmhold/base'
import { onDisk, readFileIfThere, writeFileAtomically } from '../storage/disk.ts'

/** How long an enrolment may take, from its beginning. */
export const LIFETIME_S = 20 * 60
const MOST_OPEN = 4
const MOST_CLAIMS = 5_000
const ID_BYTES = 24

/** What a wallet library asks of a chain to enrol. Nothing that only a development node has, nothing that signs. */
const RPC_METHODS: ReadonlySet<string> = new Set([
  'eth_blockNumber',
  'eth_call',
  'eth_chainId',
  'eth_estimateGas',
  'eth_feeHistory',
  'eth_gasPrice',
  'eth_getBlockByNumber',
  'eth_getCode',
  'eth_getTransactionCount',
  'eth_getTransactionReceipt',
  'eth_maxPriorityFeePerGas',
  'eth_sendRawTransaction',
])

export type EnrolmentDesk = {
  /** A fresh id, good for twenty minutes; the oldest of more than four gives way. */
  readonly open: () => string
  /** @throws {EnrolmentClosedError} */
  readonly require: (id: string) => void
  /** Once for each enrolment. @throws {EnrolmentClosedError} @throws {FundingSpentError} */
  readonly takeFunding: (id: string) => void
  /** @throws {RpcRefusedError} a method that no enrolment needs */
  readonly requireMethod: (method: string) => void
  /**
   * Keeps the encrypted vault of an enrolment under `claimId`, 16 bytes as hexadecimal, in place of an earlier one of the same
   * enrolment. @throws {EnrolmentClosedError} @throws {ClaimTakenError} @throws {DiskError}
   */
  readonly keepClaim: (id: string, claimId: Hex, vault: Uint8Array) => void
  readonly claim: (claimId: Hex) => Uint8Array | undefined
  /** Forgets a vault that its wallet has. */
  readonly forgetClaim: (claimId: Hex) => void
}

/** Claims lie in `folder`. */
export function createEnrolmentDesk({ folder, clock }: { folder: string; clock: Clock }): EnrolmentDesk {
  const open = new Map<string, { until: number; isFunded: boolean; claimId?: Hex }>()
  const fileOf = (claimId: Hex) => join(folder, `${claimId.slice(2)}.age`)

  const require = (id: string) => {
    const found = open.get(id)
    if (!found || found.until < clock()) throw new EnrolmentClosedError()
    return found
  }
  return {
    open() {
      for (const id of [...open.keys()].slice(0, Math.max(0, open.size - MOST_OPEN + 1))) open.delete(id)
      const id = randomBytes(ID_BYTES).toString('base64url')
      open.set(id, { until: clock() + LIFETIME_S, isFunded: false })
      return id
    },
    require: (id) => void require(id),
    takeFunding(id) {
      const found = require(id)
      if (found.isFunded) throw new FundingSpentError()
      found.isFunded = true
    },
    requireMethod(method) {
      if (!RPC_METHODS.has(method)) throw new RpcRefusedError()
    },
    keepClaim(id, claimId, vault) {
      const found = require(id)
      const isFull = existsSync(folder) && onDisk(() => readdirSync(folder)).length >= MOST_CLAIMS
      const isItsOwn = found.claimId === claimId
      if (!isItsOwn && (found.claimId !== undefined || isFull || existsSync(fileOf(claimId))))
        throw new ClaimTakenError()
      writeFileAtomically(fileOf(claimId), vault)
      found.claimId = claimId
    },
    claim: (claimId) => readFileIfThere(fileOf(claimId)),
    forgetClaim: (claimId) => onDisk(() => rmSync(fileOf(claimId), { force: true })),
  }
}

/** An enrolment that took too long, or never was. */
export class EnrolmentClosedError extends PalmError {
  constructor() {
    super('PALM_ENROLMENT_CLOSED', 'this enrolment at the terminal is closed', {
      hints: ['Begin again at the terminal; twenty minutes are allowed.'],
    })
  }
}

/** Test money was asked for twice. */
export class FundingSpentError extends PalmError {
  constructor() {
    super('PALM_FUNDING_SPENT', 'this enrolment has had its test money', { hints: ['Begin another enrolment.'] })
  }
}

/** Nobody here hands out money. */
export class FundingMissingError extends PalmError {
  constructor() {
    super('PALM_FUNDING_MISSING', 'nobody here gives test money', {
      hints: ['A local network does; elsewhere the account is funded by its owner before the enrolment.'],
    })
  }
}

/** A call that the terminal does not carry to the chain. */
export class RpcRefusedError extends PalmError {
  constructor() {
    super('PALM_RPC_REFUSED', 'this call is not carried to the chain', {
      hints: ['Ask the chain directly: the terminal carries what an enrolment needs.'],
    })
  }
}

/** A claim under an id that is in use, or one too many. */
export class ClaimTakenError extends PalmError {
  constructor() {
    super('PALM_CLAIM_TAKEN', 'the wallet cannot be kept here for its owner', {
      hints: ['Make another claim code; where the disk holds very many claims, ask their owners to fetch them.'],
    })
  }
}
