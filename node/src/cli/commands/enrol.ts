/** What `enrol` does. */

import { buildPalmTemplate } from '@palmhold/palm'
import type { Templates } from '@palmhold/wallet'
import { connectGovernance, enrolCustomer, openIdentities, requireName } from '../../customers/customer.ts'
import { networkPaths, requireNetwork } from '../../network/network-record.ts'
import { readPalm } from '../../pictures/read-palm.ts'
import { walletFiles } from '../../wallets/wallet-file.ts'
import { printResult } from '../output.ts'
import { folderOf } from './folder-option.ts'
import { vaultKeyOf } from './vault-key.ts'

export type EnrolOptions = {
  folder: string
  name: string
  left?: string[]
  right?: string[]
  passphraseFile?: string
  json?: boolean
}

export async function enrol(options: EnrolOptions): Promise<void> {
  const folder = folderOf(options)
  const record = requireNetwork(folder)
  const templates: Templates = {
    ...(options.left ? { left: await templateOf(options.left) } : {}),
    ...(options.right ? { right: await templateOf(options.right) } : {}),
  }
  const governance = await connectGovernance(folder, record)
  try {
    const identities = openIdentities(record)
    const files = walletFiles(networkPaths(folder).wallets, requireName(options.name))
    const vaultKey = await vaultKeyOf(files, options)
    const { name } = options
    const customer = await enrolCustomer({ folder, record, governance, identities, name, templates, vaultKey })
    printResult(
      options.json,
      { ok: true, ...customer },
      [
        `${customer.name} is enrolled (number ${customer.enrolmentIndex}).`,
        `account     ${customer.address}`,
        `DID         ${customer.did}`,
        `transaction ${customer.enrolmentTx}`,
      ].join('\n'),
    )
  } finally {
    governance.close()
  }
}

async function templateOf(images: readonly string[]) {
  const readings = await Promise.all(images.map((image) => readPalm(image)))
  return buildPalmTemplate(readings.map(({ roi }) => roi))
}
