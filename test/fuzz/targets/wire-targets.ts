/**
 * Frames of the data plane. Bodies of JSON have many spellings, which changes nothing: nothing hashes or signs a frame, and
 * what is signed is hashed from the values. So a decoder must say exactly what the text says, and what it read must read
 * back as the same; a body of bytes must be the only encoding of its message.
 */

import { concatBytes, encodeFields, equalBytes, toHex, utf8 } from '@palmhold/base'
import { decodeMessage, encodeMessage, type Message } from '@palmhold/matching'
import {
  type Check,
  decodeAbort,
  decodeCheck,
  decodeCountersign,
  decodePartial,
  decodeQuery,
  decodeReply,
  decodeReveal,
  encodeAbort,
  encodeCheck,
  encodeCompare,
  encodeCountersign,
  encodePartial,
  encodeQuery,
  encodeReply,
  encodeReveal,
  type Query,
  type Reveal,
  readFrame,
  type SessionPartial,
  sessionOfCompare,
} from '@palmhold/protocol'
import { SID } from '../../matching/in-memory.ts'
import type { FuzzTarget } from '../fuzz-target.ts'
import { mutateBytes } from '../mutate-bytes.ts'
import { mutateJson } from '../mutate-json.ts'
import { canonical, saysAnother } from '../same-json.ts'
import { nearBytes, nearJson, textOf } from './near-seeds.ts'
import { someAborts, someCountersigns, someQueries, someReplies } from './wire-messages.ts'

const QUERY_TAG = 'palmhold/query/1'

/** Reads a frame of any kind, as an operator and a verifier do. */
export function readAnyFrame(frame: Uint8Array): unknown {
  const { kind, body } = readFrame(frame)
  return { message: READERS[kind]!(body) }
}

const READERS: Readonly<Record<number, (body: Uint8Array) => unknown>> = {
  1: decodeQuery,
  2: decodeReply,
  3: decodeCountersign,
  4: (body) => [sessionOfCompare(body), decodeMessage(body)],
  5: decodeAbort,
  6: decodeReveal,
  7: decodeCheck,
  8: decodePartial,
}

const messages: readonly Message[] = [0, 4, 400].map((length, k) => ({
  sid: SID,
  round: k + 1,
  from: 1,
  to: 0,
  chunk: k,
  payload: new Uint8Array(length).fill(k),
}))

const sid = toHex(SID)
const someReveals: readonly Reveal[] = [
  { sid, nonce: new Uint8Array(32).fill(5), commitments: new Uint8Array(32).fill(7) },
]
const someChecks: readonly Check[] = [0, 160, 240].map((length) => ({ sid, values: new Uint8Array(length).fill(6) }))
const somePartials: readonly SessionPartial[] = [{ sid, bytes: new Uint8Array(128).fill(8) }]

function someFrames(): Uint8Array[] {
  return [
    ...someQueries().map(encodeQuery),
    ...someReplies().map(encodeReply),
    ...someCountersigns().map(encodeCountersign),
    ...messages.map((message) => encodeCompare(encodeMessage(message))),
    ...someAborts().map(encodeAbort),
    ...someReveals.map(encodeReveal),
    ...someChecks.map(encodeCheck),
    ...somePartials.map(encodePartial),
  ]
}

/** A target of a message whose body is JSON. */
function jsonBody<T>(
  name: string,
  seeds: () => T[],
  decode: (body: Uint8Array) => T,
  encode: (value: T) => Uint8Array,
) {
  return nearJson(seeds, {
    name,
    weight: 70,
    // In a wrapping: a reply that says no is a message that was accepted.
    decode: (body) => ({ message: decode(body) }),
    complaint(result, input) {
      const { message } = result as { message: T }
      return saysAnother(textOf(input), message) ?? readsBack(message, decode, encode)
    },
  })
}

function readsBack<T>(value: T, decode: (body: Uint8Array) => T, encode: (value: T) => Uint8Array): string | undefined {
  const again = decode(readFrame(encode(value)).body)
  return canonical(again) === canonical(value) ? undefined : 'written again it reads as something else'
}

/** A target of a message of bytes, which must be the only encoding of what it says. */
function onlyBytes<T>(
  name: string,
  frames: () => Uint8Array[],
  decode: (body: Uint8Array) => T,
  encode: (value: T) => Uint8Array,
): FuzzTarget {
  return nearBytes(() => frames().map((frame) => readFrame(frame).body), {
    name,
    weight: 40,
    decode,
    complaint: (result, input) =>
      equalBytes(readFrame(encode(result as T)).body, input) ? undefined : 'two encodings say the same message',
  })
}

const queryTarget: FuzzTarget = {
  name: 'wire/query',
  weight: 90,
  open() {
    const seeds = someQueries()
    const headers = seeds.map(({ package: _, ...header }) => header)
    const bodies = seeds.map((query) => readFrame(encodeQuery(query)).body)
    return {
      make: (random) =>
        random.unit() < 0.4
          ? mutateBytes(random, bodies)
          : encodeFields(QUERY_TAG, [
              mutateJson(random, headers),
              mutateBytes(
                random,
                seeds.map((one) => one.package),
              ),
            ]),
      decode: decodeQuery,
      complaint: (result) => {
        const again = decodeQuery(readFrame(encodeQuery(result as Query)).body)
        return canonical(again) === canonical(result) ? undefined : 'written again it reads as something else'
      },
    }
  },
}

export const wireTargets: readonly FuzzTarget[] = [
  nearBytes(someFrames, { name: 'wire/frame', weight: 90, decode: readAnyFrame }),
  queryTarget,
  jsonBody('wire/reply', someReplies, decodeReply, encodeReply),
  jsonBody('wire/countersign', someCountersigns, decodeCountersign, encodeCountersign),
  jsonBody('wire/abort', someAborts, decodeAbort, encodeAbort),
  nearBytes(() => messages.map(encodeMessage), {
    name: 'wire/compare',
    weight: 80,
    decode: decodeMessage,
    complaint: (result, input) =>
      equalBytes(encodeMessage(result as Message), input) ? undefined : 'two encodings say the same message',
  }),
  onlyBytes('wire/reveal', () => someReveals.map(encodeReveal), decodeReveal, encodeReveal),
  onlyBytes('wire/check', () => someChecks.map(encodeCheck), decodeCheck, encodeCheck),
  onlyBytes('wire/partial', () => somePartials.map(encodePartial), decodePartial, encodePartial),
  // Not a frame: random kinds before every body, so that no decoder takes what another wrote.
  nearBytes(() => someFrames().map((frame) => concatBytes(utf8('\u0003'), frame.subarray(1))), {
    name: 'wire/frame-of-another-kind',
    weight: 20,
    decode: readAnyFrame,
  }),
]
