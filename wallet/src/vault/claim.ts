/**
 * How a vault that was made at a terminal comes to its owner's wallet. The terminal encrypts it under a claim code and
 * leaves it with its verifier, under a name that follows from the code; the code goes to the customer alone, as a QR code
 * or in writing. Whoever has the code has the vault, so the wallet takes it away from there once it is stored.
 *
 * A code has 100 random bits, as 20 digits of Crockford's Base32 (https://www.crockford.com/base32.html).
 */

import { sha256 } from '@noble/hashes/sha2.js'
import { type Hex, PalmError, type PalmErrorCode, type RandomBytes, toHex, utf8 } from '@palmhold/base'
import { parseShape } from '@palmhold/protocol'
import { z } from 'zod'
import { fromBase64 } from '../base64.ts'
import type { Vault } from './vault.ts'
import { openVault, sealVault } from './vault-file.ts'

const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const CODE_DIGITS = 20
const GROUP = 4
const CODE = new RegExp(`^[${DIGITS}]{${CODE_DIGITS}}$`)
const ID_BYTES = 16
/** Of scrypt: a code cannot be guessed, so that nothing is won by making each guess dear. */
const WORK_FACTOR = 10
const SCHEME = 'web+palmhold:claim'
const TIMEOUT_MS = 15_000

const vaultSchema = z.object({ vault: z.base64().max(64 * 1024) })

/** Where a vault waits, and what opens it. */
export type Claim = {
  /** Origin of the verifier. */
  readonly url: string
  /** 20 digits without hyphens. */
  readonly code: string
}

/** A fresh code. */
export function createClaimCode(random: RandomBytes): string {
  return Array.from(random(CODE_DIGITS), (byte) => DIGITS[byte & 31]).join('')
}

/** A code as it is written down: `ABCD-EFGH-JKMN-PQRS-TVWX`. */
export function writeClaimCode(code: string): string {
  return code.match(new RegExp(`.{${GROUP}}`, 'g'))!.join('-')
}

/** Reads what somebody typed: small letters, spaces and hyphens do not matter, O is 0, I and L are 1. @throws {ClaimError} */
export function readClaimCode(text: string): string {
  const code = text.toUpperCase().replace(/[\s-]/g, '').replaceAll('O', '0').replace(/[IL]/g, '1')
  if (!CODE.test(code)) throw new ClaimError()
  return code
}

/** Under which name a vault waits for `code`. */
export function claimIdOf(code: string): Hex {
  return toHex(sha256(utf8(`palmhold/claim/1:${code}`)).subarray(0, ID_BYTES))
}

/** A claim as the text of a QR code. */
export function encodeClaim({ url, code }: Claim): string {
  return `${SCHEME}?${new URLSearchParams({ v: '1', at: url, c: code })}`
}

/** Reads {@link encodeClaim}. @throws {ClaimError} anything else */
export function parseClaim(text: string): Claim {
  const [scheme, query = ''] = text.split('?', 2)
  const fields = new URLSearchParams(query)
  const claim = { url: fields.get('at') ?? '', code: readClaimCode(fields.get('c') ?? '') }
  const isOrigin = URL.canParse(claim.url) && new URL(claim.url).origin === claim.url
  if (scheme !== SCHEME || !isOrigin || encodeClaim(claim) !== text) throw new ClaimError()
  return claim
}

/** Encrypts `vault` under `code`. */
export function sealClaim(vault: Vault, code: string): Promise<Uint8Array> {
  return sealVault(vault, { passphrase: code }, WORK_FACTOR)
}

/**
 * Fetches and opens the vault of `claim`; it stays there until {@link forgetClaim}.
 * @throws {ClaimMissingError} nothing waits under this code @throws {VaultLockedError | VaultDamagedError} it was altered
 */
export async function fetchClaim({ url, code }: Claim): Promise<Vault> {
  const { vault } = parseShape(
    vaultSchema,
    await call(url, code, 'GET'),
    'answer of the terminal',
    'PALM_VERIFIER_ANSWER',
  )
  return openVault(fromBase64(vault), { passphrase: code })
}

/** Takes a vault away from where it waited; to be called once it is stored. @throws {ClaimMissingError} */
export async function forgetClaim({ url, code }: Claim): Promise<void> {
  await call(url, code, 'DELETE')
}

async function call(url: string, code: string, method: 'GET' | 'DELETE'): Promise<unknown> {
  try {
    const response = await fetch(new URL(`/v1/claims/${claimIdOf(code)}`, url), {
      method,
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    if (response.ok) return await response.json()
  } catch (cause) {
    throw new ClaimMissingError('PALM_VERIFIER_UNREACHABLE', cause)
  }
  throw new ClaimMissingError('PALM_CLAIM_MISSING')
}

/** No claim code. */
export class ClaimError extends PalmError {
  constructor() {
    super('PALM_CLAIM_INVALID', 'this is no claim code of a terminal', {
      hints: ['A code has 20 letters and digits. Scan or type it again.'],
    })
  }
}

/** Nothing to claim there. */
export class ClaimMissingError extends PalmError {
  constructor(code: PalmErrorCode, cause?: unknown) {
    super(code, 'no wallet waits there under this code', {
      hints: ['It may have been claimed already. Is the code complete, and does the terminal answer?'],
      cause,
    })
  }
}
