/** What `terminal` does. */

import { requireNetwork } from '../../network/network-record.ts'
import { describeTerminalLink, fetchTerminalLink } from '../../terminal/terminal-link.ts'
import { verifierPlace } from '../../verifier/terminal-client.ts'
import { printResult } from '../output.ts'
import { folderOf } from './folder-option.ts'

export type TerminalOptions = { folder: string; json?: boolean }

export async function showTerminal(options: TerminalOptions): Promise<void> {
  const { verifier } = requireNetwork(folderOf(options))
  const link = await fetchTerminalLink(verifierPlace(verifier))
  printResult(options.json, { ok: true, ...link }, describeTerminalLink(link))
}
