/**
 * The merchant's name as the terminal shows it: from the credential, verified again every minute. A name that does not
 * verify any more goes after five minutes, since a chain that does not answer for a moment looks the same.
 */

import type { Clock } from '@palmhold/base'

const VERIFY_EVERY_S = 60
const BELIEVED_S = 300

/** `verify` resolves to the name, or to nothing where the credential does not hold or cannot be checked. */
export function createMerchantLabel(
  verify: () => Promise<string | undefined>,
  clock: Clock,
): () => Promise<string | undefined> {
  let known: { name: string; verifiedAt: number } | undefined
  let askedAt = Number.NEGATIVE_INFINITY
  let asking: Promise<void> | undefined

  const ask = async () => {
    askedAt = clock()
    const name = await verify().catch(() => undefined)
    if (name !== undefined) known = { name, verifiedAt: clock() }
    else if (known !== undefined && clock() - known.verifiedAt > BELIEVED_S) known = undefined
  }
  return async () => {
    if (clock() - askedAt >= VERIFY_EVERY_S)
      asking ??= ask().finally(() => {
        asking = undefined
      })
    // Only the first page waits for it.
    if (known === undefined) await asking
    return known?.name
  }
}
