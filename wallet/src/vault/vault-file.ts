/**
 * A vault as an age file (https://age-encryption.org/v1): opened by a passphrase (age's scrypt recipient) or by an age
 * identity. Files of the command line, of the phone and of the `age` program are the same.
 */

import { Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption'
import {
  decodeVault,
  encodeVault,
  PassphraseWeakError,
  type Vault,
  VaultDamagedError,
  VaultLockedError,
} from './vault.ts'

const LEAST_PASSPHRASE = 8
/** A vault with both hands has about 1,600 bytes. */
const MOST_BYTES = 64 * 1024
/** What the library says where no key fits; everything else says that the file is not what was written. */
const NO_KEY_FITS = 'no identity matched'

/** What a vault is closed with. */
export type VaultLock = { readonly passphrase: string } | { readonly recipient: string }
/** What opens it. */
export type VaultKey = { readonly passphrase: string } | { readonly identity: string }

/** A fresh age identity (AGE-SECRET-KEY-1...), and the recipient that closes for it. */
export async function createVaultIdentity(): Promise<{ identity: string; recipient: string }> {
  const identity = await generateX25519Identity()
  return { identity, recipient: await identityToRecipient(identity) }
}

/** What closes again what `key` opens. @throws {VaultLockedError} no identity */
export async function lockOf(key: VaultKey): Promise<VaultLock> {
  if ('passphrase' in key) return key
  try {
    return { recipient: await identityToRecipient(key.identity) }
  } catch {
    throw new VaultLockedError()
  }
}

/**
 * Encrypts `vault`.
 * @param workFactor binary logarithm of scrypt's cost for a passphrase; 18 (about a second) unless given
 * @throws {PassphraseWeakError} @throws {VaultLockedError} not a recipient
 */
export async function sealVault(vault: Vault, lock: VaultLock, workFactor?: number): Promise<Uint8Array> {
  const encrypter = new Encrypter()
  if ('passphrase' in lock) {
    if (lock.passphrase.length < LEAST_PASSPHRASE) throw new PassphraseWeakError(LEAST_PASSPHRASE)
    encrypter.setPassphrase(lock.passphrase)
    if (workFactor !== undefined) encrypter.setScryptWorkFactor(workFactor)
  } else {
    try {
      encrypter.addRecipient(lock.recipient)
    } catch {
      throw new VaultLockedError()
    }
  }
  const plain = encodeVault(vault)
  try {
    return await encrypter.encrypt(plain)
  } finally {
    plain.fill(0)
  }
}

/**
 * Decrypts a vault. A damaged key slot of the file cannot be told from a wrong passphrase.
 * @throws {VaultLockedError} another passphrase or identity @throws {VaultDamagedError} no whole vault
 */
export async function openVault(file: Uint8Array, key: VaultKey): Promise<Vault> {
  if (file.length > MOST_BYTES) throw new VaultDamagedError()
  const decrypter = new Decrypter()
  let plain: Uint8Array
  try {
    if ('passphrase' in key) decrypter.addPassphrase(key.passphrase)
    else decrypter.addIdentity(key.identity)
  } catch {
    throw new VaultLockedError()
  }
  try {
    plain = await decrypter.decrypt(file)
  } catch (cause) {
    if (cause instanceof Error && cause.message.startsWith(NO_KEY_FITS)) throw new VaultLockedError()
    throw new VaultDamagedError(cause)
  }
  try {
    return decodeVault(plain)
  } finally {
    plain.fill(0)
  }
}
