/**
 * Serves the terminal page: its bundle, and the hand tracker's files from their npm package. Nothing comes from anywhere
 * else, nothing is inline, no other page may frame it or open it with a handle, and only this page gets the camera.
 */

import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, extname, join } from 'node:path'
import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import { type ApiServer, NotFoundError } from '../http/api-server.ts'
import { terminalBundle } from './page-bundle.ts'

const CONTENT_TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
}
/** WebAssembly is what palms are encoded and hands are found with; workers and frames come from this origin alone. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const PAGE_HEADERS = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(self), microphone=(), geolocation=(), payment=(), usb=(), display-capture=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const

const IMMUTABLE = 'public, max-age=31536000, immutable'
/** A name without a way out of its folder. */
const fileParams = z.object({ file: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/) })

/** Adds the routes of the page. */
export function addTerminalPage(api: ApiServer): void {
  const tracker = dirname(createRequire(import.meta.url).resolve('@mediapipe/hands/package.json'))

  const serve = (reply: FastifyReply, path: string, caching: string) => {
    if (!existsSync(path) || !statSync(path).isFile()) throw new NotFoundError('page')
    return reply
      .headers(PAGE_HEADERS)
      .header('cache-control', caching)
      .header('content-type', CONTENT_TYPES[extname(path)] ?? 'application/octet-stream')
      .header('content-length', statSync(path).size)
      .send(createReadStream(path))
  }

  api.get('/terminal', { schema: { hide: true } }, async (_request, reply) => {
    const html = readFileSync(join(await terminalBundle(), 'index.html'))
    return reply
      .headers(PAGE_HEADERS)
      .header('cache-control', 'no-store')
      .header('content-type', CONTENT_TYPES['.html'])
      .send(html)
  })
  api.get('/terminal/assets/:file', { schema: { hide: true, params: fileParams } }, async ({ params }, reply) =>
    serve(reply, join(await terminalBundle(), 'assets', params.file), IMMUTABLE),
  )
  api.get('/terminal/hands/:file', { schema: { hide: true, params: fileParams } }, async ({ params }, reply) =>
    serve(reply, join(tracker, params.file), 'public, max-age=86400'),
  )
}
