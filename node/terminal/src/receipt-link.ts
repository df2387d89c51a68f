/** A receipt as a text that a wallet opens: what was paid to whom, and the transaction by which anybody checks it. */

import type { ReceiptView } from '../../src/terminal/terminal-shapes.ts'

export function receiptLink(receipt: ReceiptView, chainId: number): string {
  const fields = {
    v: '1',
    c: String(chainId),
    x: receipt.txHash.slice(2),
    r: receipt.requestHash.slice(2),
    a: String(receipt.amountMinor),
    m: receipt.merchantDid,
    t: String(receipt.settledAt),
  }
  return `web+palmhold:receipt?${new URLSearchParams(fields)}`
}
