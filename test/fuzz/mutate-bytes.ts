/**
 * Inputs out of valid ones: a seed as it is, with some bytes changed in the ways that parsers stumble over, or bytes of
 * pure chance. Everything follows from the stream of numbers.
 */

import type { SeededRandom } from '@palmhold/palm'

const MAX_EDITS = 4
const MAX_GROWTH = 64
const MAX_RANDOM_BYTES = 4096
/** Lengths and counts at the edges of their types, as they are written into 2 or 4 bytes. */
const EDGES = [
  0, 1, 2, 3, 4, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff,
]
const EDGE_BYTES = [0, 1, 0x20, 0x22, 0x30, 0x5b, 0x7b, 0x7f, 0x80, 0xc0, 0xfe, 0xff]

/** An input near one of `seeds`. */
export function mutateBytes(random: SeededRandom, seeds: readonly Uint8Array[]): Uint8Array {
  const kind = random.unit()
  if (kind < 0.05) return randomBytes(random)
  let bytes: Uint8Array = Uint8Array.from(pick(random, seeds))
  if (kind < 0.1) return bytes
  const edits = random.whole(1, MAX_EDITS)
  for (let i = 0; i < edits; i++) bytes = edit(random, bytes, seeds)
  return bytes
}

/** Bytes of pure chance: many short strings, few long ones. */
export function randomBytes(random: SeededRandom): Uint8Array {
  return fill(random, new Uint8Array(Math.floor(MAX_RANDOM_BYTES ** random.unit()) - 1 + random.whole(0, 1)))
}

export function pick<T>(random: SeededRandom, from: readonly T[]): T {
  return from[random.whole(0, from.length - 1)]!
}

type Edit = (random: SeededRandom, bytes: Uint8Array, seeds: readonly Uint8Array[]) => Uint8Array

const EDITS: readonly Edit[] = [
  // one bit
  (random, bytes) => changed(random, bytes, (byte) => byte ^ (1 << random.whole(0, 7))),
  (random, bytes) => changed(random, bytes, () => pick(random, EDGE_BYTES)),
  (random, bytes) => changed(random, bytes, () => random.whole(0, 255)),
  // a length
  (random, bytes) => writeNumber(random, bytes),
  (random, bytes) => writeNumber(random, bytes),
  // cut short, from either side
  (random, bytes) => bytes.slice(0, random.whole(0, bytes.length)),
  (random, bytes) => bytes.slice(random.whole(0, Math.min(bytes.length, MAX_GROWTH))),
  // something in between
  (random, bytes) => spliced(bytes, at(random, bytes), 0, fill(random, new Uint8Array(random.whole(1, MAX_GROWTH)))),
  (random, bytes) => spliced(bytes, bytes.length, 0, fill(random, new Uint8Array(random.whole(1, MAX_GROWTH)))),
  // something missing, or there twice
  (random, bytes) => spliced(bytes, at(random, bytes), random.whole(1, MAX_GROWTH), new Uint8Array()),
  (random, bytes) => {
    const start = at(random, bytes)
    return spliced(bytes, start, 0, bytes.slice(start, start + random.whole(1, MAX_GROWTH)))
  },
  // the head of one and the tail of another
  (random, bytes, seeds) => {
    const other = pick(random, seeds)
    return spliced(bytes, at(random, bytes), bytes.length, other.slice(at(random, other)))
  },
  // a run overwritten
  (random, bytes) => {
    const start = at(random, bytes)
    const run = fill(random, new Uint8Array(Math.min(random.whole(1, MAX_GROWTH), bytes.length - start)))
    return spliced(bytes, start, run.length, run)
  },
]

function edit(random: SeededRandom, bytes: Uint8Array, seeds: readonly Uint8Array[]): Uint8Array {
  return pick(random, EDITS)(random, bytes, seeds)
}

/** A place in `bytes`, often near its head, where lengths and kinds are. */
function at(random: SeededRandom, bytes: Uint8Array): number {
  const last = Math.max(0, bytes.length - 1)
  return random.unit() < 0.4 ? random.whole(0, Math.min(last, 64)) : random.whole(0, last)
}

function changed(random: SeededRandom, bytes: Uint8Array, change: (byte: number) => number): Uint8Array {
  const place = at(random, bytes)
  if (place < bytes.length) bytes[place] = change(bytes[place]!)
  return bytes
}

function writeNumber(random: SeededRandom, bytes: Uint8Array): Uint8Array {
  const width = pick(random, [2, 4])
  const place = at(random, bytes)
  if (place + width > bytes.length) return bytes
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const littleEndian = random.unit() < 0.3
  const value = pick(random, [...EDGES, bytes.length, bytes.length - place, bytes.length - place - width])
  if (width === 2) view.setUint16(place, value, littleEndian)
  else view.setUint32(place, value, littleEndian)
  return bytes
}

function spliced(bytes: Uint8Array, start: number, removed: number, added: Uint8Array): Uint8Array {
  const rest = bytes.subarray(Math.min(bytes.length, start + removed))
  const out = new Uint8Array(start + added.length + rest.length)
  out.set(bytes.subarray(0, start))
  out.set(added, start)
  out.set(rest, start + added.length)
  return out
}

function fill(random: SeededRandom, bytes: Uint8Array): Uint8Array {
  for (let i = 0; i < bytes.length; i++) bytes[i] = random.whole(0, 255)
  return bytes
}
