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
  type LoadOptions,
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
/** No circuit of ours needs more; a server that says so is wrong. */
const MOST_BYTES = 64 * 1024 * 1024

export type DownloadOptions = {
  readonly manifest: KeyManifest
  /** Where the files lie, with a slash at its end. */
  readonly baseUrl: string
  readonly cache: KeyCache
  /** A try ends when nothing came for so long; 20 s unless given. */
  readonly stallMs?: number
}

export function createDownloadingKeyStore(options: DownloadOptions): KeyStore {
  const { cache } = options
  return createKeyStore(options.manifest, async (file, load) => {
    const kept = await cache.read(file.sha256)
    if (kept) {
      if (await isKeyFile(file, kept)) {
        load.onProgress?.(file.name, kept.length, kept.length)
        return kept
      }
      await cache.remove(file.sha256)
    }
    const bytes = await download(file, options, load)
    await cache.write(file.sha256, bytes)
    await cache.remove(partName(file))
    return bytes
  })
}

async function download(file: KeyFile, options: DownloadOptions, load: LoadOptions): Promise<Uint8Array> {
  const { cache } = options
  let part = (await cache.read(partName(file))) ?? new Uint8Array()
  for (let attempt = 1; ; attempt++) {
    // Bytes of an earlier try may be damaged, so a whole that is wrong counts as a failure only when it came in one go.
    const isResumed = part.length > 0
    let whole: Uint8Array
    try {
      whole = await downloadFrom(file, part, options, load)
    } catch (cause) {
      if (load.signal?.aborted || attempt === TRIES || !(cause instanceof CutError)) throw cause
      part = cause.part
      continue
    }
    if (await isKeyFile(file, whole)) return whole
    await cache.remove(partName(file))
    if (!isResumed || attempt === TRIES) throw new KeysDamagedError(file.name)
    part = new Uint8Array()
  }
}

/** The whole file, of which `part` is there. @throws {CutError} it ended early, with what is there then */
async function downloadFrom(
  file: KeyFile,
  part: Uint8Array,
  { baseUrl, cache, stallMs = STALL_MS }: DownloadOptions,
  { signal, onProgress }: LoadOptions,
): Promise<Uint8Array> {
  const stalled = new AbortController()
  let timer = setTimeout(() => stalled.abort(), stallMs)
  let [buffer, have, kept] = [part, part.length, part.length]
  try {
    const response = await fetch(new URL(file.name, baseUrl), {
      signal: signal ? AbortSignal.any([signal, stalled.signal]) : stalled.signal,
      headers: part.length > 0 ? { range: `bytes=${part.length}-` } : {},
    })
    const { from, totalBytes } = rangeOf(file, response, part.length)
    have = kept = from
    buffer = new Uint8Array(totalBytes)
    buffer.set(part.subarray(0, from))
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      clearTimeout(timer)
      timer = setTimeout(() => stalled.abort(), stallMs)
      if (have + chunk.length > totalBytes) throw new KeysDamagedError(file.name)
      buffer.set(chunk, have)
      have += chunk.length
      onProgress?.(file.name, have, totalBytes)
      if (have - kept < KEEP_EVERY_BYTES) continue
      await cache.write(partName(file), buffer.slice(0, have))
      kept = have
    }
    if (have < totalBytes) throw new CutError(file.name, buffer.slice(0, have))
    return buffer
  } catch (cause) {
    if (cause instanceof KeysDamagedError || (cause instanceof KeysUnreachableError && !(cause instanceof CutError)))
      throw cause
    const there = buffer.slice(0, have)
    if (have > 0) await cache.write(partName(file), there)
    throw cause instanceof CutError ? cause : new CutError(file.name, there, cause)
  } finally {
    clearTimeout(timer)
  }
}

/**
 * Where the body of `response` begins in the file, and how long the file is.
 * @throws {KeysUnreachableError} no file @throws {KeysDamagedError} another part than was asked for, or too much
 */
function rangeOf(file: KeyFile, response: Response, asked: number): { from: number; totalBytes: number } {
  // What is there is the whole file already, or more than it: begin again.
  if (response.status === 416) throw new CutError(file.name, new Uint8Array())
  if (!response.ok || !response.body) throw new KeysUnreachableError(file.name)
  const range = /^bytes (\d+)-\d+\/(\d+)$/.exec(response.headers.get('content-range') ?? '')
  // A server without ranges sends the whole.
  const [from, totalBytes] =
    response.status === 206
      ? [Number(range?.[1]), Number(range?.[2])]
      : [0, Number(response.headers.get('content-length'))]
  if (!(from === 0 || from === asked) || !(totalBytes > 0 && totalBytes <= MOST_BYTES))
    throw new KeysDamagedError(file.name)
  return { from, totalBytes }
}

function partName({ sha256 }: KeyFile): string {
  return `${sha256}.part`
}

/** A download that ended early, with the bytes before. */
class CutError extends KeysUnreachableError {
  readonly part: Uint8Array

  constructor(file: string, part: Uint8Array, cause?: unknown) {
    super(file, cause)
    this.part = part
  }
}
