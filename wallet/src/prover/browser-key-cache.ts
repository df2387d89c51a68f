/** Proving keys in the Cache Storage of a browser, which may drop them when space runs short. */

import type { KeyCache } from './download-keys.ts'

const CACHE_NAME = 'palmhold-proving-keys-1'

export function createBrowserKeyCache(): KeyCache {
  const opened = () => caches.open(CACHE_NAME)
  /** Entries are named by addresses; nothing answers at these. */
  const addressOf = (name: string) => new URL(`/proving-keys/${name}`, location.origin).href
  return {
    async read(name) {
      const entry = await (await opened()).match(addressOf(name))
      return entry ? new Uint8Array(await entry.arrayBuffer()) : undefined
    },
    async write(name, bytes) {
      await (await opened()).put(addressOf(name), new Response(bytes as Uint8Array<ArrayBuffer>))
    },
    async remove(name) {
      await (await opened()).delete(addressOf(name))
    },
  }
}
