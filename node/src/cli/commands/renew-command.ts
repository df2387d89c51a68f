/** `renew`: gives a customer's palms a new commitment and new shares; the old ones are worth nothing from then on. */

import type { Command } from 'commander'
import { withJson } from '../palm/command-input.ts'
import { withFolder } from './folder-option.ts'
import { withPassphraseFile } from './passphrase-option.ts'
import type { RenewOptions } from './renew.ts'

export function addRenewCommand(program: Command): void {
  withPassphraseFile(withJson(withFolder(program.command('renew'))))
    .description("replace a customer's commitment and shares by new ones of the same palms")
    .requiredOption('--name <name>', 'the customer')
    .addHelpText(
      'after',
      '\nPseudonyms stay. Proofs under the old commitment are refused from the next checkpoint on.\n',
    )
    .action(async (options: RenewOptions) => (await import('./renew.ts')).renew(options))
}
