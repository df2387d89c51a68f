/**
 * `npm run ceremony`: makes and checks the keys of the circuits. docs/adr/0016-keys-and-ceremony.md says how a ceremony goes.
 *
 *     npm run ceremony -- development            makes the development keys anew and compares
 *     npm run ceremony -- contribute A.ptau B.ptau --name NAME
 */

import { writeFile } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import { CIRCUIT_NAMES, circuitFile } from '../packages/zk/circuits/manifest.ts'
import { applyBeacon, contribute, DEFAULT_POWER, newAccumulator, newKey, prepare } from './ceremony/ceremony-steps.ts'
import { makeDevelopmentKeys } from './ceremony/development-keys.ts'
import { exportVerifyingKey, verifyCeremony } from './ceremony/transcript.ts'
import { OptionError, readOptions, runScript } from './command-line.ts'

type Values = Readonly<Record<string, string | boolean | undefined>>
type Step = {
  readonly operands: readonly string[]
  readonly options?: string
  readonly does: string
  readonly run: (operands: readonly string[], values: Values) => Promise<string>
}

const STEPS: Readonly<Record<string, Step>> = {
  'new-accumulator': {
    operands: ['OUT.ptau'],
    options: '[--power 14]',
    does: 'begins phase 1',
    run: async ([out], { power }) => {
      await newAccumulator(out!, power === undefined ? DEFAULT_POWER : wholeNumber(power, 'power'))
      return out!
    },
  },
  contribute: {
    operands: ['IN', 'OUT'],
    options: '--name NAME',
    does: 'adds your secret to either phase and prints the hash to publish',
    run: ([from, to], { name }) => contribute(from!, to!, given(name, 'name')),
  },
  beacon: {
    operands: ['IN', 'OUT'],
    options: '--name NAME --beacon HEX [--iterations 10]',
    does: 'ends either phase by public randomness',
    run: ([from, to], { name, beacon, iterations }) =>
      applyBeacon(from!, to!, given(name, 'name'), {
        value: given(beacon, 'beacon'),
        iterationsExp: wholeNumber(iterations ?? '10', 'iterations'),
      }),
  },
  prepare: {
    operands: ['IN.ptau', 'OUT.ptau'],
    does: 'readies an ended phase 1 for phase 2 (minutes)',
    run: async ([from, to]) => {
      await prepare(from!, to!)
      return to!
    },
  },
  'new-key': {
    operands: ['CIRCUIT', 'IN.ptau', 'OUT.zkey'],
    does: 'begins phase 2 of a circuit',
    run: async ([circuit, ptau, out]) => {
      await newKey(sourceOf(circuit!), ptau!, out!)
      return out!
    },
  },
  verify: {
    operands: ['CIRCUIT', 'IN.ptau', 'IN.zkey', 'TRANSCRIPT.json'],
    options: '[--least 2]',
    does: 'checks both phases and writes who contributed',
    run: async ([circuit, ptau, zkey, out], { least }) => {
      const transcript = await verifyCeremony(sourceOf(circuit!), ptau!, zkey!, wholeNumber(least ?? '2', 'least'))
      await writeFile(out!, `${JSON.stringify(transcript, null, 2)}\n`)
      return `verifying key ${transcript.verifyingKey}`
    },
  },
  export: {
    operands: ['IN.zkey', 'OUT.json'],
    does: 'writes the verifying key, if phase 2 took place',
    run: async ([zkey, out]) => {
      await writeFile(out!, await exportVerifyingKey(zkey!))
      return out!
    },
  },
  development: {
    operands: [],
    options: '[--ptau FILE] [--write]',
    does: 'makes the development keys anew and compares (half an hour), or replaces them',
    run: async (_, { ptau, write }) => {
      const report = (line: string) => void process.stderr.write(`${line}\n`)
      const file = ptau === undefined ? undefined : given(ptau, 'ptau')
      const { circuits } = await makeDevelopmentKeys({ ptau: file, write: write === true, report })
      return CIRCUIT_NAMES.map((circuit) => `${circuit} ${circuits[circuit].verifyingKey}`).join('\n')
    },
  },
}

/** The command line; returns the exit code. */
async function main(argv: readonly string[]): Promise<number> {
  const { values, positionals } = readOptions(argv, {
    options: {
      power: { type: 'string' },
      name: { type: 'string' },
      beacon: { type: 'string' },
      iterations: { type: 'string' },
      least: { type: 'string' },
      ptau: { type: 'string' },
      write: { type: 'boolean' },
      help: { type: 'boolean' },
    },
    allowPositionals: true,
  })
  const [name, ...operands] = positionals
  if (values.help || name === undefined) {
    process.stdout.write(HELP)
    return 0
  }
  const step = STEPS[name]
  if (!step) throw new OptionError(`no step is called ${name}; there are ${Object.keys(STEPS).join(', ')}`)
  if (operands.length !== step.operands.length) throw new OptionError(`${name} takes ${describe(step)}`)
  process.stdout.write(`${await step.run(operands, values)}\n`)
  // snarkjs keeps its threads for another proof.
  setImmediate(() => process.exit())
  return 0
}

function describe({ operands, options }: Step): string {
  return [...operands, ...(options ? [options] : [])].join(' ')
}

function given(value: string | boolean | undefined, option: string): string {
  if (typeof value !== 'string' || value === '') throw new OptionError(`--${option} is missing`)
  return value
}

function wholeNumber(value: string | boolean, option: string): number {
  if (typeof value !== 'string' || !/^\d{1,2}$/.test(value)) throw new OptionError(`--${option} takes a whole number`)
  return Number(value)
}

function sourceOf(name: string): string {
  const found = CIRCUIT_NAMES.find((circuit) => circuit === name)
  if (!found) throw new OptionError(`no circuit is called ${name}; there are ${CIRCUIT_NAMES.join(' and ')}`)
  return circuitFile(found)
}

const HELP = `Usage: npm run ceremony -- STEP

${Object.entries(STEPS)
  .map(([name, step]) => `  ${name} ${describe(step)}\n      ${step.does}\n`)
  .join('')}
Phase 1 serves both circuits and may be anybody's prepared .ptau of 2^14 or more. In each phase several people contribute, one
after the other, on machines of their own, then a beacon that was announced before.
`

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await runScript(main)
