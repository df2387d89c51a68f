/** `terminal`: a link that opens the terminal page of the running network's verifier. */

import type { Command } from 'commander'
import { withJson } from '../palm/command-input.ts'
import { withFolder } from './folder-option.ts'
import type { TerminalOptions } from './terminal.ts'

export function addTerminalCommand(program: Command): void {
  withJson(withFolder(program.command('terminal')))
    .description("print a link that opens the verifier's terminal page in one browser, and the staff PIN")
    .action(async (options: TerminalOptions) => (await import('./terminal.ts')).showTerminal(options))
}
