/**
 * `npm run bench`: measures what there is on this machine. The figures are the best of several runs; on a busy machine
 * trust their ratios. No test asserts one.
 *
 *     npm run bench -- matching --rows 10000
 */

import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { pathToFileURL } from 'node:url'
import { benchMatching } from './bench/bench-matching.ts'
import { benchPalm } from './bench/bench-palm.ts'
import type { BenchSize, Figure } from './bench/figure.ts'
import { OptionError, readOptions, runScript } from './command-line.ts'

type Bench = {
  readonly name: string
  readonly about: string
  readonly run: (size: BenchSize) => Iterable<Figure> | AsyncIterable<Figure>
}

const BENCHES: readonly Bench[] = [
  { name: 'palm', about: 'find, encode and compare palms in the clear', run: benchPalm },
  { name: 'matching', about: 'the kernel, and whole queries on shares by three parties in memory', run: benchMatching },
]
const MOST_ROWS = 1_000_000

/** The command line; returns the exit code. */
async function main(argv: readonly string[]): Promise<number> {
  const { values, positionals } = readOptions(argv, {
    options: {
      rows: { type: 'string', default: '100000' },
      shifts: { type: 'string', default: '25' },
      json: { type: 'string' },
      help: { type: 'boolean' },
    },
    allowPositionals: true,
  })
  if (values.help) {
    process.stdout.write(HELP)
    return 0
  }
  const size = readSize(values)
  const unknown = positionals.find((name) => !BENCHES.some((bench) => bench.name === name))
  if (unknown !== undefined)
    throw new OptionError(`no benchmark is called ${unknown}; there are ${BENCHES.map(({ name }) => name).join(', ')}`)

  const machine = { cores: cpus().length, model: cpus()[0]?.model.trim() ?? 'unknown', node: process.version }
  process.stdout.write(`${machine.cores} cores, ${machine.model}, Node ${machine.node}\n`)
  const figures: (Figure & { bench: string })[] = []
  for (const { name: bench, run } of BENCHES.filter(({ name }) => !positionals.length || positionals.includes(name))) {
    process.stdout.write(`\n${bench}\n`)
    for await (const figure of run(size)) {
      figures.push({ bench, ...figure })
      process.stdout.write(`  ${figure.name.padEnd(55)} ${shown(figure.value).padStart(8)} ${figure.unit}\n`)
    }
  }
  if (values.json) writeFileSync(values.json, `${JSON.stringify({ machine, ...size, figures }, null, 2)}\n`)
  return 0
}

function readSize({ rows, shifts }: { rows: string; shifts: string }): BenchSize {
  const count = Number(rows)
  if (!Number.isInteger(count) || count < 1 || count > MOST_ROWS)
    throw new OptionError(`--rows is a whole number from 1 to ${MOST_ROWS}, not ${rows}`)
  if (shifts !== '25' && shifts !== '81') throw new OptionError(`--shifts is 25 or 81, not ${shifts}`)
  return { rows: count, shifts: shifts === '25' ? 25 : 81 }
}

/** Three digits that matter. */
function shown(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3)
}

const HELP = `Usage: npm run bench -- [BENCHMARK ...] [--rows N] [--shifts 25|81] [--json FILE]

${BENCHES.map(({ name, about }) => `  ${name.padEnd(10)}${about}\n`).join('')}
Without a name, all run, with 100000 rows and 25 shifts.
`

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await runScript(main)
