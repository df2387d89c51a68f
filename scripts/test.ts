/**
 * `npm test`: every suite in turn, from the quickest to the slowest, and one count at the end.
 *
 *     npm test                        all suites
 *     npm test -- unit browser        these
 *     npm test -- --json FILE         also writes what each suite came to
 *
 * The last line of stdout is `N passed, N failed`. A suite that crashes, or has to be ended at its time limit, counts as
 * a failure; a test that cannot run on this machine is named, with what it lacks, and counts as neither.
 */

import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describeCheck, runChecks } from './check.ts'
import { OptionError, readOptions, runScript } from './command-line.ts'
import { runInGroup } from './process-group.ts'
import type { SuiteCount } from './suite-count.ts'

export type SuiteResult = SuiteCount & { readonly name: string; readonly elapsedMs: number }

type Suite = {
  readonly name: string
  readonly about: string
  /** What a machine lacks on which tests of this suite are skipped. */
  readonly needs?: string
  readonly run: (root: string) => Promise<SuiteCount>
}

const MINUTE_MS = 60_000
/** Folders of test/ that are suites of their own, or hold no tests. */
const NOT_UNIT = ['contracts', 'e2e', 'browser', 'support', 'vectors']

/** Test files of e2e/ that run whole programs; they take about as long as the others. */
const PROGRAMS = ['command-line', 'demo']
/** Test files of browser/: those first that need no network, and last what leaves the one that all others share in pieces. */
const BROWSER = ['same-results', 'prover', 'capture', 'terminal', 'terminal-leaks', 'terminal-faults']

const SUITES: readonly Suite[] = [
  { name: 'check', about: 'types, lint, layers and other rules: npm run check', run: check },
  {
    name: 'unit',
    about: 'every package, the node, the wallet and the scripts, and known attacks',
    // One process keeps one core busy, so two share the files.
    run: (root) => runAtOnce(root, shareOut(unitFiles(root), 2), { timeoutMs: 20 * MINUTE_MS }),
  },
  {
    name: 'contracts',
    about: 'the contracts on an in-memory chain: units, fuzz, invariants, gas',
    run: (root) => runMocha(root, { files: ['test/contracts/**/*.test.ts'], timeoutMs: 10 * MINUTE_MS }),
  },
  {
    name: 'network',
    about: 'operators, verifier and chain as processes, from one command to a settled payment',
    // Much of it is waiting, so half of it goes beside the other half.
    run: (root) => runAtOnce(root, networkParts(root), { timeoutMs: 20 * MINUTE_MS }),
  },
  {
    name: 'browser',
    about: 'the same results in Chromium as on Node, proofs there, the camera, and the terminal page at a network',
    needs:
      'Install the package `chromium` of your system, or set CHROME_PATH to a Chromium; then `npm test -- browser`.',
    run: (root) => {
      const files = BROWSER.map((name) => `test/browser/${name}.test.ts`)
      return runMocha(root, { files, timeoutMs: 20 * MINUTE_MS })
    },
  },
]

/** Each check counts as one test. */
async function check(root: string): Promise<SuiteCount> {
  const results = await runChecks(root, [], (result) => process.stdout.write(describeCheck(result)))
  const failed = results.filter(({ ok }) => !ok).map(({ name }) => name)
  return { passed: results.length - failed.length, failed, skipped: [] }
}

export type MochaRun = {
  /** Patterns from the root. */
  readonly files: readonly string[]
  readonly timeoutMs: number
  /** Shows nothing while it runs. */
  readonly quiet?: boolean
  /** Shows what it printed once it is over, where it was quiet. */
  readonly showAtEnd?: boolean
}

/** Runs mocha over some files in a process group of its own, and counts. */
export async function runMocha(root: string, { files, timeoutMs, quiet, showAtEnd }: MochaRun): Promise<SuiteCount> {
  const folder = mkdtempSync(join(tmpdir(), 'palmhold-test-'))
  const countFile = join(folder, 'count.json')
  try {
    const { exitCode, timedOut, stdout, stderr } = await runInGroup(
      process.execPath,
      [
        join(root, 'node_modules/mocha/bin/mocha.js'),
        '--forbid-only',
        '--reporter',
        'test/support/counting-reporter.ts',
        ...files,
      ],
      { cwd: root, timeoutMs, env: { PALMHOLD_COUNT_FILE: countFile }, output: quiet ? 'capture' : 'inherit' },
    )
    if (quiet && showAtEnd) process.stdout.write(stdout + stderr)
    const count = readCount(countFile)
    if (timedOut) return withFailure(count, `did not end within ${timeoutMs / 1000} s and was ended`)
    if (count === undefined) return withFailure(count, `mocha ended with ${exitCode} before it had a count`)
    if (exitCode !== 0 && count.failed.length === 0) return withFailure(count, `mocha ended with ${exitCode}`)
    return count
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

type TestFile = { readonly file: string; readonly bytes: number }

/** Every test file that belongs to no other suite. */
function unitFiles(root: string): TestFile[] {
  const files = globSync('test/**/*.test.ts', { cwd: root }).filter(
    (file) => !NOT_UNIT.includes(file.split(sep)[1] ?? ''),
  )
  return files.map((file) => ({ file, bytes: statSync(join(root, file)).size }))
}

function networkParts(root: string): string[][] {
  const files = globSync('test/e2e/*.test.ts', { cwd: root }).sort()
  const isProgram = (file: string) => PROGRAMS.includes(basename(file, '.test.ts'))
  return [files.filter((file) => !isProgram(file)), files.filter(isProgram)]
}

/** Runs each part in a process, all at once; what the later ones print follows in order. */
export async function runAtOnce(
  root: string,
  parts: readonly (readonly string[])[],
  { timeoutMs, quiet = false }: { timeoutMs: number; quiet?: boolean },
): Promise<SuiteCount> {
  const counts = await Promise.all(
    parts.map((files, i) => runMocha(root, { files, timeoutMs, quiet: quiet || i > 0, showAtEnd: !quiet })),
  )
  return {
    passed: counts.reduce((sum, { passed }) => sum + passed, 0),
    failed: counts.flatMap(({ failed }) => failed),
    skipped: counts.flatMap(({ skipped }) => skipped),
  }
}

/** Shares files out so that each part has about as many bytes: the largest first, each to the smallest part. */
export function shareOut(files: readonly TestFile[], parts: number): string[][] {
  const shares = Array.from({ length: Math.min(parts, files.length) }, () => ({ files: [] as string[], bytes: 0 }))
  for (const { file, bytes } of [...files].sort((a, b) => b.bytes - a.bytes || (a.file < b.file ? -1 : 1))) {
    const least = shares.reduce((small, share) => (share.bytes < small.bytes ? share : small))
    least.files.push(file)
    least.bytes += bytes
  }
  return shares.map(({ files }) => files.sort())
}

function readCount(file: string): SuiteCount | undefined {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as SuiteCount) : undefined
}

function withFailure(count: SuiteCount = { passed: 0, failed: [], skipped: [] }, failure: string): SuiteCount {
  return { ...count, failed: [...count.failed, failure] }
}

/** Runs the suites named (all, if none are). @throws {OptionError} no such suite */
async function runSuites(root: string, names: readonly string[]): Promise<SuiteResult[]> {
  const unknown = names.find((name) => !SUITES.some((suite) => suite.name === name))
  if (unknown !== undefined)
    throw new OptionError(`no suite is called ${unknown}; there are ${SUITES.map(({ name }) => name).join(', ')}`)
  const chosen = SUITES.filter(({ name }) => names.length === 0 || names.includes(name))
  const results: SuiteResult[] = []
  for (const [i, suite] of chosen.entries()) {
    print(`\n[${i + 1}/${chosen.length}] ${suite.name}: ${suite.about}`)
    const start = performance.now()
    const count = await suite.run(root)
    results.push({ name: suite.name, ...count, elapsedMs: Math.round(performance.now() - start) })
  }
  return results
}

/** What each suite came to, and what did not pass, in lines. */
export function summarise(results: readonly SuiteResult[]): string[] {
  return results.flatMap(({ name, passed, failed, skipped, elapsedMs }) => {
    const counts = `${passed} passed, ${failed.length} failed${skipped.length ? `, ${skipped.length} skipped` : ''}`
    const needs = SUITES.find((suite) => suite.name === name)?.needs
    return [
      `${name.padEnd(10)} ${counts} (${(elapsedMs / 1000).toFixed(1)} s)`,
      ...failed.map((title) => `  failed:  ${title}`),
      ...skipped.map((title) => `  skipped: ${title}`),
      ...(skipped.length && needs ? [`  ${needs}`] : []),
    ]
  })
}

/** The command line; returns the exit code. */
async function main(argv: readonly string[]): Promise<number> {
  const { values, positionals } = readOptions(argv, {
    options: { json: { type: 'string' }, help: { type: 'boolean' } },
    allowPositionals: true,
  })
  if (values.help) {
    process.stdout.write(HELP)
    return 0
  }
  const results = await runSuites(dirname(import.meta.dirname), positionals)
  const passed = results.reduce((sum, result) => sum + result.passed, 0)
  const failed = results.reduce((sum, result) => sum + result.failed.length, 0)
  if (values.json) writeFileSync(values.json, `${JSON.stringify({ passed, failed, suites: results }, null, 2)}\n`)
  print('')
  for (const line of summarise(results)) print(line)
  print(`\n${passed} passed, ${failed} failed`)
  return failed === 0 ? 0 : 1
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

const HELP = `Usage: npm test -- [SUITE ...] [--json FILE]

${SUITES.map(({ name, about }) => `  ${name.padEnd(11)}${about}\n`).join('')}
Without a name, all run. Exit code 1 where something fails; the last line is the count.
`

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await runScript(main)
