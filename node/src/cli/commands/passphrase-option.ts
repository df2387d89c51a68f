/** How a command opens a wallet: --passphrase-file, else the identity beside the vault, else a passphrase that is typed. */

import type { VaultKey } from '@palmhold/wallet/vault'
import type { Command } from 'commander'
import { hasVault, keptIdentity, type WalletFiles } from '../../wallets/wallet-file.ts'
import { askPassphrase, passphraseIn } from '../read-passphrase.ts'

export function withPassphraseFile(command: Command): Command {
  return command.option('--passphrase-file <file>', 'its first line opens the vault; default: an identity, or a prompt')
}

/** What opens `files`; undefined where there is no vault yet and no passphrase is given. */
export async function vaultKeyOf(
  files: WalletFiles,
  options: { passphraseFile?: string },
): Promise<VaultKey | undefined> {
  if (options.passphraseFile !== undefined) return { passphrase: passphraseIn(options.passphraseFile) }
  const kept = keptIdentity(files)
  if (kept || !hasVault(files)) return kept
  return { passphrase: await askPassphrase('passphrase') }
}
