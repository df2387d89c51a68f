/** Decoders with a fault each, beside one without: what the fuzzer must find. */

import { setTimeout as delay } from 'node:timers/promises'
import { PalmError } from '@palmhold/base'
import type { FuzzTarget } from './fuzz-target.ts'
import { mutateBytes } from './mutate-bytes.ts'

const SEEDS = [new Uint8Array(16).fill(7)]
const MEGABYTE = 1024 * 1024

/** A decoder that does something else where one bit of the first byte is set: in about half of all inputs. */
function planted(name: string, fault: (input: Uint8Array) => unknown, rest: Partial<FuzzTarget> = {}): FuzzTarget {
  return {
    name,
    weight: 1,
    ...rest,
    open: () => ({
      make: (random) => mutateBytes(random, SEEDS),
      decode: (input) => ((input[0] ?? 0) & 8 ? fault(input) : input.length),
      complaint: (result) => (result === 'wrong' ? 'not what was asked for' : undefined),
    }),
  }
}

export const targets: readonly FuzzTarget[] = [
  planted('planted/none', () => {
    throw new PalmError('PALM_ENCODING_INVALID', 'refused by name')
  }),
  planted('planted/unnamed', (input) => new DataView(input.buffer).getUint32(input.length)),
  planted('planted/later', () => delay(1).then(() => JSON.parse('{'))),
  planted('planted/unhandled', () => void delay(1).then(() => Promise.reject(new RangeError('left behind')))),
  planted('planted/wrong', () => 'wrong'),
  planted('planted/memory', () => [new Uint8Array(64 * MEGABYTE)]),
  planted('planted/slow', () => [...Array(200_000).keys()].sort(), { cpuMs: 1 }),
  planted('planted/hang', (input) => {
    for (;;) input[0] = 8
  }),
]
