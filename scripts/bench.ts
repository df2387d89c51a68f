/**
 * `npm run bench`: measures what there is on this machine; on a busy one trust the ratios. No test asserts a figure.
 *
 *     npm run bench -- matching --rows 100000 --shifts 25 --json matching.json
 */

import { writeFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { pathToFileURL } from 'node:url'
import type { BenchOptions, Figure } from './bench/figure.ts'
import { OptionError, readOptions, runScript } from './command-line.ts'

type Bench = {
  readonly name: string
  readonly about: string
  /** Yields figures as they come; what it returns goes into the JSON file beside them. */
  readonly run: (options: BenchOptions) => AsyncIterable<Figure, object | undefined>
  /** Whether it runs where no benchmark is named. */
  readonly isUsual?: true
  /** Rows unless told. */
  readonly rows?: number
}

type Figures = Iterable<Figure, object | undefined> | AsyncIterable<Figure, object | undefined>

/** Loads what a benchmark measures once it runs: all of them together are most of this repository. */
function later(load: () => Promise<(options: BenchOptions) => Figures>): Bench['run'] {
  return async function* (options) {
    return yield* (await load())(options)
  }
}

const BENCHES: readonly Bench[] = [
  {
    name: 'palm',
    about: 'find, encode and compare palms in the clear',
    run: later(async () => (await import('./bench/bench-palm.ts')).benchPalm),
    isUsual: true,
  },
  {
    name: 'matching',
    about: 'whole queries on shares: three processes over TLS, the kernel, baselines',
    run: later(async () => (await import('./bench/bench-matching.ts')).benchMatching),
    isUsual: true,
  },
  {
    name: 'loading',
    about: 'rows from segment files into memory, as an operator starts',
    run: later(async () => (await import('./bench/bench-loading.ts')).benchLoading),
    rows: 1e6,
  },
  {
    name: 'identification',
    about: 'open-set identification among --n synthetic persons, both hands, beside the prediction',
    run: later(async () => (await import('./bench/bench-identification.ts')).benchIdentification),
  },
  {
    name: 'naming',
    about: 'what the pseudonym costs an operator after a match',
    run: later(async () => (await import('./bench/bench-naming.ts')).benchNaming),
  },
  {
    name: 'zk',
    about: "the phone lane's proofs, their check and their keys; writes docs/proving.md",
    run: later(async () => (await import('./bench/bench-zk.ts')).benchZk),
  },
  {
    name: 'finder',
    about: 'the finder of the palm on --hands drawn hands of three kinds, on Node',
    run: later(async () => (await import('./bench/bench-finder.ts')).benchFinder),
  },
  {
    name: 'capture',
    about: 'palms of --hands rendered hands in --poses poses, in a browser',
    run: later(async () => (await import('./bench/bench-capture.ts')).benchCapture),
  },
  {
    name: 'attacks',
    about: 'presentation checks on --hands presentations of each kind; writes docs/presentation-attacks.md',
    run: later(async () => (await import('./bench/bench-attacks.ts')).benchAttacks),
  },
  {
    name: 'check',
    about: 'ratios that must not get worse; exit code 1 where one did',
    run: later(async () => (await import('./bench/check-ratios.ts')).checkRatios),
  },
  {
    name: 'performance',
    about: 'all that docs/performance.md says, which it writes anew',
    run: later(async () => (await import('./bench/bench-performance.ts')).benchPerformance),
    rows: 1e6,
  },
]
const USUAL_ROWS = 100_000
const MOST_ROWS = 1_000_000
/** Probe codes of one kernel job. */
const MOST_SHIFTS = 128
const MOST_QUERIES = 100
const MOST_PERSONS = 100_000
const MOST_HANDS = 1000
const MOST_POSES = 100

/** The command line; returns the exit code. */
async function main(argv: readonly string[]): Promise<number> {
  const { values, positionals } = readOptions(argv, {
    options: {
      rows: { type: 'string' },
      shifts: { type: 'string', default: '25' },
      queries: { type: 'string', default: '5' },
      n: { type: 'string' },
      hands: { type: 'string' },
      poses: { type: 'string' },
      cascade: { type: 'string' },
      json: { type: 'string' },
      semaphore: { type: 'boolean' },
      help: { type: 'boolean' },
    },
    allowPositionals: true,
  })
  if (values.help) {
    process.stdout.write(HELP)
    return 0
  }
  const optionsOf = ({ rows = USUAL_ROWS }: Bench) => readSize({ ...values, rows: values.rows ?? String(rows) })
  const unknown = positionals.find((name) => !BENCHES.some((bench) => bench.name === name))
  if (unknown !== undefined)
    throw new OptionError(`no benchmark is called ${unknown}; there are ${BENCHES.map(({ name }) => name).join(', ')}`)

  const machine = {
    cores: cpus().length,
    model: cpus()[0]?.model.trim() ?? 'unknown',
    node: process.version,
    loadAverage: loadavg()[0]!,
  }
  process.stdout.write(
    `${machine.cores} cores, ${machine.model}, Node ${machine.node}, load average ${machine.loadAverage.toFixed(1)}\n`,
  )
  const isWanted = ({ name, isUsual }: Bench) => (positionals.length > 0 ? positionals.includes(name) : isUsual)
  const figures: (Figure & { bench: string })[] = []
  let report: object = {}
  for (const wanted of BENCHES.filter(isWanted)) {
    const bench = wanted.name
    process.stdout.write(`\n${bench}\n`)
    const running = wanted.run(optionsOf(wanted))[Symbol.asyncIterator]()
    for (let next = await running.next(); ; next = await running.next()) {
      if (next.done) {
        report = { ...report, ...next.value }
        break
      }
      const figure = next.value
      figures.push({ bench, ...figure })
      process.stdout.write(`  ${figure.name.padEnd(55)} ${shown(figure.value).padStart(8)} ${figure.unit}\n`)
    }
  }
  if (values.json) writeFileSync(values.json, `${JSON.stringify({ ...report, machine, figures }, null, 2)}\n`)
  return 0
}

function readSize(given: {
  rows: string
  shifts: string
  queries: string
  cascade?: string
  n?: string
  hands?: string
  poses?: string
  semaphore?: boolean
}): BenchOptions {
  const whole = (name: 'rows' | 'shifts' | 'queries' | 'hands' | 'poses', most: number): number => {
    const value = Number(given[name])
    if (Number.isInteger(value) && value >= 1 && value <= most) return value
    throw new OptionError(`--${name} is a whole number from 1 to ${most}, not ${given[name]}`)
  }
  const sizes = {
    rows: whole('rows', MOST_ROWS),
    shifts: whole('shifts', MOST_SHIFTS),
    queries: whole('queries', MOST_QUERIES),
    ...(given.n === undefined ? {} : { persons: readPersons(given.n) }),
    ...(given.semaphore ? { semaphore: true } : {}),
    ...(given.hands === undefined ? {} : { hands: whole('hands', MOST_HANDS) }),
    ...(given.poses === undefined ? {} : { poses: whole('poses', MOST_POSES) }),
  }
  if (given.cascade === undefined) return sizes
  const passRate = Number(given.cascade)
  if (passRate > 0 && passRate < 1) return { ...sizes, passRate }
  throw new OptionError(`--cascade is the share of rows that pass its first pass, above 0 and below 1`)
}

/** Sizes of galleries, such as 1000,10000. */
function readPersons(text: string): number[] {
  return text.split(',').map((part) => {
    const count = Number(part)
    if (Number.isInteger(count) && count >= 2 && count <= MOST_PERSONS) return count
    throw new OptionError(`--n is a list of whole numbers from 2 to ${MOST_PERSONS}, such as 1000,10000, not ${text}`)
  })
}

/** Three digits that matter. */
function shown(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3)
}

const HELP = `Usage: npm run bench -- [BENCHMARK ...] [OPTION ...] [--json FILE]

${BENCHES.map(({ name, about }) => `  ${name.padEnd(15)}${about}\n`).join('')}
  --rows N        of matching, loading, performance; 100000 unless told, 1000000 for the last two
  --shifts N      codes of a probe; 25 unless told
  --queries N     queries or proofs that count; 5 unless told
  --cascade RATE  the share of rows that matching lets through its first pass, such as 0.1
  --n N,N         sizes of the galleries of identification
  --hands N, --poses N   hands of capture (200) and their poses (10), presentations of each kind of attacks (100)
  --semaphore     zk installs Semaphore into a temporary folder (npm, 109 MB) and measures its proof as well

Without a name, palm and matching run. check has a size of its own.
`

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await runScript(main)
