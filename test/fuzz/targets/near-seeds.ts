/** Decoders whose inputs are made out of valid ones: of bytes, of JSON, or of text. */

import type { FuzzTarget, OpenTarget } from '../fuzz-target.ts'
import { mutateBytes } from '../mutate-bytes.ts'
import { mutateJson } from '../mutate-json.ts'

type Seeds<T> = () => readonly T[] | Promise<readonly T[]>
type Rest = Omit<FuzzTarget, 'open'> & Pick<OpenTarget, 'decode' | 'complaint' | 'close'>

/** Inputs are valid byte strings, mutated. */
export function nearBytes(seeds: Seeds<Uint8Array>, target: Rest): FuzzTarget {
  return nearSeeds(seeds, mutateBytes, target)
}

/** Inputs are the texts of valid documents, mutated. */
export function nearJson(seeds: Seeds<unknown>, target: Rest): FuzzTarget {
  return nearSeeds(seeds, mutateJson, target)
}

function nearSeeds<T>(
  seeds: Seeds<T>,
  mutate: (...args: [Parameters<OpenTarget['make']>[0], readonly T[]]) => Uint8Array,
  { name, weight, memoryBytes, cpuMs, ...rest }: Rest,
): FuzzTarget {
  return {
    name,
    weight,
    ...(memoryBytes && { memoryBytes }),
    ...(cpuMs && { cpuMs }),
    async open() {
      const valid = await seeds()
      return { ...rest, make: (random) => mutate(random, valid) }
    },
  }
}

export const textOf = (input: Uint8Array) => new TextDecoder().decode(input)
export const bytesOf = (text: string) => new TextEncoder().encode(text)
