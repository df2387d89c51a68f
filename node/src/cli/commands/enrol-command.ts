/** `enrol`: a new customer of the running network, from pictures of its palms. */

import { buildPalmTemplate } from '@palmhold/palm'
import type { Templates } from '@palmhold/wallet'
import type { Command } from 'commander'
import { connectGovernance, enrolCustomer, openIdentities, requireName } from '../../customers/customer.ts'
import { networkPaths, requireNetwork } from '../../network/network-record.ts'
import { readPalm } from '../../pictures/read-palm.ts'
import { walletFiles } from '../../wallets/wallet-file.ts'
import { printResult, withJson } from '../palm/command-input.ts'
import { folderOf, withFolder } from './folder-option.ts'
import { vaultKeyOf, withPassphraseFile } from './passphrase-option.ts'

type EnrolOptions = {
  folder: string
  name: string
  left?: string[]
  right?: string[]
  passphraseFile?: string
  json?: boolean
}

export function addEnrolCommand(program: Command): void {
  withPassphraseFile(withJson(withFolder(program.command('enrol'))))
    .description('enrol the palms of a new customer; several pictures of a hand make a better template')
    .requiredOption('--name <name>', 'what to call the customer on this machine')
    .option('--left <image...>', 'pictures of the left palm')
    .option('--right <image...>', 'pictures of the right palm')
    .addHelpText('after', '\nExample:\n  $ npx palmhold enrol --name Ada --left l1.jpg l2.jpg --right r1.jpg r2.jpg\n')
    .action(enrol)
}

async function enrol(options: EnrolOptions): Promise<void> {
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
