/** Keeps trust.json in step with the enrolment tree: whoever verifies an attestation finds the root that it names. */

import { errorCode } from '@palmhold/base'
import type { Chain } from '@palmhold/chain'

/**
 * Calls `refresh` after each change of an enrolment, one call at a time, until `signal` aborts. A chain that does not answer
 * is asked again with the next change.
 */
export async function keepTrust(options: {
  chain: Pick<Chain, 'enrolmentCount' | 'watchEnrolments'>
  refresh: () => Promise<void>
  signal: AbortSignal
  log: (line: string) => void
}): Promise<void> {
  const { chain, refresh, signal, log } = options
  let refreshing: Promise<void> = Promise.resolve()
  let isWaiting = false
  const onChange = () => {
    // One that waits sees this change too.
    if (isWaiting) return
    isWaiting = true
    refreshing = refreshing.then(async () => {
      isWaiting = false
      if (!signal.aborted) await refresh().catch((error) => log(`trust.json is behind: ${errorCode(error)}`))
    })
  }
  await chain.watchEnrolments(await chain.enrolmentCount(), onChange, signal)
  await refreshing
}
