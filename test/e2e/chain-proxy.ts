/** A way to the chain that can be cut: it passes JSON-RPC calls on, and does to transactions what the test asks for. */

import { createServer, type IncomingMessage, request as openRequest, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Loses a transaction before the chain has it, or the chain's answer to it. */
export type Fault = 'lose-transaction' | 'lose-answer'

export type ChainProxy = {
  readonly url: string
  /**
   * Puts every transaction that carries `word` (32 bytes, in hex) under `fault` until the returned function is called;
   * `onFault` hears of each once it is where the fault leaves it.
   */
  readonly cut: (fault: Fault, word: string, onFault?: () => void) => () => void
  /** Loses every call, as a line that is down does, until the returned function is called. */
  readonly goDown: () => () => void
  readonly close: () => Promise<void>
}

/** A proxy in front of the chain at `rpcUrl`. */
export async function startChainProxy(rpcUrl: string): Promise<ChainProxy> {
  let isDown = false
  let cut: { fault: Fault; word: string; onFault: () => void } | undefined
  const forward = async (body: string, response: ServerResponse) => {
    if (isDown) return void response.socket?.destroy()
    const under = cut && body.includes('eth_sendRawTransaction') && body.includes(cut.word) ? cut : undefined
    const lose = ({ onFault }: { onFault: () => void }) => {
      // first, so that whoever is killed here never learns that its connection is gone
      onFault()
      response.socket?.destroy()
    }
    if (under?.fault === 'lose-transaction') return lose(under)
    const { status, text } = await post(rpcUrl, body)
    if (under) return lose(under)
    response.writeHead(status, { 'content-type': 'application/json' }).end(text)
  }
  const server: Server = createServer((request: IncomingMessage, response) => {
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('end', () => {
      forward(Buffer.concat(pieces).toString('utf8'), response).catch(() => response.socket?.destroy())
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut(fault, word, onFault = () => undefined) {
      cut = { fault, word: word.replace(/^0x/, '').toLowerCase(), onFault }
      return () => {
        cut = undefined
      }
    },
    goDown() {
      isDown = true
      return () => {
        isDown = false
      }
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** One call on a connection of its own: the chain may close one that was kept, just as the next call is on its way. */
function post(url: string, body: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    const call = openRequest(url, { method: 'POST', headers, agent: false }, (answer) => {
      const pieces: Buffer[] = []
      answer.on('data', (piece: Buffer) => pieces.push(piece))
      answer.on('error', reject)
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 502, text: Buffer.concat(pieces).toString('utf8') }),
      )
    })
    call.on('error', reject)
    call.end(body)
  })
}
