/** Free TCP ports on loopback. */

import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

/**
 * Systems hand out ports above these for connections that go out (Linux from 32768, others from 49152): one of them may
 * be gone when what listened there comes back, even to a client that has tried to reach it meanwhile.
 */
const LOWEST = 20_000
const HIGHEST = 32_000
const TRIES = 50

/** A port that nobody listens on now, and that no outgoing connection takes. */
export async function freePort(): Promise<number> {
  for (let i = 0; i < TRIES; i++) {
    const port = randomInt(LOWEST, HIGHEST)
    if (await isPortFree(port)) return port
  }
  return anyFreePort()
}

function anyFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

/** Whether nobody listens on `port`. */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
