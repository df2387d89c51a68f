/** Test money for customers who enrol at the terminal: asked of whoever started this node, which on a local network has it. */

import type { Hex, PalmErrorCode } from '@palmhold/base'
import { PalmError } from '@palmhold/base'
import type { NodeContext } from '../runtime/node-process.ts'
import { FundingMissingError } from './enrolment-desk.ts'

const TIMEOUT_MS = 15_000

export function createCustomerFunding({
  report,
  onOrder,
}: Pick<NodeContext, 'report' | 'onOrder'>): (address: Hex) => Promise<void> {
  const waiting = new Map<Hex, (code: string | null) => void>()
  onOrder((order) => {
    if (order.kind === 'funded') waiting.get(order.address)?.(order.code)
  })
  return async (address) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const timer = setTimeout(() => reject(new FundingMissingError()), TIMEOUT_MS)
    waiting.set(address, (code) => (code === null ? resolve() : reject(new FundingFailedError(code))))
    report({ kind: 'customer', address })
    try {
      await promise
    } finally {
      clearTimeout(timer)
      waiting.delete(address)
    }
  }
}

/** The chain did not give the money. */
export class FundingFailedError extends PalmError {
  constructor(code: string) {
    super(code as PalmErrorCode, 'the test money did not arrive', { hints: ['Begin the enrolment again.'] })
  }
}
