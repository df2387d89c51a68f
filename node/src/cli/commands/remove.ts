/** What `remove` does. */

import { removeCustomer, requireName } from '../../customers/customer.ts'
import { networkPaths, requireNetwork } from '../../network/network-record.ts'
import { walletFiles } from '../../wallets/wallet-file.ts'
import { printResult } from '../output.ts'
import { folderOf } from './folder-option.ts'
import { vaultKeyOf } from './vault-key.ts'

export type RemoveOptions = { folder: string; name: string; passphraseFile?: string; json?: boolean }

export async function remove(options: RemoveOptions): Promise<void> {
  const folder = folderOf(options)
  const files = walletFiles(networkPaths(folder).wallets, requireName(options.name))
  const vaultKey = await vaultKeyOf(files, options)
  const customer = await removeCustomer(folder, requireNetwork(folder), options.name, vaultKey)
  printResult(
    options.json,
    { ok: true, removed: customer },
    `${customer.name} is removed: every operator has erased its shares.\nThe account ${customer.address} stays.`,
  )
}
