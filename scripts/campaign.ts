/**
 * `npm run campaign`: long runs that try to break a whole network on this machine.
 *
 *     npm run campaign -- kills --count 500
 *
 * The exit code is 1 where something did not hold; the seed to try it again with is printed.
 */

import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { findNetwork } from '../node/src/network/network-record.ts'
import { untilStopped } from '../node/src/network/until-stopped.ts'
import { type CampaignSummary, runKillCampaign } from './campaign/kill-campaign.ts'
import { OptionError, readOptions, runScript } from './command-line.ts'

const MOST_KILLS = 100_000
/** As shells have it for Ctrl-C. */
const INTERRUPTED = 130
const PEOPLE = 12

/** The command line; returns the exit code. */
async function main(argv: readonly string[]): Promise<number> {
  const { values, positionals } = readOptions(argv, {
    options: {
      count: { type: 'string', default: '500' },
      seed: { type: 'string' },
      nodes: { type: 'string', default: '3' },
      folder: { type: 'string' },
      json: { type: 'string' },
      help: { type: 'boolean' },
    },
    allowPositionals: true,
  })
  if (values.help) {
    process.stdout.write(HELP)
    return 0
  }
  const [name] = positionals
  if (positionals.length !== 1 || name !== 'kills') throw new OptionError('name one campaign; there is kills')
  const seed = values.seed ?? randomBytes(4).toString('hex')
  const folder = values.folder === undefined ? mkdtempSync(join(tmpdir(), 'palmhold-kills-')) : resolve(values.folder)
  process.stdout.write(`seed ${seed}, folder ${folder}\n`)
  // The network is in a group of its own: who ends the campaign would leave it running.
  let isOver = false
  void untilStopped().then(() => {
    if (isOver) return
    const running = findNetwork(folder)
    if (running) process.kill(running.pid, 'SIGTERM')
    process.exit(INTERRUPTED)
  })
  const summary = await runKillCampaign({
    folder,
    seed,
    count: wholeNumber('count', values.count, 1, MOST_KILLS),
    nodes: wholeNumber('nodes', values.nodes, 3, 15),
    people: PEOPLE,
    log: (line) => process.stdout.write(`${line}\n`),
  })
  isOver = true
  if (values.json) writeFileSync(values.json, `${JSON.stringify(summary, null, 2)}\n`)
  process.stdout.write(describe(summary, folder))
  // What went wrong is in the folder's logs and databases.
  if (summary.ok && values.folder === undefined) rmSync(folder, { recursive: true, force: true })
  return summary.ok ? 0 : 1
}

function describe(summary: CampaignSummary, folder: string): string {
  const { kills, elapsedMs, byVictim, byOperation, outcomes, violations, seed } = summary
  const lines = [
    '',
    `${kills} kills in ${Math.round(elapsedMs / 1000)} s`,
    `  of          ${listed(byVictim)}`,
    `  during      ${listed(byOperation)}`,
    `  operations  ${summary.acknowledged} acknowledged, ${summary.payments} of them payments; ${summary.forgottenByChain} forgotten by a chain that was killed`,
    `  sessions    ${summary.sessions} countersignatures, none for a session twice`,
    ...Object.entries(outcomes)
      .sort(([, a], [, b]) => b - a)
      .map(([outcome, count]) => `  ${String(count).padStart(4)} x ${outcome}`),
    '',
    ...(violations.length === 0
      ? ['Everything held.']
      : [
          ...violations.map((violation) => `DID NOT HOLD: ${violation}`),
          `Try it again with --seed ${seed}; everything is left in ${folder}.`,
        ]),
    '',
  ]
  return lines.join('\n')
}

function listed(counts: Record<string, number>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ')
}

function wholeNumber(name: string, text: string, least: number, most: number): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < least || value > most)
    throw new OptionError(`--${name} is a whole number from ${least} to ${most}, not ${text}`)
  return value
}

const HELP = `Usage: npm run campaign -- kills [--count N] [--seed S] [--nodes N] [--folder DIR] [--json FILE]

  kills     kills processes of a network (operators, verifier, chain, who holds them) at random moments of enrolments,
            erasures and payments, starts them again, and checks that nothing is lost, doubled or half done

Without --count, 500 kills; a kill and what follows takes about 6 s. Without --folder, a temporary one, kept where
something did not hold.
`

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await runScript(main)
