/** `remove`: takes a customer's palms back from every operator. */

import type { Command } from 'commander'
import { removeCustomer, requireName } from '../../customers/customer.ts'
import { networkPaths, requireNetwork } from '../../network/network-record.ts'
import { walletFiles } from '../../wallets/wallet-file.ts'
import { printResult, withJson } from '../palm/command-input.ts'
import { folderOf, withFolder } from './folder-option.ts'
import { vaultKeyOf, withPassphraseFile } from './passphrase-option.ts'

export function addRemoveCommand(program: Command): void {
  withPassphraseFile(withJson(withFolder(program.command('remove'))))
    .description("revoke a customer's enrolment and see every operator erase its shares")
    .requiredOption('--name <name>', 'the customer')
    .action(async (options: { folder: string; name: string; passphraseFile?: string; json?: boolean }) => {
      const folder = folderOf(options)
      const files = walletFiles(networkPaths(folder).wallets, requireName(options.name))
      const vaultKey = await vaultKeyOf(files, options)
      const customer = await removeCustomer(folder, requireNetwork(folder), options.name, vaultKey)
      printResult(
        options.json,
        { ok: true, removed: customer },
        `${customer.name} is removed: every operator has erased its shares.\nThe account ${customer.address} stays.`,
      )
    })
}
