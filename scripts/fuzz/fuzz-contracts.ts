/**
 * Fuzzes the contracts: the Solidity fuzz tests of contracts/fuzz so often as told, and the payment invariants of
 * test/contracts on more histories than `npm test` takes. A failure prints the values or the history that show it.
 */

import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { runInGroup } from '../process-group.ts'

const HOUR_MS = 3_600_000
/** A history of 25 to 40 transactions on a chain in memory takes as long as some hundred runs in Solidity. */
const RUNS_PER_HISTORY = 100
const TESTS = ['solidity-fuzz', 'payments.invariant']

/** Returns the exit code: 1 where something fails. */
export async function fuzzContracts(root: string, options: { runs: number; seed: string }): Promise<number> {
  const histories = Math.ceil(options.runs / RUNS_PER_HISTORY)
  process.stdout.write(`${options.runs} runs of each Solidity fuzz test, ${histories} histories of payments\n`)
  const { exitCode, timedOut } = await runInGroup(
    process.execPath,
    [
      join(root, 'node_modules/mocha/bin/mocha.js'),
      '--forbid-only',
      ...TESTS.map((name) => `test/contracts/${name}.test.ts`),
    ],
    {
      cwd: root,
      timeoutMs: 2 * HOUR_MS,
      env: {
        PALMHOLD_FUZZ_RUNS: String(options.runs),
        PALMHOLD_FUZZ_HISTORIES: String(histories),
        PALMHOLD_FUZZ_SEED: `0x${createHash('sha256').update(options.seed).digest('hex')}`,
      },
      output: 'inherit',
    },
  )
  return exitCode === 0 && !timedOut ? 0 : 1
}
