/**
 * What a contribution says of itself, as snarkjs reports it while it verifies. snarkjs gives no other access to it than its
 * log, whose lines are read here.
 */

export type Contribution = {
  readonly name: string
  /** 64 bytes, BLAKE2b: what the contributor was shown and can compare. */
  readonly hash: string
  /** Public randomness and 2-logarithm of the hashes over it; absent where a person contributed. */
  readonly beacon?: { readonly value: string; readonly iterationsExp: number }
}

/** The heads of phase 2 and phase 1. */
const HEAD = /^contribution #(\d+) ?(.*?):\s([\s0-9a-f]+)$/i
const PHASE_1_HEAD = /^Contribution #(\d+): (.*)$/
const PHASE_1_HASH = /^Response Hash:\s([\s0-9a-f]+)$/
const BEACON = /^Beacon generator: ([0-9a-f]+)$/
const ITERATIONS = /^Beacon iterations Exp: (\d+)$/

/** The contributions that a log speaks of, first one first. */
export function contributionsIn(log: readonly string[]): Contribution[] {
  const found = new Map<number, Contribution>()
  let at = 0
  const amend = (more: Partial<Contribution>) => found.set(at, { ...found.get(at)!, ...more })
  for (const line of log) {
    const [head, first, hash, beacon, iterations] = [HEAD, PHASE_1_HEAD, PHASE_1_HASH, BEACON, ITERATIONS].map(
      (pattern) => pattern.exec(line),
    )
    if (head) {
      at = Number(head[1])
      found.set(at, { name: head[2]!, hash: bare(head[3]!) })
    } else if (first) {
      at = Number(first[1])
      found.set(at, { name: first[2]!, hash: '' })
    } else if (hash && found.get(at)?.hash === '') amend({ hash: bare(hash[1]!) })
    else if (beacon) amend({ beacon: { value: beacon[1]!, iterationsExp: 0 } })
    else if (iterations)
      amend({ beacon: { value: found.get(at)!.beacon!.value, iterationsExp: Number(iterations[1]) } })
  }
  return [...found.entries()].sort(([a], [b]) => a - b).map(([, contribution]) => contribution)
}

/** A hash as snarkjs shows it, without its blanks. */
export function bare(hash: string): string {
  return hash.replaceAll(/\s/g, '')
}
