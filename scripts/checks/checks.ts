/** The checks, in the order in which they are shown. */

import { join } from 'node:path'
import { runInGroup } from '../process-group.ts'
import type { Check, Findings } from './check.ts'
import { checkErrorList, checkPlainErrors } from './error-list.ts'
import { checkMachinePaths } from './machine-paths.ts'
import { checkPackages } from './pinned-packages.ts'

const TOOL_TIMEOUT_MS = 180_000
/** Where dependency-cruiser begins. */
const LAYER_ROOTS = ['packages', 'node', 'wallet', 'scripts', 'test', 'contracts', 'hardhat.config.ts']

export const CHECKS: readonly Check[] = [
  {
    name: 'lint',
    about: 'lint and formatting (biome); `npx biome check --write` mends most',
    run: (root) => runTool(root, 'biome', ['ci', '--colors=off', '--max-diagnostics=40', '.']),
  },
  { name: 'types', about: 'types (tsc)', run: (root) => runTool(root, 'tsc', ['--project', '.', '--pretty', 'false']) },
  {
    name: 'layers',
    about: 'who may import whom, and no cycles (.dependency-cruiser.cjs)',
    run: (root) => runTool(root, 'depcruise', ['--config', '.dependency-cruiser.cjs', ...LAYER_ROOTS]),
  },
  {
    name: 'dead-code',
    about: 'files, exports and packages that nothing uses (knip)',
    run: (root) => runTool(root, 'knip', []),
  },
  { name: 'packages', about: 'exact versions, and a lockfile that agrees and names no host', run: checkPackages },
  { name: 'machine-paths', about: 'no path that exists on one machine only', run: checkMachinePaths },
  { name: 'error-list', about: 'docs/errors.md lists the PALM_ codes of the sources', run: checkErrorList },
  { name: 'error-class', about: 'every error of the sources is a PalmError', run: checkPlainErrors },
]

/** Runs a tool of node_modules/.bin; what it prints is a finding where it fails. */
async function runTool(root: string, tool: string, args: readonly string[]): Promise<Findings> {
  const { exitCode, timedOut, stdout, stderr } = await runInGroup(join(root, 'node_modules', '.bin', tool), args, {
    cwd: root,
    timeoutMs: TOOL_TIMEOUT_MS,
    env: { NO_COLOR: '1', FORCE_COLOR: '0' },
    output: 'capture',
  })
  if (timedOut) return [`${tool} did not end within ${TOOL_TIMEOUT_MS / 1000} s`]
  if (exitCode === 0) return []
  const lines = (stdout.trim() || stderr).split('\n').map((line) => line.trimEnd())
  return lines.some(Boolean) ? lines.filter(Boolean) : [`${tool} ended with ${exitCode}`]
}
