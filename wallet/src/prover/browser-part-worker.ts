/** A thread of browser-worker.ts. */

import { createPartServer, type PartRequest } from './part-thread.ts'

const answer = createPartServer()
/** One after the other: what they share is not made for two at once. */
let last: Promise<void> = Promise.resolve()

addEventListener('message', ({ data }: MessageEvent<PartRequest>) => {
  last = last.then(async () => postMessage(await answer(data)))
})
