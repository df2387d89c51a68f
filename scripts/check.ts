/**
 * `npm run check`: holds the repository to its rules and says which check found what.
 *
 *     npm run check                       all checks
 *     npm run check -- lint types         these
 *     npm run check -- --json             one JSON document on stdout
 */

import { dirname } from 'node:path'
import { pathToFileURL } from 'node:url'
import { CHECKS } from './checks/checks.ts'
import { OptionError, readOptions, runScript } from './command-line.ts'

export type CheckResult = {
  readonly name: string
  readonly ok: boolean
  /** What is wrong, a line each. */
  readonly findings: readonly string[]
  readonly elapsedMs: number
}

/** How many checks run at a time. */
const CONCURRENCY = 2

/** Runs the checks named (all, if none are) and reports each as it ends. @throws {OptionError} no such check */
export async function runChecks(
  root: string,
  names: readonly string[] = [],
  onResult: (result: CheckResult) => void = () => undefined,
): Promise<CheckResult[]> {
  const unknown = names.find((name) => !CHECKS.some((check) => check.name === name))
  if (unknown !== undefined)
    throw new OptionError(`no check is called ${unknown}; there are ${CHECKS.map(({ name }) => name).join(', ')}`)
  const waiting = CHECKS.filter(({ name }) => names.length === 0 || names.includes(name))
  const results: CheckResult[] = []
  const work = async () => {
    for (let check = waiting.shift(); check; check = waiting.shift()) {
      const start = performance.now()
      const findings = await check.run(root)
      const elapsedMs = Math.round(performance.now() - start)
      const result = { name: check.name, ok: findings.length === 0, findings, elapsedMs }
      results.push(result)
      onResult(result)
    }
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, work))
  return results
}

/** A result in words: `ok lint (1.2 s)`, or `FAIL lint` with what was found below. */
export function describeCheck({ name, ok, findings, elapsedMs }: CheckResult): string {
  const head = `${ok ? 'ok  ' : 'FAIL'} ${name} (${(elapsedMs / 1000).toFixed(1)} s)\n`
  return head + findings.map((line) => `       ${line}\n`).join('')
}

/** The command line; returns the exit code. */
async function main(argv: readonly string[]): Promise<number> {
  const { values, positionals } = readOptions(argv, {
    options: { json: { type: 'boolean' }, help: { type: 'boolean' } },
    allowPositionals: true,
  })
  if (values.help) {
    process.stdout.write(HELP)
    return 0
  }
  const show = (result: CheckResult) => void process.stdout.write(describeCheck(result))
  const checks = await runChecks(dirname(import.meta.dirname), positionals, values.json ? undefined : show)
  const ok = checks.every((check) => check.ok)
  if (values.json) process.stdout.write(`${JSON.stringify({ ok, checks }, null, 2)}\n`)
  return ok ? 0 : 1
}

const HELP = `Usage: npm run check -- [CHECK ...] [--json]

${CHECKS.map(({ name, about }) => `  ${name.padEnd(15)}${about}\n`).join('')}
Without a name, all run. Exit code 1 where one fails.
`

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await runScript(main)
