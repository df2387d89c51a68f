/** `pay`: a payment at the running network's terminal, with a picture of a palm. */

import type { Command } from 'commander'
import { amountMinor } from '../amount.ts'
import { withJson } from '../palm/command-input.ts'
import { withFolder } from './folder-option.ts'
import { withPassphraseFile } from './passphrase-option.ts'
import type { PayOptions } from './pay.ts'

const EXAMPLES = `
Examples:
  $ npx palmhold pay --image palm.png --amount 12.50
  $ npx palmhold pay --phone --name Ada --image palm.png --amount 12.50
`

export function addPayCommand(program: Command): void {
  withPassphraseFile(withJson(withFolder(program.command('pay'))))
    .description('hold a palm (a picture of one) over the terminal and pay')
    .option('--phone', 'take the phone lane: this command plays till, terminal, and the phone of --name')
    .option('--name <name>', 'whose phone it is, with --phone')
    .requiredOption('--image <image>', 'a new picture of an enrolled palm')
    .requiredOption('--amount <euros>', 'the sum, above 0, such as 12.50', amountMinor)
    .option('--order <id>', "the till's name for the order", '')
    .option('--attestation <file>', 'write the attestation there, for `palmhold verify`')
    .addHelpText('after', EXAMPLES)
    .action(async (options: PayOptions) => (await import('./pay.ts')).pay(options))
}
