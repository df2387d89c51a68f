/** What became of something that must be refused. */

import { errorCode } from '@palmhold/base'

export type Refusal = { readonly ok: false; readonly reason: string } | { readonly ok: true; readonly reason: null }

/** Runs `work`, which is to fail; `ok` is true where it did not. */
export async function refusalOf(work: () => Promise<unknown>): Promise<Refusal> {
  try {
    await work()
    return { ok: true, reason: null }
  } catch (error) {
    return { ok: false, reason: errorCode(error) }
  }
}
