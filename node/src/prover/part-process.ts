/** A thread of prover-process.ts. It is a process: ffjavascript does not run in a worker thread of Node. */

import { createPartServer, type PartRequest } from '@palmhold/wallet/prover-worker'

const answer = createPartServer()
/** One after the other: what they share is not made for two at once. */
let last: Promise<void> = Promise.resolve()

process.on('disconnect', () => process.exit(0))
process.on('message', (request: PartRequest) => {
  last = last.then(async () => void process.send?.(await answer(request)))
})
