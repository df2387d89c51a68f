/** What `wallet init`, `show` and `backup` do. */

import { existsSync } from 'node:fs'
import { equalBytes, PalmError } from '@palmhold/base'
import { didOf } from '@palmhold/identity'
import { addressOfKey } from '@palmhold/protocol'
import { encodeVault, openVault, sealVault, type Vault, type VaultKey, wipeVault } from '@palmhold/wallet/vault'
import { connectCustomer, createVault, requireName } from '../../customers/customer.ts'
import { LOCAL_CHAIN_ID } from '../../network/local-chain.ts'
import { findNetwork, networkPaths } from '../../network/network-record.ts'
import { readFileIfThere, writeFileAtomically } from '../../storage/disk.ts'
import {
  hasVault,
  keepIdentity,
  readVault,
  VaultMissingError,
  type WalletFiles,
  walletFiles,
  writeVault,
} from '../../wallets/wallet-file.ts'
import { printResult } from '../output.ts'
import { askNewPassphrase, passphraseIn } from '../read-passphrase.ts'
import { folderOf } from './folder-option.ts'
import { vaultKeyOf } from './vault-key.ts'

export type WalletOptions = { folder: string; name: string; passphraseFile?: string; json?: boolean }
export type InitOptions = WalletOptions & { identity?: boolean }
export type BackupOptions = WalletOptions & { to: string; backupPassphraseFile?: string; recipient?: string }

export async function initWallet(options: InitOptions): Promise<void> {
  const files = filesOf(options)
  if (hasVault(files)) throw new VaultExistsError(files.vault)
  const key = await newKey(options, files)
  const vault = createVault()
  try {
    await writeVault(files, vault, key)
    print(options, files, vault, undefined)
  } finally {
    wipeVault(vault)
  }
}

async function newKey({ identity, passphraseFile }: InitOptions, files: WalletFiles): Promise<VaultKey> {
  if (passphraseFile !== undefined) return { passphrase: passphraseIn(passphraseFile) }
  return identity ? keepIdentity(files) : { passphrase: await askNewPassphrase('new passphrase') }
}

export async function showWallet(options: WalletOptions): Promise<void> {
  const { files, vault } = await unlock(options)
  try {
    print(options, files, vault, await isLive(options, vault))
  } finally {
    wipeVault(vault)
  }
}

export async function backUpWallet(options: BackupOptions): Promise<void> {
  const { to, recipient, backupPassphraseFile } = options
  if (existsSync(to)) throw new VaultExistsError(to)
  const { files, vault } = await unlock(options)
  const content = encodeVault(vault)
  try {
    const key =
      recipient === undefined
        ? {
            passphrase: backupPassphraseFile
              ? passphraseIn(backupPassphraseFile)
              : await askNewPassphrase('passphrase of the copy'),
          }
        : undefined
    writeFileAtomically(to, await sealVault(vault, key ?? { recipient: recipient! }))
    const isOpened = key !== undefined && (await opensTo(content, to, key))
    const value = { ok: true, backup: to, of: files.vault, opened: isOpened }
    const seen = isOpened ? 'It opens.' : 'Whether it opens, only who holds the identity of that recipient can see.'
    printResult(options.json, value, `${to} is a copy of ${files.vault}. ${seen}`)
  } finally {
    content.fill(0)
    wipeVault(vault)
  }
}

/** Whether the file that was written opens to `content`. @throws {PalmError} it does not open */
async function opensTo(content: Uint8Array, path: string, key: VaultKey): Promise<boolean> {
  const copy = await openVault(readFileIfThere(path)!, key)
  const again = encodeVault(copy)
  try {
    if (!equalBytes(again, content)) throw new BackupDamagedError(path)
    return true
  } finally {
    again.fill(0)
    wipeVault(copy)
  }
}

function filesOf({ folder, name }: WalletOptions): WalletFiles {
  return walletFiles(networkPaths(folderOf({ folder })).wallets, requireName(name))
}

async function unlock(options: WalletOptions): Promise<{ files: WalletFiles; vault: Vault }> {
  const files = filesOf(options)
  if (!hasVault(files)) throw new VaultMissingError(files.vault)
  return { files, vault: await readVault(files, (await vaultKeyOf(files, options))!) }
}

/** Whether the chain shows the enrolment as live; undefined where no network runs, or the vault belongs to another. */
async function isLive(options: WalletOptions, { key, enrolment }: Vault): Promise<boolean | undefined> {
  const record = findNetwork(folderOf(options))
  if (!record || !enrolment || enrolment.registry !== record.contracts.palmRegistry) return undefined
  const chain = await connectCustomer(record, key)
  try {
    return (await chain.enrolment(enrolment.index)).live
  } finally {
    chain.close()
  }
}

function print(options: WalletOptions, files: WalletFiles, vault: Vault, live: boolean | undefined): void {
  const { enrolment, templates } = vault
  const account = addressOfKey(vault.key)
  const did = didOf(enrolment?.chainId ?? LOCAL_CHAIN_ID, account)
  const hands = (['left', 'right'] as const).filter((hand) => templates[hand])
  const value = { ok: true, name: options.name, vault: files.vault, did, account, hands, enrolment, live: live ?? null }
  const state = live === undefined ? 'not asked: no network of it runs here' : live ? 'live' : 'revoked'
  const text = [
    `vault      ${files.vault}`,
    `DID        ${did}`,
    `account    ${account}`,
    `hands      ${hands.join(', ') || 'none'}`,
    `enrolment  ${enrolment ? `number ${enrolment.index} on chain ${enrolment.chainId}, ${state}` : 'none'}`,
  ]
  printResult(options.json, value, text.join('\n'))
}

/** A file that would be overwritten. */
export class VaultExistsError extends PalmError {
  constructor(path: string) {
    super('PALM_VAULT_EXISTS', `${path} is there already`, {
      hints: ['A vault is never overwritten: give another name or path, or move it away.'],
    })
  }
}

/** A copy that does not hold what it should. */
export class BackupDamagedError extends PalmError {
  constructor(path: string) {
    super('PALM_VAULT_DAMAGED', `the copy ${path} does not hold what the vault holds`, {
      hints: ['Do not rely on it. Check the disk and make another.'],
    })
  }
}
