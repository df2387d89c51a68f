/** The text of docs/proving.md from what `npm run bench -- zk` measured. */

import { readFileSync } from 'node:fs'
import { cpus, loadavg, totalmem } from 'node:os'
import { join } from 'node:path'
import type { Figure } from './figure.ts'
import { threeDigits } from './time-plot-svg.ts'

const GAS_SNAPSHOT = join(import.meta.dirname, '../../contracts/gas-snapshot.json')
/** What is aimed at, on two idle cores. */
const TARGETS = [
  { name: 'match proof, Node, 2 threads, warm', most: 600 },
  { name: 'match proof, Chromium, 2 threads, warm', most: 800 },
  { name: 'verify a match proof in JavaScript, warm', most: 15 },
  { name: 'verify a membership proof in JavaScript, warm', most: 15 },
] as const
const GAS_TARGETS = [
  { name: 'match proof alone', most: 250_000 },
  { name: 'quorum alone, 2 of 3', most: 50_000 },
  { name: 'quorum alone, 3 of 4', most: 60_000 },
] as const
const GAS_SHOWN = [
  'membership proof alone',
  'charge by phone, a later payment, membership registered',
  'charge by phone, a later payment, with both proofs',
  'enrol at place 1',
  'enrol at place 15',
]

/** @param loadBefore the load average as the benchmark began */
export function provingDocument(figures: readonly Figure[], loadBefore: number): string {
  const gas = JSON.parse(readFileSync(GAS_SNAPSHOT, 'utf8')) as Record<string, number>
  const measured = (name: string) => figures.find((figure) => figure.name === name)
  const times = TARGETS.map(({ name, most }) => {
    const figure = measured(name)
    return `| ${name} | ${most} ms | ${figure ? `${threeDigits(figure.value)} ms` : 'not measured'} |`
  })
  const costs = GAS_TARGETS.map(
    ({ name, most }) => `| ${name} | ${most.toLocaleString('en')} gas | ${gas[name]!.toLocaleString('en')} gas |`,
  )
  const rows = figures.map(({ name, value, unit }) => `| ${name.trim()} | ${threeDigits(value)} ${unit} |`)
  return `# Proving and checking

Written by \`npm run bench -- zk\` (about two minutes; with \`--semaphore\` it measures Semaphore too); do not edit. Gas is from
\`contracts/gas-snapshot.json\`, which \`npm test -- contracts\` holds to what the contracts take.

Measured on ${cpus().length} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), ${(totalmem() / 1e9).toFixed(0)} GB of memory, Node ${process.version}. The load average
was ${loadBefore.toFixed(1)} before and ${loadavg()[0]!.toFixed(1)} after${loadBefore > 0.7 ? ': other work ran beside it' : ''}.

## Beside the targets

| | at most | measured |
|---|---|---|
${[...times, ...costs].join('\n')}

## Gas

| | gas |
|---|---|
${GAS_SHOWN.map((name) => `| ${name} | ${gas[name]!.toLocaleString('en')} |`).join('\n')}

## All that was measured

A cold proof starts a worker, fetches and checks the keys (from loopback in Chromium, from the disk on Node), and compiles
WebAssembly; a warm one is the best of several that follow in the same worker. The circuits, keys and inputs are those of the
phone lane, with development keys. The one circuit that does both has a stand-in for its key: right sizes, random points.
Semaphore proves membership alone, of a group of up to 2^20, with its own keys and snarkjs.

| | |
|---|---|
${rows.join('\n')}
`
}
