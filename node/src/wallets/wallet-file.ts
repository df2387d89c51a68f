/**
 * Vaults on disk: `<name>.age`, and beside it `<name>.identity` where it opens by an age identity instead of a passphrase.
 * The identity lies where its vault lies, so it guards against copies of the vault alone; who wants more takes a passphrase.
 */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { PalmError } from '@palmhold/base'
import { createVaultIdentity, lockOf, openVault, sealVault, type Vault, type VaultKey } from '@palmhold/wallet/vault'
import { readFileIfThere, writeFileAtomically } from '../storage/disk.ts'

/** Where a wallet's files are. */
export type WalletFiles = { readonly vault: string; readonly identity: string }

/** The files of wallet `name` in `folder`. */
export function walletFiles(folder: string, name: string): WalletFiles {
  return { vault: join(folder, `${name}.age`), identity: join(folder, `${name}.identity`) }
}

export function hasVault({ vault }: WalletFiles): boolean {
  return existsSync(vault)
}

/** Opens a vault. @throws {VaultMissingError} @throws {VaultLockedError} @throws {VaultDamagedError} @throws {DiskError} */
export async function readVault({ vault }: WalletFiles, key: VaultKey): Promise<Vault> {
  const file = readFileIfThere(vault)
  if (!file) throw new VaultMissingError(vault)
  return openVault(file, key)
}

/** Replaces a vault in one step; it opens with `key` again. @throws {DiskError} */
export async function writeVault({ vault }: WalletFiles, content: Vault, key: VaultKey): Promise<void> {
  writeFileAtomically(vault, await sealVault(content, await lockOf(key)))
}

/** The identity beside a vault, if there is one. */
export function keptIdentity({ identity }: WalletFiles): VaultKey | undefined {
  const text = readFileIfThere(identity)?.toString('utf8').trim()
  return text === undefined ? undefined : { identity: text }
}

/** The identity beside a vault; a new one is made where neither is there. @throws {IdentityMissingError} only the vault is */
export async function keepIdentity(files: WalletFiles): Promise<VaultKey> {
  const kept = keptIdentity(files)
  if (kept) return kept
  if (hasVault(files)) throw new IdentityMissingError(files.identity)
  const { identity } = await createVaultIdentity()
  writeFileAtomically(files.identity, `${identity}\n`)
  return { identity }
}

/** No vault at that place. */
export class VaultMissingError extends PalmError {
  constructor(path: string) {
    super('PALM_VAULT_MISSING', `there is no vault ${path}`, {
      hints: ['Check name and folder. `npx palmhold wallet init` makes a vault, a backup replaces a lost one.'],
    })
  }
}

/** A vault without the identity that lay beside it. */
export class IdentityMissingError extends PalmError {
  constructor(path: string) {
    super('PALM_VAULT_LOCKED', `the vault's identity ${path} is not there`, {
      hints: ['Restore it, or give the passphrase of the vault with --passphrase-file.'],
    })
  }
}
