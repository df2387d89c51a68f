/**
 * `npm start`: the main job from nothing. Brings a local network up, enrols synthetic customers from pictures of their
 * palms, lets one pay with a new picture and no phone, shows what is refused, and stays up until Ctrl-C.
 */

import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { PalmError } from '@palmhold/base'
import { Command, CommanderError, InvalidArgumentError } from 'commander'
import { printFailure } from '../node/src/cli/output.ts'
import { startNetwork } from '../node/src/network/network.ts'
import { onReviveRequest } from '../node/src/network/revive-request.ts'
import { untilStopped } from '../node/src/network/until-stopped.ts'
import { onDisk } from '../node/src/storage/disk.ts'
import { tapSockets } from '../node/src/tap/tap-sockets.ts'
import { describeTerminalLink, fetchTerminalLink } from '../node/src/terminal/terminal-link.ts'
import { verifierPlace } from '../node/src/verifier/terminal-client.ts'
import { describeDemo } from './demo/describe-demo.ts'
import { runDemo } from './demo/run-demo.ts'
import { deployContracts } from './deploy.ts'
import { createLeakCheck } from './leaks/leak-check.ts'

type StartOptions = {
  once?: boolean
  json?: string
  folder: string
  nodes?: number
  customers: number
  chainPort: number
  port: number
}

/** Options that npm took for itself, or the words it left over of them. */
class OptionsEatenError extends PalmError {
  constructor(words: readonly string[]) {
    super('PALM_BAD_ARGUMENT', `there is no use for ${words.map((word) => JSON.stringify(word)).join(', ')}`, {
      hints: ['npm keeps options that do not stand behind `--`: write `npm start -- --once --json out.json`.'],
    })
  }
}

/** Exit code of a run that a signal ended before it was through, as shells have it for Ctrl-C. */
const INTERRUPTED = 130

const startedAt = performance.now()
// Signals count from the first moment, also while packages load or the network comes up.
const stopped = untilStopped()

const program = new Command('npm start --')
  .description('Start a local Palmhold network, enrol synthetic customers, and let one of them pay with a palm.')
  .argument('[words...]')
  .option('--once', 'end after the demonstration; the exit code says whether everything held')
  .option('--json <file>', 'write a summary there')
  .option('--folder <dir>', 'where the state is kept', process.env.PALMHOLD_FOLDER ?? '.palmhold')
  .option(
    '--nodes <n>',
    'operators in the committee, 3 to 15; a folder keeps its number (default: 3)',
    wholeNumber(3, 15),
  )
  .option('--customers <n>', 'synthetic customers, 2 to 200', wholeNumber(2, 200), 20)
  .option('--chain-port <port>', 'port of the local chain, 0 for a free one', wholeNumber(0, 65_535), 0)
  .option('--port <port>', "port of the verifier's API, 0 for a free one", wholeNumber(0, 65_535), 0)
  .addHelpText('after', '\nOptions go behind `--`:  npm start -- --once --json out.json\n')
  .exitOverride()
  .configureOutput({ outputError: (text, write) => write(`PALM_OPTION_INVALID: ${text.replace(/^error: /, '')}`) })
  .action(start)

try {
  await program.parseAsync()
} catch (error) {
  process.exit(error instanceof CommanderError ? error.exitCode : printFailure(error, false))
}
process.exit(process.exitCode ?? 0)

async function start(words: string[], options: StartOptions): Promise<void> {
  const eaten = [...words, ...optionsTakenByNpm()]
  if (eaten.length > 0) throw new OptionsEatenError(eaten)
  const folder = resolve(options.folder)
  const log = (line: string) => process.stderr.write(`${line}\n`)
  const leaks = createLeakCheck()
  // Wallets and terminal are parts of this process.
  const endTap = tapSockets((to, bytes) => leaks.tap('wallets and terminal', { plane: 'socket', to, bytes }))
  const starting = startNetwork({
    folder,
    ...(options.nodes === undefined ? {} : { operators: options.nodes }),
    merchantName: 'Café Palme',
    chainPort: options.chainPort,
    verifierPort: options.port,
    deploy: deployContracts,
    log,
    tap: leaks.tap,
    onNodeExit: (name) => log(`PALM_NODE_DOWN: ${name} has ended; its log is in its data folder.`),
  })
  const network = await unlessStopped(starting)
  if (network === 'stopped') {
    log('Stopping ...')
    // The processes of a network that is half up end with the channel to this one.
    process.exit(INTERRUPTED)
  }
  onReviveRequest(network, log)
  try {
    const startMs = Math.round(performance.now() - startedAt)
    log(`The network is up after ${(startMs / 1000).toFixed(1)} s.`)
    const shown = await unlessStopped(runDemo({ folder, network, customers: options.customers, leaks, log }))
    endTap()
    if (shown === 'stopped') {
      log('Stopping ...')
      process.exitCode = INTERRUPTED
      return
    }
    const summary = { ...shown, startMs }
    const { json } = options
    if (json !== undefined) onDisk(() => writeFileSync(json, `${JSON.stringify(summary, null, 2)}\n`))
    process.stdout.write(`${describeDemo(summary, network.record)}\n`)
    if (!summary.ok) process.exitCode = 1
    if (options.once) return
    const link = await fetchTerminalLink(verifierPlace(network.record.verifier))
    process.stdout.write(`\n${describeTerminalLink(link)}\n`)
    process.stdout.write('\nThe network stays up. Press Ctrl-C to stop it; everything it knows stays on disk.\n')
    await stopped
    log('Stopping ...')
  } finally {
    await network.stop()
  }
}

/** Options of this program that stood before npm's `--`: npm shows them to a script as its own settings. */
function optionsTakenByNpm(): string[] {
  if (process.env.npm_lifecycle_event !== 'start') return []
  const names = program.options.map((option) => option.name())
  return names
    .filter((name) => process.env[`npm_config_${name.replaceAll('-', '_')}`] !== undefined)
    .map((name) => `--${name}`)
}

/** What `work` resolves to, or `stopped` where a signal comes first; the work is then left to end with the process. */
function unlessStopped<T>(work: Promise<T>): Promise<T | 'stopped'> {
  // What it fails with once everything is being stopped is of no interest.
  work.catch(() => undefined)
  return Promise.race([stopped.then(() => 'stopped' as const), work])
}

function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!Number.isInteger(value) || value < least || value > most)
      throw new InvalidArgumentError(`Give a whole number from ${least} to ${most}.`)
    return value
  }
}
