/**
 * Proving keys over HTTP, kept in a cache: a download that was cut goes on where it stopped (Range, RFC 9110, section 14),
 * and what the cache holds is checked again each time it is read.
 */

import {
  createKeyStore,
  isKeyFile,
  type KeyFile,
  type KeyManifest,
  type KeyStore,
  KeysDamagedError,
  KeysUnreachableError,
} from './key-store.ts'

/** Bytes by name; a name is a hash, or that of a part. Losing an entry costs a download and nothing else. */
export type KeyCache = {
  readonly read: (name: string) => Promise<Uint8Array | undefined>
  readonly write: (name: string, bytes: Uint8Array) => Promise<void>
  readonly remove: (name: string) => Promise<void>
}

const TRIES = 3
/** A part is kept after so many bytes, so that a closed page loses no more. */
const KEEP_EVERY_BYTES = 2 * 1024 * 1024
const STALL_MS = 20_000

export type DownloadOptions = {
  readonly manifest: KeyManifest
  /** Where the files lie, with a slash at its end. */
  readonly baseUrl: string
  readonly cache: KeyCache
  /** A try ends when nothing came for so long; 20 s unless given. */
  readonly stallMs?: number
}

export function createDownloadingKeyStore({ manifest, baseUrl, cache, stallMs }: DownloadOptions): KeyStore {
  return createKeyStore(manifest, async (file, onBytes, signal) => {
    const name = file.sha256.slice(2)
    const kept = await cache.read(name)
    if (kept) {
      if (await isKeyFile(file, kept)) {
        onBytes(kept.length)
        return kept
      }
      await cache.remove(name)
    }
    const bytes = await downloadWithTries(file, { url: new URL(file.file, baseUrl), cache, onBytes, signal, stallMs })
    await cache.write(name, bytes)
    await cache.remove(partName(file))
    return bytes
  })
}

type Download = {
  readonly url: URL
  readonly cache: KeyCache
  readonly onBytes: (bytes: number) => void
  readonly signal: AbortSignal | undefined
  readonly stallMs: number | undefined
}

async function downloadWithTries(file: KeyFile, download: Download): Promise<Uint8Array> {
  const buffer = new Uint8Array(file.bytes)
  const part = (await download.cache.read(partName(file))) ?? new Uint8Array()
  let have = part.length <= file.bytes ? part.length : 0
  buffer.set(part.subarray(0, have))
  for (let attempt = 1; ; attempt++) {
    // Bytes of an earlier try may be damaged, so a whole that is wrong counts as a failure only when it came in one go.
    const isResumed = have > 0
    try {
      have = await downloadFrom(file, buffer, have, download)
    } catch (cause) {
      if (download.signal?.aborted || attempt === TRIES || !(cause instanceof CutError))
        throw cause instanceof CutError ? new KeysUnreachableError(file.file, cause) : cause
      have = cause.have
      continue
    }
    if (await isKeyFile(file, buffer)) return buffer
    await download.cache.remove(partName(file))
    if (!isResumed || attempt === TRIES) throw new KeysDamagedError(file.file)
    have = 0
  }
}

/** Fills `buffer` from byte `from` on and returns its length. @throws {CutError} it ended early, with what is there */
async function downloadFrom(file: KeyFile, buffer: Uint8Array, from: number, download: Download): Promise<number> {
  const { url, cache, onBytes, signal, stallMs = STALL_MS } = download
  const stalled = new AbortController()
  let timer = setTimeout(() => stalled.abort(), stallMs)
  let have = from
  let kept = from
  try {
    if (from === buffer.length) return from
    const response = await fetch(url, {
      signal: signal ? AbortSignal.any([signal, stalled.signal]) : stalled.signal,
      headers: from > 0 ? { range: `bytes=${from}-` } : {},
    })
    if (!response.ok || !response.body) throw new KeysUnreachableError(file.file)
    // A server without ranges sends the whole, and one that sends another part is not believed.
    if (response.status !== 206) have = kept = 0
    else if (!response.headers.get('content-range')?.startsWith(`bytes ${from}-`))
      throw new KeysUnreachableError(file.file)
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      clearTimeout(timer)
      timer = setTimeout(() => stalled.abort(), stallMs)
      if (have + chunk.length > buffer.length) throw new KeysDamagedError(file.file)
      buffer.set(chunk, have)
      have += chunk.length
      onBytes(have)
      if (have - kept >= KEEP_EVERY_BYTES) {
        await cache.write(partName(file), buffer.slice(0, have))
        kept = have
      }
    }
    if (have < buffer.length) throw new CutError(have)
    return have
  } catch (cause) {
    if (cause instanceof KeysDamagedError || cause instanceof KeysUnreachableError) throw cause
    if (have > 0) await cache.write(partName(file), buffer.slice(0, have))
    throw cause instanceof CutError ? cause : new CutError(have, cause)
  } finally {
    clearTimeout(timer)
  }
}

function partName({ sha256 }: KeyFile): string {
  return `${sha256.slice(2)}.part`
}

/** A download that ended early; the bytes before are good. */
class CutError extends KeysUnreachableError {
  readonly have: number

  constructor(have: number, cause?: unknown) {
    super('cut', cause)
    this.have = have
  }
}
