/** `renew`: gives a customer's palms a new commitment and new shares; the old ones are worth nothing from then on. */

import type { Command } from 'commander'
import { requireName } from '../../customers/customer.ts'
import { renewCustomer } from '../../customers/renew-customer.ts'
import { networkPaths, requireNetwork } from '../../network/network-record.ts'
import { walletFiles } from '../../wallets/wallet-file.ts'
import { printResult, withJson } from '../palm/command-input.ts'
import { folderOf, withFolder } from './folder-option.ts'
import { vaultKeyOf, withPassphraseFile } from './passphrase-option.ts'

export function addRenewCommand(program: Command): void {
  withPassphraseFile(withJson(withFolder(program.command('renew'))))
    .description("replace a customer's commitment and shares by new ones of the same palms")
    .requiredOption('--name <name>', 'the customer')
    .addHelpText(
      'after',
      '\nPseudonyms stay. Proofs under the old commitment are refused from the next checkpoint on.\n',
    )
    .action(async (options: { folder: string; name: string; passphraseFile?: string; json?: boolean }) => {
      const folder = folderOf(options)
      const files = walletFiles(networkPaths(folder).wallets, requireName(options.name))
      const vaultKey = await vaultKeyOf(files, options)
      const record = requireNetwork(folder)
      const renewed = await renewCustomer({ folder, record, name: options.name, vaultKey })
      printResult(
        options.json,
        { ok: true, name: options.name, ...renewed },
        `${options.name} is renewed in transaction ${renewed.txHash}.`,
      )
    })
}
