/** `pay`: a payment at the running network's terminal, with a picture of a palm. */

import { writeFileSync } from 'node:fs'
import { PalmError } from '@palmhold/base'
import { encodeProbeCodes, type ProbeCodes } from '@palmhold/palm'
import type { SigningDomain } from '@palmhold/protocol'
import type { Command } from 'commander'
import { requireName } from '../../customers/customer.ts'
import { openPhone, type PhoneLanePayment, payWithPhone } from '../../customers/phone.ts'
import { type NetworkRecord, networkPaths, requireNetwork } from '../../network/network-record.ts'
import { readPalm } from '../../pictures/read-palm.ts'
import { openKeyFolder } from '../../prover/key-files.ts'
import { createNodeProver } from '../../prover/node-prover.ts'
import { DEVELOPMENT_KEYS } from '../../prover/proving-keys.ts'
import { onDisk } from '../../storage/disk.ts'
import type { Receipt } from '../../verifier/receipt.ts'
import {
  openPayment,
  type PaymentResult,
  scanForPayment,
  type VerifierPlace,
  verifierPlace,
} from '../../verifier/terminal-client.ts'
import { walletFiles } from '../../wallets/wallet-file.ts'
import { amountMinor } from '../amount.ts'
import { euros } from '../output.ts'
import { printResult, withJson } from '../palm/command-input.ts'
import { folderOf, withFolder } from './folder-option.ts'
import { vaultKeyOf, withPassphraseFile } from './passphrase-option.ts'

const EXAMPLES = `
Examples:
  $ npx palmhold pay --image palm.png --amount 12.50
  $ npx palmhold pay --phone --name Ada --image palm.png --amount 12.50
`

type PayOptions = {
  folder: string
  phone?: boolean
  name?: string
  passphraseFile?: string
  image: string
  amount: number
  order: string
  attestation?: string
  json?: boolean
}

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
    .action(pay)
}

async function pay(options: PayOptions): Promise<void> {
  const record = requireNetwork(folderOf(options))
  const place = verifierPlace(record.verifier)
  const domain = { chainId: record.chain.chainId, verifyingContract: record.contracts.matchVerifier }
  const { roi } = await readPalm(options.image)
  const probe = encodeProbeCodes(roi)
  const at = { record, place, domain, probe }
  const result = await (options.phone ? payInPhoneLane(at, options) : payInPalmLane(at, options))
  const { receipt } = result
  const { attestation } = options
  if (attestation !== undefined)
    onDisk(() => writeFileSync(attestation, `${JSON.stringify(receipt.attestation, null, 2)}\n`))
  printResult(options.json, { ok: true, ...result }, `${describeReceipt(receipt)}\n${describeTimes(result)}`)
}

type At = { record: NetworkRecord; place: VerifierPlace; domain: SigningDomain; probe: ProbeCodes }

async function payInPalmLane({ place, domain, probe }: At, { amount, order }: PayOptions): Promise<PaymentResult> {
  return scanForPayment(place, domain, await openPayment(place, amount, order), probe)
}

async function payInPhoneLane({ record, ...at }: At, options: PayOptions): Promise<PhoneLanePayment> {
  if (options.name === undefined) throw new PhoneNameError()
  const folder = folderOf(options)
  const name = requireName(options.name)
  const vaultKey = await vaultKeyOf(walletFiles(networkPaths(folder).wallets, name), options)
  const prover = createNodeProver({ keys: openKeyFolder(DEVELOPMENT_KEYS) })
  const phone = await openPhone({ folder, record, name, prover, vaultKey })
  try {
    return await payWithPhone({ ...at, phone, amountMinor: options.amount, orderId: options.order })
  } finally {
    phone.close()
    await prover.close()
  }
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

function describeTimes(result: PaymentResult | PhoneLanePayment): string {
  const settled = `settled after ${Math.round(result.totalMs)} ms`
  if (!('proveMatchMs' in result)) return `matched in ${Math.round(result.matchMs)} ms, ${settled}`
  const { proveMembershipMs, proveMatchMs } = result
  const proofs = `membership in ${Math.round(proveMembershipMs)} ms, match in ${Math.round(proveMatchMs)} ms`
  return `proven by the phone: ${proofs}; ${settled}`
}

/** --phone without the wallet that pays. */
export class PhoneNameError extends PalmError {
  constructor() {
    super('PALM_OPTION_INVALID', 'say whose phone it is', { hints: ['Give --name with --phone.'] })
  }
}
