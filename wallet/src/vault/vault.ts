/**
 * What a person keeps: the key of DID and account, the identity secret s behind all pseudonyms, and for each enrolled hand
 * its template and the salt of its commitment. It exists in memory while it is used, and as an age file otherwise
 * (vault-file.ts). The same content serves the command line and the phone.
 */

import { fromBigEndian, fromHex, type Hex, PalmError, toBigEndian, toHex, utf8 } from '@palmhold/base'
import { CODE_BYTES, POOLED_BYTES, palmCode, pooledCode } from '@palmhold/palm'
import { addressOfKey, addressSchema, hashSchema, parseJson, SUBGROUP_ORDER } from '@palmhold/protocol'
import { z } from 'zod'
import type { EnrolledTemplate, EnrolmentSecrets } from '../enrolment-secrets.ts'

const KEY_BYTES = 32

/** A deployment that the vault's enrolment belongs to. */
export type VaultHome = { readonly chainId: number; readonly registry: Hex }

export type Vault = EnrolmentSecrets & {
  /** secp256k1, 32 bytes: the DID's and the account's. */
  readonly key: Uint8Array
  /** Where it is enrolled, and as which number there; null while it is not. */
  readonly enrolment: ({ readonly index: number } & VaultHome) | null
}

const hexOf = (bytes: number) => z.string().regex(new RegExp(`^0x[0-9a-f]{${2 * bytes}}$`)) as z.ZodType<Hex>
const handSchema = z.strictObject({ code: hexOf(CODE_BYTES), pooled: hexOf(POOLED_BYTES), salt: hashSchema })
const vaultSchema = z.strictObject({
  format: z.literal('palmhold/vault/1'),
  key: hashSchema.refine(isKey),
  identitySecret: hashSchema.refine((value) => BigInt(value) > 0n && BigInt(value) < SUBGROUP_ORDER),
  templates: z.strictObject({ left: handSchema.optional(), right: handSchema.optional() }),
  enrolment: z
    .strictObject({
      index: z
        .int()
        .min(0)
        .max(2 ** 32 - 1),
      chainId: z.int().min(1),
      registry: addressSchema,
    })
    .nullable(),
})

/** `vault` as JSON in UTF-8. All of it is secret. */
export function encodeVault({ key, identitySecret, templates, enrolment }: Vault): Uint8Array {
  const { left, right } = templates
  const value: z.infer<typeof vaultSchema> = {
    format: 'palmhold/vault/1',
    key: toHex(key),
    identitySecret: toHex(toBigEndian(identitySecret, KEY_BYTES)),
    templates: { ...(left ? { left: encodeHand(left) } : {}), ...(right ? { right: encodeHand(right) } : {}) },
    enrolment,
  }
  return utf8(JSON.stringify(value))
}

/** Reads {@link encodeVault}. @throws {ShapeError} PALM_VAULT_DAMAGED */
export function decodeVault(bytes: Uint8Array): Vault {
  const text = new TextDecoder().decode(bytes)
  const value = parseJson(vaultSchema, text, 'vault', 'PALM_VAULT_DAMAGED')
  const { left, right } = value.templates
  return {
    key: fromHex(value.key),
    identitySecret: BigInt(value.identitySecret),
    templates: { ...(left ? { left: decodeHand(left) } : {}), ...(right ? { right: decodeHand(right) } : {}) },
    enrolment: value.enrolment,
  }
}

/** Overwrites what of `vault` lies in bytes; numbers and strings of a JavaScript engine cannot be. */
export function wipeVault({ key, templates }: Vault): void {
  key.fill(0)
  for (const { template } of Object.values(templates)) {
    template.code.fill(0)
    template.pooled.fill(0)
  }
}

function encodeHand({ template, salt }: EnrolledTemplate): z.infer<typeof handSchema> {
  return {
    code: toHex(template.code),
    pooled: toHex(template.pooled),
    salt: toHex(toBigEndian(salt, KEY_BYTES)),
  }
}

function decodeHand({ code, pooled, salt }: z.infer<typeof handSchema>): EnrolledTemplate {
  const template = { code: palmCode(fromHex(code)), pooled: pooledCode(fromHex(pooled)) }
  return { template, salt: fromBigEndian(fromHex(salt)) }
}

function isKey(value: Hex): boolean {
  try {
    addressOfKey(fromHex(value))
    return true
  } catch {
    return false
  }
}

/** A vault that does not open with what was given. */
export class VaultLockedError extends PalmError {
  constructor() {
    super('PALM_VAULT_LOCKED', 'the vault does not open with this passphrase or identity', {
      hints: ['Give the one it was made with. Nobody can open it without: then use a backup.'],
    })
  }
}

/** A file that is no vault, or not a whole one. */
export class VaultDamagedError extends PalmError {
  constructor(cause?: unknown) {
    super('PALM_VAULT_DAMAGED', 'the file is no vault, or is damaged', {
      hints: ['Restore it from a backup: `npx palmhold wallet backup` makes one.'],
      cause,
    })
  }
}

/** A passphrase that would be guessed. */
export class PassphraseWeakError extends PalmError {
  constructor(least: number) {
    super('PALM_PASSPHRASE_WEAK', `a passphrase has ${least} characters at least`, {
      hints: ['Take some words that do not belong together.'],
    })
  }
}
