/** What `renew` does. */

import { requireName } from '../../customers/customer.ts'
import { renewCustomer } from '../../customers/renew-customer.ts'
import { networkPaths, requireNetwork } from '../../network/network-record.ts'
import { walletFiles } from '../../wallets/wallet-file.ts'
import { printResult } from '../output.ts'
import { folderOf } from './folder-option.ts'
import { vaultKeyOf } from './vault-key.ts'

export type RenewOptions = { folder: string; name: string; passphraseFile?: string; json?: boolean }

export async function renew(options: RenewOptions): Promise<void> {
  const folder = folderOf(options)
  const files = walletFiles(networkPaths(folder).wallets, requireName(options.name))
  const vaultKey = await vaultKeyOf(files, options)
  const record = requireNetwork(folder)
  const renewed = await renewCustomer({ folder, record, name: options.name, vaultKey })
  printResult(
    options.json,
    { ok: true, name: options.name, ...renewed },
    `${options.name} is renewed in transaction ${renewed.txHash}.`,
  )
}
