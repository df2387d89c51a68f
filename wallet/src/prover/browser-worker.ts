/** The Web Worker behind browser-prover.ts; its threads are Web Workers that it starts, and that end with it. */

import type { PartReply } from './part-thread.ts'
import { serveOrders } from './serve-orders.ts'
import type { ProverOrder } from './worker-prover.ts'

const onOrder = serveOrders(
  ({ onReply, onEnd }) => {
    const thread = new Worker(new URL('./browser-part-worker.ts', import.meta.url), { type: 'module' })
    thread.onmessage = ({ data }: MessageEvent<PartReply>) => onReply(data)
    thread.onerror = (event) => {
      thread.terminate()
      onEnd(event.message)
    }
    return {
      // Signals are secret: they are moved, and no copy stays here.
      post: (request) => thread.postMessage(request, request.kind === 'compute' ? [request.signals.buffer] : []),
    }
  },
  (report) => postMessage(report),
)

addEventListener('message', ({ data }: MessageEvent<ProverOrder>) => void onOrder(data))
