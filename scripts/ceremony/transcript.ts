/**
 * The transcript of a ceremony: who contributed to both phases, as the check of the files finds it. A contributor compares
 * the hash it was shown; anybody makes the transcript anew from circuit, accumulator and key.
 */

import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Hex } from '@palmhold/base'
import { hashVerifyingKey, parseVerifyingKey } from '@palmhold/zk'
import { powersOfTau, zKey } from 'snarkjs'
import { sha256 } from '../../packages/zk/circuits/manifest.ts'
import { CeremonyError, createLog, withConstraints } from './ceremony-steps.ts'
import { type Contribution, contributionsIn } from './contribution.ts'

export type Transcript = {
  readonly circuit: string
  /** SHA-256 of the constraints, compiled from this repository; of the accumulator; of the key. */
  readonly constraints: string
  readonly accumulator: string
  readonly key: string
  readonly phase1: readonly Contribution[]
  readonly phase2: readonly Contribution[]
  /** keccak256 of the verifying key, as contracts and trust documents have it. */
  readonly verifyingKey: Hex
}

/**
 * Checks everything of the circuit in `source`, a circom file, from the accumulator's start to the key's end.
 * @throws {CeremonyError} a contribution does not follow from the one before, the key is for other constraints, a phase does
 *   not end with a beacon, or has fewer than `leastContributors` persons before it @throws {VerifyingKeyError}
 */
export async function verifyCeremony(
  source: string,
  ptau: string,
  key: string,
  leastContributors: number,
): Promise<Transcript> {
  const first = createLog()
  if (!(await powersOfTau.verify(ptau, first))) throw new CeremonyError(`phase 1 does not hold: ${first.lines.at(-1)}`)
  return withConstraints(source, async (file, r1cs) => {
    const second = createLog()
    if (!(await zKey.verifyFromR1cs(file, ptau, key, second)))
      throw new CeremonyError(`phase 2 does not hold: ${second.lines.at(-1) ?? 'a contribution is invalid'}`)
    const phase1 = contributionsIn(first.lines)
    const phase2 = contributionsIn(second.lines)
    for (const [phase, contributions] of [phase1, phase2].entries())
      requireContributors(phase + 1, contributions, leastContributors)
    return {
      circuit: basename(source, '.circom'),
      constraints: sha256(r1cs),
      accumulator: sha256(await readFile(ptau)),
      key: sha256(await readFile(key)),
      phase1,
      phase2,
      verifyingKey: hashVerifyingKey(parseVerifyingKey(await exportVerifyingKey(key))),
    }
  })
}

/** The JSON of a key's verifying key. @throws {VerifyingKeyError} phase 2 was left out */
export async function exportVerifyingKey(key: string): Promise<string> {
  // e(alpha, beta) follows from the rest.
  const { vk_alphabeta_12: _, ...rest } = (await zKey.exportVerificationKey(key)) as Record<string, unknown>
  const text = `${JSON.stringify(rest, null, 2)}\n`
  parseVerifyingKey(text)
  return text
}

function requireContributors(phase: number, contributions: readonly Contribution[], least: number): void {
  if (!contributions.at(-1)?.beacon) throw new CeremonyError(`phase ${phase} does not end with a beacon`)
  const persons = new Set(contributions.filter(({ beacon }) => !beacon).map(({ name }) => name))
  if (persons.size < least)
    throw new CeremonyError(`phase ${phase} has ${persons.size} contributors, and needs ${least} at least`)
}
