/** Decoders of packages/base: hexadecimal, and the canonical encoding of fields. */

import { decodeFields, encodeFields, equalBytes, fromHex, toHex } from '@palmhold/base'
import { createSeededRandom } from '@palmhold/palm'
import type { FuzzTarget } from '../fuzz-target.ts'
import { randomBytes } from '../mutate-bytes.ts'
import { bytesOf, nearBytes, textOf } from './near-seeds.ts'

const TAG = 'palmhold/fuzz/1'
const random = createSeededRandom('seeds of the base targets')
const fields = (count: number) => Array.from({ length: count }, () => randomBytes(random))

export const baseTargets: readonly FuzzTarget[] = [
  nearBytes(() => [0, 1, 32, 65].map((length) => bytesOf(toHex(new Uint8Array(length).fill(0xa7)))), {
    name: 'base/hex',
    weight: 40,
    decode: (input) => fromHex(textOf(input)),
    complaint: (result, input) =>
      toHex(result as Uint8Array) === textOf(input) ? undefined : 'two texts say the same bytes',
  }),
  nearBytes(() => Array.from({ length: 8 }, () => encodeFields(TAG, fields(3))), {
    name: 'base/fields',
    weight: 80,
    decode: (input) => decodeFields(TAG, 3, input),
    complaint: (result, input) =>
      equalBytes(encodeFields(TAG, result as Uint8Array[]), input) ? undefined : 'two encodings say the same fields',
  }),
]
