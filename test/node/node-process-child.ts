/** A node that never comes to its feet, or one that takes its time to lie down: see node-process.test.ts. */

import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { runNodeProcess } from '../../node/src/runtime/node-process.ts'

/** Longer than a node that is still starting is given. */
const STOP_MS = 2_500

await runNodeProcess(z.object({ hangs: z.boolean() }), async ({ hangs }, { report }) => {
  if (hangs) {
    report({ kind: 'waiting', needs: 'funds', address: '0x00' })
    // As a call to a chain that has ended: nothing comes of it, and the process lives.
    await delay(600_000)
  }
  setImmediate(() => report({ kind: 'waiting', needs: 'committee', address: '0x00' }))
  return {
    async stop() {
      await delay(STOP_MS)
      process.stdout.write('stopped\n')
    },
  }
})
