/**
 * The process behind node-prover.ts: a process gives all of its memory back. Killed, it takes its threads along, which are
 * processes as well and end with the channel to it.
 */

import { fork } from 'node:child_process'
import type { ProverOrder } from '@palmhold/wallet/prover'
import { type PartReply, serveOrders } from '@palmhold/wallet/prover-worker'

// The host has ended, however it ended.
process.on('disconnect', () => process.exit(0))

const onOrder = serveOrders(
  ({ onReply, onEnd }) => {
    const thread = fork(new URL('./part-process.ts', import.meta.url), {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    thread.on('message', (reply) => onReply(reply as PartReply))
    thread.on('error', onEnd)
    thread.on('exit', (code, signal) => onEnd(`a thread of the prover ended with ${signal ?? code}`))
    return {
      post(request) {
        thread.send(request, () => {
          if (request.kind === 'compute') request.signals.fill(0)
        })
      },
    }
  },
  (report) => process.send?.(report),
)

process.on('message', (order: ProverOrder) => void onOrder(order))
