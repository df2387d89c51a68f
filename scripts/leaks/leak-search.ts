/**
 * Searches bytes for secrets of a run: 128 bits in a row of a palm code, or 32 bytes in a row of a picture's textured
 * part or of a picture file, or 207 of a share, in every encoding that code of ours or a logger would give them:
 *
 *   packed bits at any alignment and either bit order       bit-windows.ts
 *   raw bytes                                               byte-windows.ts
 *   one word a bit (0/1, +-1; 8 to 64 bits, floats, ASCII)  symbol-runs.ts
 *   hexadecimal, base64, base64url, lists of numbers        text-runs.ts
 *
 * Encodings may lie in one another (base64 of JSON of +-1 words): what text decodes to is searched again, three deep.
 * A finding is a full match of the window, never a fingerprint; a window by chance has a probability below 2^-100 for
 * every place. Not found: what is compressed, encrypted, cut into smaller pieces, or computed from the secret.
 */

import { COARSE_STEP } from './byte-windows.ts'
import { Scratch } from './scratch.ts'
import { forEachSymbolRun, SYMBOL_WIDTHS, type SymbolWidth } from './symbol-runs.ts'
import { forEachTextRun, type TextForm } from './text-runs.ts'
import { createWindowSearch, type WindowSearch } from './window-search.ts'

/** How deep encodings are followed. */
const MAX_DEPTH = 3
/** Streams are searched in pieces of this size. */
const PIECE_BYTES = 1 << 20
/** What two pieces have in common: more than the widest encoding of one window, 128 bits as hexadecimal of 64-bit words. */
const OVERLAP_BYTES = 1 << 14
/** Empty pages of this size are passed over. */
const PAGE_BYTES = 1 << 12

/** One secret in one place; further windows of it there are not listed. */
export type Finding = {
  /** Where it was: a path, a message, a block. */
  readonly source: string
  /** Which secret, by the name it was added under. */
  readonly secret: string
  /** How it was encoded there, outermost first. */
  readonly encoding: string
  /** Byte within the source where the match, or the text that holds it, begins. */
  readonly offset: number
  /** Length of the match in bits. */
  readonly bits: number
}

/** A stream under search; it takes nothing after its end. */
export type SearchStream = { readonly push: (chunk: Uint8Array) => void; readonly end: () => Finding[] }

export type LeakSearch = {
  /** A palm code of `bits` bits; bit i in byte i >> 3 at position i & 7. */
  addCode(label: string, packed: Uint8Array, bits?: number): void
  /** Grey values of a picture, or the bytes of its file. */
  addBytes(label: string, bytes: Uint8Array): void
  /** A long random string such as a share, of which 207 bytes in a row may not be found. */
  addShare(label: string, bytes: Uint8Array): void
  /** How many secrets are looked for. */
  readonly secrets: number
  /** Searches one source in one piece. */
  search(source: string, bytes: Uint8Array): Finding[]
  /** Searches one source that comes in chunks of any size, in bounded memory. */
  stream(source: string): SearchStream
}

export function createLeakSearch(): LeakSearch {
  const windows = createWindowSearch()
  const spare: Workspace[] = []
  let secrets = 0

  return {
    addCode(label, packed, bits = 8 * packed.length) {
      windows.addBits(label, { bytes: packed.slice(), bits })
      secrets++
    },
    addBytes(label, bytes) {
      windows.addBytes(label, bytes.slice())
      secrets++
    },
    addShare(label, bytes) {
      windows.addBytes(label, bytes.slice(), COARSE_STEP)
      secrets++
    },
    get secrets() {
      return secrets
    },
    search(source, bytes) {
      const stream = openStream(windows, spare, source)
      stream.push(bytes)
      return stream.end()
    },
    stream: (source) => openStream(windows, spare, source),
  }
}

type Note = (secret: string, encoding: string, offset: number, bits: number) => void

/** The memory of one stream, for one after the other: short ones come by the thousand. */
type Workspace = { readonly piece: Uint8Array; readonly scratch: Scratch }

function openStream(windows: WindowSearch, spare: Workspace[], source: string): SearchStream {
  const findings = new Map<string, Finding>()
  const workspace = spare.pop() ?? { piece: new Uint8Array(PIECE_BYTES), scratch: new Scratch(MAX_DEPTH * PIECE_BYTES) }
  const { piece, scratch } = workspace
  let filled = 0
  let mostFilled = 0
  let base = 0

  const note: Note = (secret, encoding, offset, bits) => {
    const key = `${secret} ${encoding}`
    const known = findings.get(key)
    if (known === undefined || known.bits < bits)
      findings.set(key, { source, secret, encoding, offset: base + offset, bits })
  }
  const searchPiece = () => {
    forEachFilledPart(piece.subarray(0, filled), (part, from) =>
      searchPart(
        { windows, scratch, note: (secret, encoding, at, bits) => note(secret, encoding, from + at, bits) },
        part,
      ),
    )
  }

  return {
    push(chunk) {
      for (let at = 0; at < chunk.length; ) {
        const taken = Math.min(chunk.length - at, piece.length - filled)
        piece.set(chunk.subarray(at, at + taken), filled)
        at += taken
        filled += taken
        mostFilled = Math.max(mostFilled, filled)
        if (filled < piece.length) return
        searchPiece()
        piece.copyWithin(0, filled - OVERLAP_BYTES)
        base += filled - OVERLAP_BYTES
        filled = OVERLAP_BYTES
      }
    },
    end() {
      searchPiece()
      piece.fill(0, 0, mostFilled)
      scratch.wipe()
      spare.push(workspace)
      return [...findings.values()]
    },
  }
}

/** The parts of `piece` between empty pages: a window with 64 or more zeros in a row is left out in every encoding. */
function forEachFilledPart(piece: Uint8Array, onPart: (part: Uint8Array, from: number) => void): void {
  let from = -1
  for (let at = 0; at < piece.length; at += PAGE_BYTES) {
    const isFilled = !isZero(piece, at, Math.min(at + PAGE_BYTES, piece.length))
    if (isFilled && from < 0) from = at
    if (isFilled || from < 0) continue
    onPart(piece.subarray(from, at), from)
    from = -1
  }
  if (from >= 0) onPart(piece.subarray(from), from)
}

function isZero(bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (bytes[i] !== 0) return false
  return true
}

type Place = { readonly windows: WindowSearch; readonly scratch: Scratch; readonly note: Note }

/** Searches `part` as it is and as what it may encode. */
function searchPart({ windows, scratch, note }: Place, part: Uint8Array): void {
  /** What the bytes at hand were decoded from, outermost first, and where in `part` that begins. */
  const forms: TextForm[] = []
  let origin = 0

  const report = (form: string, offset: number, bits: number, secret: string) =>
    note(secret, [form, ...forms.toReversed()].join(' in '), forms.length === 0 ? offset : origin, bits)
  const searchBytes = (bytes: Uint8Array) => {
    windows.search(bytes, ({ label, bits, offset }) => report('bytes', offset, bits, label))
    for (const width of SYMBOL_WIDTHS)
      forEachSymbolRun(bytes, width, (packed, at) =>
        windows.search(packed, ({ label, bits }) => report(wordName(width), at, bits, label)),
      )
    if (forms.length < MAX_DEPTH) forEachTextRun(bytes, scratch, descend)
  }
  const descend = (form: TextForm, bytes: Uint8Array, offset: number) => {
    if (forms.length === 0) origin = offset
    forms.push(form)
    searchBytes(bytes)
    forms.pop()
  }
  searchBytes(part)
}

function wordName(width: SymbolWidth): string {
  return width === 1 ? 'a byte a bit' : `${width} bytes a bit`
}
