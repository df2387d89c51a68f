/**
 * Holds the circuits against the plain model on random inputs, true and false ones (test/zk/relation.prop.test.ts), and the
 * contract that checks proofs against the check off chain, on random inputs and bent proofs, each as often as told. A failure
 * prints the values that show it.
 */

import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { runInGroup } from '../process-group.ts'

const HOUR_MS = 3_600_000
const TESTS = ['test/contracts/groth16-verifier.test.ts', 'test/zk/relation.prop.test.ts']

/** Returns the exit code: 1 where they differ. */
export async function fuzzCircuits(root: string, options: { runs: number; seed: string }): Promise<number> {
  process.stdout.write(`${options.runs} inputs to each circuit and its plain model, as many proofs to both verifiers\n`)
  const { exitCode, timedOut } = await runInGroup(
    process.execPath,
    [join(root, 'node_modules/mocha/bin/mocha.js'), '--forbid-only', ...TESTS],
    {
      cwd: root,
      timeoutMs: 4 * HOUR_MS,
      env: {
        PALMHOLD_FUZZ_RUNS: String(options.runs),
        PALMHOLD_FUZZ_SEED: String(createHash('sha256').update(options.seed).digest().readInt32BE()),
      },
      output: 'inherit',
    },
  )
  return exitCode === 0 && !timedOut ? 0 : 1
}
