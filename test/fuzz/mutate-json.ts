/**
 * JSON documents out of valid ones: values exchanged for those that readers stumble over, fields left out, added, named
 * like parts of every object, or there twice; nesting and lengths out of proportion; and now and then the text itself
 * bent. Everything follows from the stream of numbers.
 */

import type { SeededRandom } from '@palmhold/palm'
import { mutateBytes, pick } from './mutate-bytes.ts'

const MAX_EDITS = 3
const DEEP = 20_000
const LONG = 20_000
const MANY = 2_000

type Container = Record<string, unknown> | unknown[]

/** Text that JSON.stringify could not have written stands behind such a mark until the document is text. */
const RAW = 'raw text 6f1c'

const raw = (text: string) => `${RAW}${text}`

const NUMBERS = [0, -1, 1, 0.5, 255, 256, 65_535, 65_536, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32]
const LARGE_NUMBERS = [2 ** 53 - 1, 2 ** 53, 2 ** 64, -(2 ** 53), 1e308, 5e-324]
const SPELLINGS = ['1e999', '-1e999', '-0', '1.0', '1E0', `1${'0'.repeat(400)}`, `0.${'0'.repeat(400)}1`]
const STRINGS = [
  '',
  ' ',
  '0x',
  '0X00',
  '\0',
  '\ud800',
  '\u202e',
  '\ufeff',
  '\u{1f590}',
  'e\u0301',
  'NaN',
  'null',
  '__proto__',
  '../../x',
  '%00',
  "'",
  '"',
]
const KEYS = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'toJSON',
  'then',
  '',
  'ok',
  '\u0000',
  'length',
]

/** The text of a document near one of `seeds`. */
export function mutateJson(random: SeededRandom, seeds: readonly unknown[]): Uint8Array {
  const kind = random.unit()
  const document: unknown = structuredClone(pick(random, seeds))
  if (kind < 0.04) return encode(JSON.stringify(document))
  if (kind < 0.1) return mutateBytes(random, [encode(JSON.stringify(document))])
  let edited = document
  const edits = random.whole(1, MAX_EDITS)
  for (let i = 0; i < edits; i++) edited = edit(random, edited)
  const text = unmark(random, JSON.stringify(edited) ?? 'null')
  return random.unit() < 0.1 ? bentText(random, text) : encode(text)
}

/** A value that is likely to be at the edge of something. */
export function nastyValue(random: SeededRandom, before: unknown = undefined): unknown {
  const kind = random.whole(0, 15)
  if (kind === 0) return pick(random, NUMBERS)
  if (kind === 1) return pick(random, LARGE_NUMBERS)
  if (kind === 2) return raw(pick(random, SPELLINGS))
  if (kind <= 4) return pick(random, STRINGS)
  if (kind === 5) return pick(random, [null, true, false])
  if (kind === 6) return pick<unknown>(random, [[], {}, [null], { '': 0 }])
  if (kind <= 9 && typeof before === 'string') return bentString(random, before)
  if (kind <= 9 && typeof before === 'number') return before + random.whole(-2, 2)
  if (kind === 10 && Array.isArray(before)) return Array.from({ length: 16 }, () => before[0] ?? 0)
  // what is out of proportion is slow to read as well, so it is rare
  if (kind === 11 && random.unit() < 0.02) return raw(`${'['.repeat(DEEP)}${']'.repeat(DEEP)}`)
  if (kind === 12 && random.unit() < 0.02) return 'f'.repeat(LONG)
  if (kind === 13 && random.unit() < 0.02) return Array.from({ length: MANY }, () => before ?? 0)
  if (kind === 14 && random.unit() < 0.02) return raw(`${'{"a":'.repeat(DEEP)}1${'}'.repeat(DEEP)}`)
  return before === undefined ? 7 : [before]
}

/** A string of the same kind: hexadecimal stays so, now and then with another length or case. */
function bentString(random: SeededRandom, text: string): string {
  const how = random.whole(0, 6)
  const place = random.whole(0, Math.max(0, text.length - 1))
  if (how === 0) return text.slice(0, place)
  if (how === 1) return text + text
  if (how === 2) return text.toUpperCase()
  if (how === 3) return ` ${text}\n`
  if (how === 4) return text.slice(0, place) + pick(random, STRINGS) + text.slice(place + 1)
  return text.slice(0, place) + random.whole(0, 15).toString(16) + text.slice(place + 1)
}

function edit(random: SeededRandom, document: unknown): unknown {
  const places = containersOf(document)
  if (places.length === 0 || random.unit() < 0.02) return nastyValue(random, document)
  const container = pick(random, places)
  const keys = Object.keys(container)
  const how = random.unit()
  if (how < 0.15) add(random, container)
  else if (keys.length === 0) return document
  else if (how < 0.3) remove(container, pick(random, keys))
  else if (how < 0.4) exchange(random, container, keys)
  else setOwn(container, pick(random, keys), (before) => nastyValue(random, before))
  return document
}

function add(random: SeededRandom, container: Container): void {
  if (Array.isArray(container)) container.push(structuredClone(pick(random, [...container, nastyValue(random)])))
  else setOwn(container, pick(random, KEYS), () => nastyValue(random))
}

function remove(container: Container, key: string): void {
  if (Array.isArray(container)) container.splice(Number(key), 1)
  else delete container[key]
}

/** Two fields change their values. */
function exchange(random: SeededRandom, container: Container, keys: readonly string[]): void {
  const [one, other] = [pick(random, keys), pick(random, keys)]
  const fields = container as Record<string, unknown>
  const kept = fields[one]
  setOwn(container, one, () => fields[other])
  setOwn(container, other, () => kept)
}

/** Sets a field of the object itself, whatever its name: an assignment to `__proto__` would not. */
function setOwn(container: Container, key: string, value: (before: unknown) => unknown): void {
  const before = Object.hasOwn(container, key) ? (container as Record<string, unknown>)[key] : undefined
  Object.defineProperty(container, key, { value: value(before), enumerable: true, writable: true, configurable: true })
}

/** Every object and list of a document. */
function containersOf(document: unknown): Container[] {
  if (typeof document !== 'object' || document === null) return []
  return [document as Container, ...Object.values(document).flatMap(containersOf)]
}

/** Puts raw text in the place of its marks, and now and then a field there twice. */
function unmark(random: SeededRandom, text: string): string {
  const whole = text.replace(new RegExp(`"${RAW}((?:[^"\\\\]|\\\\.)*)"`, 'g'), (_, inner: string) =>
    JSON.parse(`"${inner}"`),
  )
  if (random.unit() > 0.05) return whole
  const field = /"[a-zA-Z]+":("[^"\\]*"|\d+)/.exec(whole)?.[0]
  return field === undefined ? whole : whole.replace('{', `{${field},`)
}

function bentText(random: SeededRandom, text: string): Uint8Array {
  const how = random.whole(0, 4)
  if (how === 0) return encode(`\ufeff${text}`)
  if (how === 1) return encode(` \n\t${text} `)
  if (how === 2)
    return encode(text.replace(/"([a-z])/, (_, letter: string) => `"\\u00${letter.charCodeAt(0).toString(16)}`))
  if (how === 3) return encode(`${text}${text}`)
  return mutateBytes(random, [encode(text)])
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
