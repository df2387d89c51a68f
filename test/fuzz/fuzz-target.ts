/**
 * What is fuzzed: a decoder, with inputs that it should take and what must hold of what it takes. A decoder answers, or
 * throws a PalmError; everything else is a finding (see judge-input.ts).
 */

import type { SeededRandom } from '@palmhold/palm'

/** A decoder that is ready. */
export type OpenTarget = {
  /** The input that belongs to this stream of numbers. */
  readonly make: (random: SeededRandom) => Uint8Array
  /** The decoder; a result `{ ok: false, reason }` counts as a refusal. It must not keep the input. */
  readonly decode: (input: Uint8Array) => unknown
  /** What is wrong with a result that was accepted; nothing where all is well. */
  readonly complaint?: (result: unknown, input: Uint8Array) => string | undefined
  readonly close?: () => void | Promise<void>
}

export type FuzzTarget = {
  /** Stable: an input follows from seed, name and index. */
  readonly name: string
  /** Its part of the inputs, beside the others': more for what strangers reach, less for what is slow. */
  readonly weight: number
  readonly open: () => OpenTarget | Promise<OpenTarget>
  /** What an input of these many bytes may add to the memory in use; 16 MiB and 64 bytes for each unless given. */
  readonly memoryBytes?: (inputBytes: number) => number
  /** How much CPU time an input may take, in ms; 2 s unless given. */
  readonly cpuMs?: number
}
