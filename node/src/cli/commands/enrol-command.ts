/** `enrol`: a new customer of the running network, from pictures of its palms. */

import type { Command } from 'commander'
import { withJson } from '../palm/command-input.ts'
import type { EnrolOptions } from './enrol.ts'
import { withFolder } from './folder-option.ts'
import { withPassphraseFile } from './passphrase-option.ts'

export function addEnrolCommand(program: Command): void {
  withPassphraseFile(withJson(withFolder(program.command('enrol'))))
    .description('enrol the palms of a new customer; several pictures of a hand make a better template')
    .requiredOption('--name <name>', 'what to call the customer on this machine')
    .option('--left <image...>', 'pictures of the left palm')
    .option('--right <image...>', 'pictures of the right palm')
    .addHelpText('after', '\nExample:\n  $ npx palmhold enrol --name Ada --left l1.jpg l2.jpg --right r1.jpg r2.jpg\n')
    .action(async (options: EnrolOptions) => (await import('./enrol.ts')).enrol(options))
}
