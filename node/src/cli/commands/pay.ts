/** What `pay` does. */

import { writeFileSync } from 'node:fs'
import { PalmError } from '@palmhold/base'
import { encodeProbeCodes, type ProbeCodes } from '@palmhold/palm'
import type { SigningDomain } from '@palmhold/protocol'
import { requireName } from '../../customers/customer.ts'
import { openPhone, type PhoneLanePayment, payWithPhone } from '../../customers/phone.ts'
import { type NetworkRecord, networkPaths, requireNetwork } from '../../network/network-record.ts'
import { readPalm } from '../../pictures/read-palm.ts'
import { openKeyFolder } from '../../prover/key-files.ts'
import { createNodeProver } from '../../prover/node-prover.ts'
import { DEVELOPMENT_KEYS } from '../../prover/proving-keys.ts'
import { onDisk } from '../../storage/disk.ts'
import {
  openPayment,
  type PaymentResult,
  scanForPayment,
  type VerifierPlace,
  verifierPlace,
} from '../../verifier/terminal-client.ts'
import { walletFiles } from '../../wallets/wallet-file.ts'
import { printResult } from '../output.ts'
import { describeReceipt } from './describe-receipt.ts'
import { folderOf } from './folder-option.ts'
import { vaultKeyOf } from './vault-key.ts'

export type PayOptions = {
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

export async function pay(options: PayOptions): Promise<void> {
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
