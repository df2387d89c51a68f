/** The checks, in the order in which they are shown. */

import { join } from 'node:path'
import { type GroupResult, runInGroup } from '../process-group.ts'
import type { Check, Findings } from './check.ts'
import { checkCircuits } from './circuit-lint.ts'
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
    run: checkLayers,
  },
  {
    name: 'dead-code',
    about: 'files, exports and packages that nothing uses (knip)',
    run: (root) => runTool(root, 'knip', []),
  },
  { name: 'packages', about: 'exact versions, and a lockfile that agrees and names no host', run: checkPackages },
  { name: 'machine-paths', about: 'no path that exists on one machine only', run: checkMachinePaths },
  { name: 'error-list', about: 'docs/errors.md lists the PALM_ codes of the sources', run: checkErrorList },
  { name: 'circuits', about: 'what circomspect finds is answered in docs/circomspect.md', run: checkCircuits },
  { name: 'error-class', about: 'every error of the sources is a PalmError', run: checkPlainErrors },
]

type Violation = {
  readonly from: string
  readonly to: string
  readonly rule: { readonly name: string }
}
type Rule = { readonly name: string; readonly comment: string }

/** The imports below `root` that .dependency-cruiser.cjs forbids. */
export async function checkLayers(root: string, paths: readonly string[] = LAYER_ROOTS): Promise<Findings> {
  const args = [
    '--config',
    join(import.meta.dirname, '../../.dependency-cruiser.cjs'),
    '--output-type',
    'json',
    ...paths,
  ]
  const { exitCode, stdout, stderr } = await execute(root, 'depcruise', args)
  // Its exit code is the number of violations, so only an answer says that it ran.
  if (!stdout.startsWith('{')) return [`depcruise ended with ${exitCode}`, ...stderr.split('\n').filter(Boolean)]
  const { violations, ruleSetUsed } = (
    JSON.parse(stdout) as { summary: { violations: Violation[]; ruleSetUsed: { forbidden: Rule[] } } }
  ).summary
  const reasons = new Map(ruleSetUsed.forbidden.map(({ name, comment }) => [name, comment]))
  return violations.map(({ from, to, rule }) => `${rule.name}: ${from} -> ${to} (${reasons.get(rule.name)})`)
}

/** Runs a tool; what it prints is a finding where it fails. */
async function runTool(root: string, tool: string, args: readonly string[]): Promise<Findings> {
  const { exitCode, timedOut, stdout, stderr } = await execute(root, tool, args)
  if (timedOut) return [`${tool} did not end within ${TOOL_TIMEOUT_MS / 1000} s`]
  if (exitCode === 0) return []
  const lines = (stdout.trim() || stderr).split('\n').map((line) => line.trimEnd())
  return lines.some(Boolean) ? lines.filter(Boolean) : [`${tool} ended with ${exitCode}`]
}

/** Runs a tool of node_modules/.bin. */
function execute(root: string, tool: string, args: readonly string[]): Promise<GroupResult> {
  return runInGroup(join(import.meta.dirname, '../../node_modules/.bin', tool), args, {
    cwd: root,
    timeoutMs: TOOL_TIMEOUT_MS,
    env: { NO_COLOR: '1', FORCE_COLOR: '0' },
    output: 'capture',
  })
}
