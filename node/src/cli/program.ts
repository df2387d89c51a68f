/**
 * The command `palmhold`, composed. Every command takes --json; failures print a code, what happened and what to do. What
 * a command does is loaded once it runs, so that help and mistakes answer at once.
 */

import { PalmError } from '@palmhold/base'
import { Command, CommanderError } from 'commander'
import type { Deploy } from '../network/network.ts'
import { addAnchorCommands } from './commands/anchor-command.ts'
import { addEnrolCommand } from './commands/enrol-command.ts'
import { addNetworkCommands } from './commands/network-commands.ts'
import { addPayCommand } from './commands/pay-command.ts'
import { addReceiptsCommand } from './commands/receipts-command.ts'
import { addRemoveCommand } from './commands/remove-command.ts'
import { addRenewCommand } from './commands/renew-command.ts'
import { addTerminalCommand } from './commands/terminal-command.ts'
import { addVerifyCommand } from './commands/verify-command.ts'
import { addWalletCommands } from './commands/wallet-commands.ts'
import { printFailure } from './output.ts'
import { registerPalmCommands } from './palm/register-palm-commands.ts'

const EXAMPLES = `
Examples:
  $ npx palmhold up                                          a network of one's own, in the background
  $ npx palmhold palm render --count 1 --captures 3 --out /tmp/palms
  $ npx palmhold enrol --name Ada --left /tmp/palms/1/1/*.png
  $ npx palmhold pay --image /tmp/palms/1/2/1.png --amount 12.50
  $ npx palmhold pay --phone --name Ada --image /tmp/palms/1/2/1.png --amount 12.50
  $ npx palmhold receipts
  $ npx palmhold terminal                                    a link to the shop's terminal page
  $ npx palmhold down
`

/** Runs `palmhold ARGS` and returns the exit code. */
export async function runCli(args: readonly string[], composition: { deploy: Deploy }): Promise<number> {
  const isJson = args.includes('--json')
  const program = new Command('palmhold')
    .description('Pay with your palm, while no company owns it.')
    .version('0.1.0')
    .addHelpText('after', EXAMPLES)
    .exitOverride()
    // Inherited by every command: what is wrong with the words typed gets a code as everything else does.
    .configureOutput({
      outputError: (text, write) => {
        if (!isJson) write(`PALM_OPTION_INVALID: ${text.replace(/^error: /, '')}`)
      },
    })
  addNetworkCommands(program, composition)
  addEnrolCommand(program)
  addRemoveCommand(program)
  addRenewCommand(program)
  addPayCommand(program)
  addReceiptsCommand(program)
  addTerminalCommand(program)
  addVerifyCommand(program)
  addAnchorCommands(program)
  addWalletCommands(program)
  registerPalmCommands(program)
  if (args.length === 0) {
    program.outputHelp()
    return 0
  }
  try {
    await program.parseAsync([...args], { from: 'user' })
    return Number(process.exitCode ?? 0)
  } catch (error) {
    // Help and version end as errors of exit code 0; in words, commander has printed its message already.
    if (!(error instanceof CommanderError)) return printFailure(error, isJson)
    if (error.exitCode !== 0 && isJson) printFailure(new OptionInvalidError(error), true)
    return error.exitCode
  }
}

/** Words or options that no command takes. */
export class OptionInvalidError extends PalmError {
  constructor(cause: CommanderError) {
    super('PALM_OPTION_INVALID', cause.message.replace(/^error: /, ''), {
      hints: ['`npx palmhold --help` lists the commands, `npx palmhold COMMAND --help` what one takes.'],
    })
  }
}
