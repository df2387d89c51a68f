/** What `receipts` does. */

import { requireNetwork } from '../../network/network-record.ts'
import { fetchReceipts, verifierPlace } from '../../verifier/terminal-client.ts'
import { printResult } from '../output.ts'
import { describeReceipt } from './describe-receipt.ts'
import { folderOf } from './folder-option.ts'

export type ReceiptsOptions = { folder: string; limit: number; json?: boolean }

export async function showReceipts(options: ReceiptsOptions): Promise<void> {
  const record = requireNetwork(folderOf(options))
  const receipts = await fetchReceipts(verifierPlace(record.verifier), options.limit)
  const text = receipts.length === 0 ? 'Nothing was paid yet.' : receipts.map(describeReceipt).join('\n\n')
  printResult(options.json, { receipts }, text)
}
