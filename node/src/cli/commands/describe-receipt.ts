/** What `pay` and `receipts` print of a receipt. */

import type { Receipt } from '../../verifier/receipt.ts'
import { euros } from '../output.ts'

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
