/** `receipts`: what the running network's merchant was paid. */

import type { Command } from 'commander'
import { wholeNumber, withJson } from '../palm/command-input.ts'
import { withFolder } from './folder-option.ts'
import type { ReceiptsOptions } from './receipts.ts'

export function addReceiptsCommand(program: Command): void {
  withJson(withFolder(program.command('receipts')))
    .description('show what was paid, the newest first')
    .option('--limit <n>', 'at most so many', wholeNumber, 20)
    .action(async (options: ReceiptsOptions) => (await import('./receipts.ts')).showReceipts(options))
}
