/**
 * The probe of the phone lane: what a terminal saw, for one wallet's eyes. Unlike in the palm lane nobody splits it: the
 * wallet gets the shifted codes with a salt for each, can open every leaf under the scan's probe root, and so knows
 * that it matches what the terminal signed and nothing else.
 */

import { concatBytes, decodeFields, encodeFields, fromBigEndian, type RandomBytes, toBigEndian } from '@palmhold/base'
import { CODE_BYTES, type PalmCode, palmCode } from '@palmhold/palm'
import { commitProbeCode, createSalt } from './commitments.ts'
import { merkleRoot } from './merkle-tree.ts'
import { PackageError } from './shares.ts'

const TAG = 'palmhold/phone-probe/1'
const SALT_BYTES = 31
const LEAF_BYTES = 32

/** Shifted codes of one scan, each with the salt of its commitment. A secret. */
export type PhoneProbe = { readonly codes: readonly PalmCode[]; readonly salts: readonly bigint[] }

/** `codes` with fresh salts. */
export function saltProbe(codes: readonly PalmCode[], random: RandomBytes): PhoneProbe {
  return { codes, salts: codes.map(() => createSalt(random)) }
}

/** The leaves under a scan's probe root, in the order of the codes: each the 32 bytes of a commitment. */
export function probeLeaves({ codes, salts }: PhoneProbe): Uint8Array[] {
  return codes.map((code, i) => toBigEndian(commitProbeCode(code, salts[i]!), LEAF_BYTES))
}

/** The root that a terminal signs for a probe. */
export function probeRootOf(probe: PhoneProbe) {
  return merkleRoot(probeLeaves(probe))
}

/** Two fields: all codes one after the other, 192 bytes each, and all salts, 31 bytes each. */
export function encodePhoneProbe({ codes, salts }: PhoneProbe): Uint8Array {
  return encodeFields(TAG, [concatBytes(...codes), concatBytes(...salts.map((salt) => toBigEndian(salt, SALT_BYTES)))])
}

/**
 * Reads {@link encodePhoneProbe}; the codes are copies.
 * @throws {PackageError} no code, more than `maxCodes`, or another number of salts @throws {EncodingError}
 */
export function decodePhoneProbe(bytes: Uint8Array, maxCodes: number): PhoneProbe {
  const [codes, salts] = decodeFields(TAG, 2, bytes) as [Uint8Array, Uint8Array]
  const count = codes.length / CODE_BYTES
  if (!Number.isInteger(count) || count < 1 || count > maxCodes || salts.length !== count * SALT_BYTES)
    throw new PackageError()
  const part = (all: Uint8Array, each: number, i: number) => all.subarray(i * each, (i + 1) * each)
  return {
    codes: Array.from({ length: count }, (_, i) => palmCode(part(codes, CODE_BYTES, i))),
    salts: Array.from({ length: count }, (_, i) => fromBigEndian(part(salts, SALT_BYTES, i))),
  }
}
