/** How a command opens a wallet: --passphrase-file, else the identity beside the vault, else a passphrase that is typed. */

import type { VaultKey } from '@palmhold/wallet/vault'
import { hasVault, keptIdentity, type WalletFiles } from '../../wallets/wallet-file.ts'
import { askPassphrase, passphraseIn } from '../read-passphrase.ts'

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
