/** `terminal`: a link that opens the terminal page of the running network's verifier. */

import type { Command } from 'commander'
import { requireNetwork } from '../../network/network-record.ts'
import { describeTerminalLink, fetchTerminalLink } from '../../terminal/terminal-link.ts'
import { verifierPlace } from '../../verifier/terminal-client.ts'
import { printResult, withJson } from '../palm/command-input.ts'
import { folderOf, withFolder } from './folder-option.ts'

export function addTerminalCommand(program: Command): void {
  withJson(withFolder(program.command('terminal')))
    .description("print a link that opens the verifier's terminal page in one browser, and the staff PIN")
    .action(async (options: { folder: string; json?: boolean }) => {
      const { verifier } = requireNetwork(folderOf(options))
      const link = await fetchTerminalLink(verifierPlace(verifier))
      printResult(options.json, { ok: true, ...link }, describeTerminalLink(link))
    })
}
