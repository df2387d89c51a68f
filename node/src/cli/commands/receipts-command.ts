/** `receipts`: what the running network's merchant was paid. */

import type { Command } from 'commander'
import { requireNetwork } from '../../network/network-record.ts'
import { fetchReceipts, verifierPlace } from '../../verifier/terminal-client.ts'
import { printResult, wholeNumber, withJson } from '../palm/command-input.ts'
import { folderOf, withFolder } from './folder-option.ts'
import { describeReceipt } from './pay-command.ts'

export function addReceiptsCommand(program: Command): void {
  withJson(withFolder(program.command('receipts')))
    .description('show what was paid, the newest first')
    .option('--limit <n>', 'at most so many', wholeNumber, 20)
    .action(async (options: { folder: string; limit: number; json?: boolean }) => {
      const record = requireNetwork(folderOf(options))
      const receipts = await fetchReceipts(verifierPlace(record.verifier), options.limit)
      const text = receipts.length === 0 ? 'Nothing was paid yet.' : receipts.map(describeReceipt).join('\n\n')
      printResult(options.json, { receipts }, text)
    })
}
