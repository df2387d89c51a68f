/**
 * Whether the operators hold what the chain says: every enrolment that is live takes part at all of them or at none, what
 * was revoked is erased, and their gallery root is the one that follows from the chain.
 */

import type { Hex } from '@palmhold/base'
import type { Chain } from '@palmhold/chain'
import { galleryRoot, HAND } from '@palmhold/protocol'
import type { NetworkRecord } from '../../node/src/network/network-record.ts'

const BOTH_HANDS = HAND.left | HAND.right

/** An enrolment as chain and operators have it together. */
export type EnrolmentView = {
  readonly index: number
  readonly owner: Hex
  readonly sharesRoot: Hex
  readonly live: boolean
  /** At each operator. */
  readonly states: readonly string[]
  /** Takes part in matching, at every operator. */
  readonly active: boolean
}

export type GalleryView = { readonly enrolments: readonly EnrolmentView[]; readonly faults: readonly string[] }

/**
 * What the chain and all operators say now.
 * @param gone revoked enrolments that all operators have erased, which are not asked for again: operators take so many
 *   questions a minute; added to. To be emptied when the chain may have gone back
 * @throws {PalmError | TypeError} one of them does not answer
 */
export async function viewGallery(
  { operators }: NetworkRecord,
  governance: Chain,
  gone: Set<number>,
): Promise<GalleryView> {
  const count = await governance.enrolmentCount()
  const views = await Promise.all(
    Array.from({ length: count }, async (_, index): Promise<EnrolmentView> => {
      const { owner, sharesRoot, live } = await governance.enrolment(index)
      const isKnownGone = !live && gone.has(index)
      const states = await Promise.all(operators.map(({ url }) => (isKnownGone ? 'erased' : stateAt(url, index))))
      return { index, owner, sharesRoot, live, states, active: live && states.every((state) => state === 'active') }
    }),
  )
  const faults: string[] = []
  for (const { index, live, active, states } of views) {
    const isGone = states.every((state) => state === 'erased' || state === 'unknown')
    if (!live && isGone) gone.add(index)
    if (!live && !isGone) faults.push(`revoked enrolment ${index} is ${states.join(', ')}`)
    // One that an operator erased before the chain went back is left out by all, and its owner can only revoke it.
    const isLeftOut = states.includes('erased') || !states.includes('active')
    if (live && !active && !isLeftOut) faults.push(`enrolment ${index} is ${states.join(', ')}`)
  }
  const entries = views.filter(({ active }) => active)
  const root = galleryRoot(entries.map(({ index, sharesRoot }) => ({ index, sharesRoot, hands: BOTH_HANDS })))
  const statuses = await Promise.all(operators.map(({ url }) => statusAt(url)))
  statuses.forEach((status, i) => {
    if (status.galleryRoot !== root)
      faults.push(`operator ${i + 1} has ${status.rows} rows under another root; ${2 * entries.length} are expected`)
  })
  return { enrolments: views, faults }
}

async function stateAt(url: string, index: number): Promise<string> {
  return ((await getJson(url, `/v1/enrolments/${index}`)) as { state: string }).state
}

async function statusAt(url: string): Promise<{ galleryRoot: Hex; rows: number }> {
  return (await getJson(url, '/v1/status')) as { galleryRoot: Hex; rows: number }
}

/** What a node answers under `path`. */
export async function getJson(url: string, path: string, headers: Record<string, string> = {}): Promise<unknown> {
  return (await fetch(new URL(path, url), { headers, signal: AbortSignal.timeout(5_000) })).json()
}
