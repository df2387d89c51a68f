/**
 * `npm run fuzz`: feeds decoders with inputs that nobody honest sends, contracts and circuits with values by chance.
 *
 *     npm run fuzz                                  a million inputs over all decoders of wires and files
 *     npm run fuzz -- --only wire --count 10000     those whose names hold "wire"
 *     npm run fuzz -- --only net/frame --index 4711 one input again
 *     npm run fuzz -- contracts --runs 10000        Solidity fuzz tests and payment invariants
 *     npm run fuzz -- zk --runs 10000               circuits beside their plain model
 *
 * All follows from --seed. A finding is written as a reproducer, made as small as still shows it. Exit code 1 where
 * something is found.
 */

import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { OptionError, readOptions, runScript } from './command-line.ts'
import { fuzzCircuits } from './fuzz/fuzz-circuits.ts'
import { fuzzContracts } from './fuzz/fuzz-contracts.ts'
import type { Finding, TargetCount } from './fuzz/fuzz-report.ts'
import { runFuzz } from './fuzz/run-fuzz.ts'

const MOST = 100_000_000
const SHOWN_CODES = 4

/** The command line; returns the exit code. */
async function main(argv: readonly string[]): Promise<number> {
  const { values, positionals } = readOptions(argv, {
    options: {
      count: { type: 'string', default: '1000000' },
      runs: { type: 'string', default: '10000' },
      seed: { type: 'string', default: 'palmhold' },
      only: { type: 'string', multiple: true, default: [] },
      index: { type: 'string' },
      json: { type: 'string' },
      out: { type: 'string', default: join('.cache', 'fuzz') },
      help: { type: 'boolean' },
    },
    allowPositionals: true,
  })
  if (values.help) {
    process.stdout.write(HELP)
    return 0
  }
  const root = dirname(import.meta.dirname)
  const [what, ...rest] = positionals
  if ((what !== undefined && what !== 'contracts' && what !== 'zk') || rest.length > 0)
    throw new OptionError(`decoders are fuzzed, or contracts, or zk; not ${positionals.join(' ')}`)
  if (what === 'contracts') return fuzzContracts(root, { runs: wholeNumber('runs', values.runs), seed: values.seed })

  if (what === 'zk') return fuzzCircuits(root, { runs: wholeNumber('runs', values.runs), seed: values.seed })

  const only = values.only.flatMap((names) => names.split(','))
  const { counts, findings } = await runFuzz({
    seed: values.seed,
    count: wholeNumber('count', values.count),
    only,
    ...(values.index === undefined ? {} : { index: Number(values.index) }),
    onCount: (count, left) => print(describeCount(count, left)),
    onFinding: (finding) => print(describeFinding(finding, writeReproducer(values.out, finding))),
  })
  if (counts.length === 0) throw new OptionError(`no decoder's name holds ${only.join(' or ')}`)
  const inputs = counts.reduce((sum, count) => sum + count.inputs, 0)
  const found = counts.reduce((sum, count) => sum + count.found, 0)
  const cpuS = Math.round(counts.reduce((sum, count) => sum + count.cpuMs, 0) / 1000)
  if (values.json)
    writeFileSync(values.json, `${JSON.stringify({ seed: values.seed, inputs, found, counts, findings }, null, 2)}\n`)
  print(`\n${inputs} inputs to ${counts.length} decoders in ${cpuS} s of CPU, ${found} findings`)
  return found === 0 ? 0 : 1
}

function describeCount(
  { name, inputs, accepted, refused, codes, found, cpuMs, slowestMs }: TargetCount,
  left: number,
): string {
  const often = Object.entries(codes).sort(([, a], [, b]) => b - a)
  const shown = often.slice(0, SHOWN_CODES).map(([code, times]) => `${code} ${times}`)
  const more = often.length > SHOWN_CODES ? ` and ${often.length - SHOWN_CODES} more` : ''
  return [
    `${found === 0 ? 'ok  ' : 'FAIL'} ${name.padEnd(28)} ${String(inputs).padStart(7)} inputs:`,
    `${accepted} accepted, ${refused} refused${found === 0 ? '' : `, ${found} FOUND`}`,
    `(${(cpuMs / 1000).toFixed(1)} s, slowest ${slowestMs.toFixed(0)} ms; ${left} to go)`,
    shown.length === 0 ? '' : `\n       ${shown.join(', ')}${more}`,
  ].join(' ')
}

function describeFinding({ name, index, kind, message }: Finding, path: string): string {
  const head = message.split('\n').slice(0, 4).join('\n       ')
  return `FOUND ${kind}: ${name} at input ${index}\n       ${head}\n       ${path}`
}

/** Writes a finding where it can be run again from; returns the path. */
function writeReproducer(folder: string, finding: Finding): string {
  mkdirSync(folder, { recursive: true })
  const path = join(folder, `${finding.name.replaceAll('/', '-')}-${finding.index}.json`)
  writeFileSync(path, `${JSON.stringify(finding, null, 2)}\n`)
  return path
}

function wholeNumber(option: string, text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1 || value > MOST)
    throw new OptionError(`--${option} is a whole number from 1 to ${MOST}, not ${text}`)
  return value
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

const HELP = `Usage: npm run fuzz -- [--count N] [--seed S] [--only NAME ...] [--index N] [--json FILE] [--out FOLDER]
       npm run fuzz -- contracts [--runs N] [--seed S]
       npm run fuzz -- zk [--runs N] [--seed S]

Decoders: 1000000 inputs unless told, shared out by weight. Reproducers go to --out (.cache/fuzz).
Contracts: Solidity fuzz tests and payment invariants, 10000 runs unless told.
zk: circuits beside their plain model, 10000 inputs to each unless told.
`

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await runScript(main)
