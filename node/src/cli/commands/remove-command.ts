/** `remove`: takes a customer's palms back from every operator. */

import type { Command } from 'commander'
import { removeCustomer } from '../../customers/customer.ts'
import { requireNetwork } from '../../network/network-record.ts'
import { printResult, withJson } from '../palm/command-input.ts'
import { folderOf, withFolder } from './folder-option.ts'

export function addRemoveCommand(program: Command): void {
  withJson(withFolder(program.command('remove')))
    .description("revoke a customer's enrolment and see every operator erase its shares")
    .requiredOption('--name <name>', 'the customer')
    .action(async (options: { folder: string; name: string; json?: boolean }) => {
      const folder = folderOf(options)
      const customer = await removeCustomer(folder, requireNetwork(folder), options.name)
      printResult(
        options.json,
        { ok: true, removed: customer },
        `${customer.name} is removed: every operator has erased its shares.\nThe account ${customer.address} stays.`,
      )
    })
}
