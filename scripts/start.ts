/**
 * `npm start`: the main job from nothing. Brings a local network up, enrols synthetic customers from pictures of their
 * palms, lets one pay with a new picture and no phone, shows what is refused, and stays up until Ctrl-C.
 */

import { PalmError } from '@palmhold/base'
import { Command, CommanderError, InvalidArgumentError } from 'commander'
import { printFailure } from '../node/src/cli/output.ts'
import { untilStopped } from '../node/src/network/until-stopped.ts'
import type { StartOptions } from './demo/start-demo.ts'

/** Options that npm took for itself, or the words it left over of them. */
class OptionsEatenError extends PalmError {
  constructor(words: readonly string[]) {
    super('PALM_BAD_ARGUMENT', `there is no use for ${words.map((word) => JSON.stringify(word)).join(', ')}`, {
      hints: ['npm keeps options that do not stand behind `--`: write `npm start -- --once --json out.json`.'],
    })
  }
}

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
  const { startDemo } = await import('./demo/start-demo.ts')
  await startDemo(options, { startedAt, stopped })
}

/** Options of this program that stood before npm's `--`: npm shows them to a script as its own settings. */
function optionsTakenByNpm(): string[] {
  if (process.env.npm_lifecycle_event !== 'start') return []
  const names = program.options.map((option) => option.name())
  return names
    .filter((name) => process.env[`npm_config_${name.replaceAll('-', '_')}`] !== undefined)
    .map((name) => `--${name}`)
}

function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!Number.isInteger(value) || value < least || value > most)
      throw new InvalidArgumentError(`Give a whole number from ${least} to ${most}.`)
    return value
  }
}
