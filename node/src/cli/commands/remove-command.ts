/** `remove`: takes a customer's palms back from every operator. */

import type { Command } from 'commander'
import { withJson } from '../palm/command-input.ts'
import { withFolder } from './folder-option.ts'
import { withPassphraseFile } from './passphrase-option.ts'
import type { RemoveOptions } from './remove.ts'

export function addRemoveCommand(program: Command): void {
  withPassphraseFile(withJson(withFolder(program.command('remove'))))
    .description("revoke a customer's enrolment and see every operator erase its shares")
    .requiredOption('--name <name>', 'the customer')
    .action(async (options: RemoveOptions) => (await import('./remove.ts')).remove(options))
}
