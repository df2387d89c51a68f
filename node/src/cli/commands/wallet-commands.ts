/** `wallet init`, `show` and `backup`: the vault in which a person keeps key, identity and palms. */

import type { Command } from 'commander'
import { withJson } from '../palm/command-input.ts'
import { withFolder } from './folder-option.ts'
import { withPassphraseFile } from './passphrase-option.ts'
import type { BackupOptions, InitOptions, WalletOptions } from './wallet.ts'

export function addWalletCommands(program: Command): void {
  const wallet = program.command('wallet').description("a person's vault: key, identity secret and palms")

  const add = <O extends WalletOptions>(name: string, about: string, action: (options: O) => Promise<void>) =>
    withPassphraseFile(withJson(withFolder(wallet.command(name))))
      .description(about)
      .requiredOption('--name <name>', 'the wallet, as a customer is called on this machine')
      .action(action)

  add('init', 'make a vault with a fresh key and no palm; `enrol --name` fills it', async (options: InitOptions) =>
    (await import('./wallet.ts')).initWallet(options),
  ).option('--identity', 'open it by an age identity beside it, without a passphrase')
  add('show', 'show DID, account, enrolment and hands; never a secret', async (options) =>
    (await import('./wallet.ts')).showWallet(options),
  )
  add(
    'backup',
    'write a copy under another passphrase or recipient, and see that it opens',
    async (options: BackupOptions) => (await import('./wallet.ts')).backUpWallet(options),
  )
    .requiredOption('--to <file>', 'where to; nothing is overwritten')
    .option('--backup-passphrase-file <file>', 'its first line will open the copy; default: a prompt')
    .option(
      '--recipient <recipient>',
      'age1...: whose age identity will open the copy; that it does cannot be seen here',
    )
}
