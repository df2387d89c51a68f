/** What every script of the repository does alike: reads its options, ends, and fails without a stack. */

import { type ParseArgsConfig, parseArgs } from 'node:util'
import { isPalmError, PalmError } from '@palmhold/base'

/**
 * `parseArgs` of node:util over `argv`.
 * @throws {OptionError} an option is unknown or lacks its value
 */
export function readOptions<T extends ParseArgsConfig>(argv: readonly string[], config: T) {
  try {
    return parseArgs<T>({ ...config, args: [...argv] })
  } catch (error) {
    throw new OptionError(error instanceof Error ? error.message : String(error))
  }
}

/**
 * Runs a script's `main`, which returns the exit code, on the arguments of this process. PALMHOLD_DEBUG=1 adds the stack
 * to a failure.
 */
export async function runScript(main: (argv: readonly string[]) => Promise<number>): Promise<void> {
  try {
    process.exitCode = await main(process.argv.slice(2))
  } catch (error) {
    const lines = isPalmError(error)
      ? [`${error.code}: ${error.message}`, ...error.hints.map((hint) => `  ${hint}`)]
      : [`PALM_INTERNAL: ${String(error)}`]
    if (process.env.PALMHOLD_DEBUG && error instanceof Error) lines.push(error.stack ?? '')
    process.stderr.write(`${lines.join('\n')}\n`)
    process.exitCode = 1
  }
  // The launcher's IPC channel would keep a finished script running.
  process.disconnect?.()
}

/** An option is unknown, or its value does not fit. */
export class OptionError extends PalmError {
  constructor(message: string) {
    super('PALM_OPTION_INVALID', message, { hints: ['Run with --help to see the options.'] })
  }
}
