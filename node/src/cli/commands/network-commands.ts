/** `up`, `down` and `status`: a network on this machine, in the background or in this terminal. */

import { FIRST_PASS_RATES, type FirstPassRate } from '@palmhold/palm/first-pass'
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { Deploy } from '../../network/network.ts'
import { DEFAULT_ASK_ABOVE_MINOR } from '../../verifier/ask-above.ts'
import { amountMinor } from '../amount.ts'
import { withJson } from '../palm/command-input.ts'
import type { DownOptions } from './down.ts'
import { withFolder } from './folder-option.ts'
import type { StatusOptions } from './status.ts'
import type { UpOptions } from './up-options.ts'

export function addNetworkCommands(program: Command, { deploy }: { deploy: Deploy }): void {
  withJson(withFolder(program.command('up')))
    .description('start a local network (chain, contracts, operators, one merchant verifier), or what has ended of it')
    .option('--nodes <n>', 'operators in the committee, 3 to 15; a folder keeps its number (default: 3)', nodeCount)
    .option('--name <name>', "the merchant's name", 'Café Palme')
    .option('--chain-port <port>', 'port of the local chain, 0 for a free one', portNumber, 0)
    .option('--port <port>', "port of the verifier's API, 0 for a free one", portNumber, 0)
    .addOption(
      new Option('--first-pass <when>', 'search in two passes, the first by pooled codes: auto is above 8,192 rows')
        .choices(['auto', 'off', 'on'])
        .default('off'),
    )
    .option('--pass-rate <rate>', `part of strangers that may pass it: ${FIRST_PASS_RATES.join(' or ')}`, passRate, 0.1)
    .addOption(
      new Option('--ask-above <euros>', 'sum above which a scan that looks like no living hand asks for another factor')
        .argParser(amountMinor)
        .default(DEFAULT_ASK_ABOVE_MINOR, (DEFAULT_ASK_ABOVE_MINOR / 100).toFixed(2)),
    )
    .option('--screen-light', 'light the palm by the screen for such a scan, dark and bright again: in dim shops')
    .option('--foreground', 'stay in this terminal until Ctrl-C')
    .action(async (options: UpOptions) =>
      options.foreground
        ? (await import('./up-here.ts')).upHere(options, deploy)
        : (await import('./up-behind.ts')).upBehind(options),
    )

  withJson(withFolder(program.command('down')))
    .description('stop the network; everything it knows stays in its folder')
    .action(async (options: DownOptions) => (await import('./down.ts')).down(options))

  withJson(withFolder(program.command('status')))
    .description('show every node of the network, and how it is')
    .action(async (options: StatusOptions) => (await import('./status.ts')).showStatus(options))
}

function nodeCount(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 3 || value > 15) throw new InvalidArgumentError('Give 3 to 15.')
  return value
}

function portNumber(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 0 || value > 65_535) throw new InvalidArgumentError('Give 0 to 65535.')
  return value
}

function passRate(text: string): FirstPassRate {
  const found = FIRST_PASS_RATES.find((rate) => String(rate) === text)
  if (found === undefined) throw new InvalidArgumentError(`Give ${FIRST_PASS_RATES.join(' or ')}.`)
  return found
}
