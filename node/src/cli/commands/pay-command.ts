/** `pay`: a payment at the running network's terminal, with a picture of a palm. */

import { writeFileSync } from 'node:fs'
import { encodeProbeCodes } from '@palmhold/palm'
import { type Command, InvalidArgumentError } from 'commander'
import { requireNetwork } from '../../network/network-record.ts'
import { readPalm } from '../../pictures/read-palm.ts'
import { onDisk } from '../../storage/disk.ts'
import type { Receipt } from '../../verifier/receipt.ts'
import { openPayment, scanForPayment, verifierPlace } from '../../verifier/terminal-client.ts'
import { euros } from '../output.ts'
import { printResult, withJson } from '../palm/command-input.ts'
import { folderOf, withFolder } from './folder-option.ts'

type PayOptions = {
  folder: string
  image: string
  amount: number
  order: string
  attestation?: string
  json?: boolean
}

export function addPayCommand(program: Command): void {
  withJson(withFolder(program.command('pay')))
    .description('hold a palm (a picture of one) over the terminal and pay')
    .requiredOption('--image <image>', 'a new picture of an enrolled palm')
    .requiredOption('--amount <euros>', 'the sum, above 0, such as 12.50', amountMinor)
    .option('--order <id>', "the till's name for the order", '')
    .option('--attestation <file>', 'write the attestation there, for `palmhold verify`')
    .addHelpText('after', '\nExample:\n  $ npx palmhold pay --image palm.png --amount 12.50\n')
    .action(pay)
}

async function pay(options: PayOptions): Promise<void> {
  const record = requireNetwork(folderOf(options))
  const place = verifierPlace(record.verifier)
  const { roi } = await readPalm(options.image)
  const issued = await openPayment(place, options.amount, options.order)
  const domain = { chainId: record.chain.chainId, verifyingContract: record.contracts.matchVerifier }
  const result = await scanForPayment(place, domain, issued, encodeProbeCodes(roi))
  const { receipt } = result
  const { attestation } = options
  if (attestation !== undefined)
    onDisk(() => writeFileSync(attestation, `${JSON.stringify(receipt.attestation, null, 2)}\n`))
  printResult(
    options.json,
    { ok: true, ...result },
    `${describeReceipt(receipt)}\nmatched in ${Math.round(result.matchMs)} ms, settled after ${Math.round(result.totalMs)} ms`,
  )
}

/** A receipt in words. */
export function describeReceipt(receipt: Receipt): string {
  return [
    `paid        ${euros(receipt.amountMinor)} to ${receipt.merchant.name ?? 'an unnamed merchant'}`,
    `payer       ${receipt.payer}`,
    `request     ${receipt.requestHash}`,
    `transaction ${receipt.txHash}`,
    `at          ${new Date(receipt.settledAt * 1000).toISOString()}`,
  ].join('\n')
}

/** Euros with at most two decimals, as cents. */
function amountMinor(text: string): number {
  const match = /^(\d{1,7})(?:\.(\d{1,2}))?$/.exec(text)
  const minor = match ? Number(match[1]) * 100 + Number((match[2] ?? '').padEnd(2, '0')) : 0
  if (minor < 1) throw new InvalidArgumentError('Give euros and cents, such as 12.50.')
  return minor
}
