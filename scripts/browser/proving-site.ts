/** Serves the proving page and the development keys, isolated across origins as the wallet is, so that threads may share memory. */

import { readFileSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, defaultClientConditions } from 'vite'

const KEYS = fileURLToPath(new URL('../../packages/zk/keys/development/', import.meta.url))
const KEY_FILES = /^\/keys\/((membership|match)\.(wasm|zkey)|manifest\.json)$/
const TYPES: Record<string, string> = { '.js': 'text/javascript', '.html': 'text/html', '.json': 'application/json' }

export type ProvingSite = {
  readonly url: string
  /** Files that were asked for, and whether a part of them. */
  readonly asked: readonly string[]
  readonly close: () => Promise<void>
}

/** Bundles the page as the wallet is bundled, and serves it on loopback. */
export async function serveProvingSite(): Promise<ProvingSite> {
  const files = await bundle()
  const asked: string[] = []
  const server = createServer((request, response) => {
    const path = new URL(request.url!, 'http://localhost').pathname
    asked.push(request.headers.range ? `${path} ${request.headers.range}` : path)
    const key = KEY_FILES.exec(path)?.[1]
    const content = key ? readFileSync(join(KEYS, key)) : files.get(path)
    answer(response, path, content, request.headers.range)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}/`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

function answer(response: ServerResponse, path: string, content: Uint8Array | undefined, range?: string): void {
  if (!content) return void response.writeHead(404).end()
  const from = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0)
  response.writeHead(from > 0 ? 206 : 200, {
    'content-type': TYPES[extname(path) || '.html'] ?? 'application/octet-stream',
    'content-length': content.length - from,
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-embedder-policy': 'require-corp',
    'content-security-policy': "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'",
    ...(from > 0 ? { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` } : {}),
  })
  response.end(content.subarray(from))
}

async function bundle(): Promise<Map<string, Uint8Array>> {
  const entry = fileURLToPath(new URL('./proving-page.ts', import.meta.url))
  const output = await build({
    configFile: false,
    root: fileURLToPath(new URL('.', import.meta.url)),
    logLevel: 'error',
    resolve: { conditions: ['@palmhold/source', ...defaultClientConditions] },
    worker: { format: 'es' },
    build: { write: false, minify: true, target: 'es2024', rollupOptions: { input: entry } },
  })
  const files = new Map<string, Uint8Array>()
  for (const bundled of [output].flat())
    for (const part of 'output' in bundled ? bundled.output : []) {
      const content = part.type === 'chunk' ? part.code : part.source
      files.set(`/${part.fileName}`, Buffer.from(content))
      if (part.type === 'chunk' && part.isEntry)
        files.set(
          '/',
          Buffer.from(`<!doctype html><title>Palmhold</title><script type="module" src="/${part.fileName}"></script>`),
        )
    }
  return files
}
