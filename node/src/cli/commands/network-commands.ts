/** `up`, `down` and `status`: a network on this machine, in the background or in this terminal. */

import { spawn } from 'node:child_process'
import { openSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { errorCode, PalmError, type PalmErrorCode } from '@palmhold/base'
import { FIRST_PASS_RATES, type FirstPassRate } from '@palmhold/palm'
import type { FirstPass } from '@palmhold/protocol'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { type Deploy, startNetwork } from '../../network/network.ts'
import {
  findNetwork,
  isRunning,
  type NetworkRecord,
  type NodeRecord,
  namesOfEnded,
  networkPaths,
  requireNetwork,
  requireNodeCount,
} from '../../network/network-record.ts'
import { onReviveRequest, requestRevival } from '../../network/revive-request.ts'
import { untilStopped } from '../../network/until-stopped.ts'
import { ensureFolder, onDisk, readFileIfThere } from '../../storage/disk.ts'
import { describeTerminalLink, fetchTerminalLink } from '../../terminal/terminal-link.ts'
import { verifierPlace } from '../../verifier/terminal-client.ts'
import { DEFAULT_ASK_ABOVE_MINOR } from '../../verifier/verifier-config.ts'
import { amountMinor } from '../amount.ts'
import { printResult, withJson } from '../palm/command-input.ts'
import { folderOf, withFolder } from './folder-option.ts'

const UP_TIMEOUT_MS = 120_000
const DOWN_TIMEOUT_MS = 40_000
const POLL_MS = 100

type UpOptions = {
  folder: string
  nodes?: number
  name: string
  chainPort: number
  port: number
  firstPass: FirstPass['use']
  passRate: FirstPassRate
  askAbove: number
  foreground?: boolean
  json?: boolean
}

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
    .option('--foreground', 'stay in this terminal until Ctrl-C')
    .action((options: UpOptions) => (options.foreground ? upHere(options, deploy) : upBehind(options)))

  withJson(withFolder(program.command('down')))
    .description('stop the network; everything it knows stays in its folder')
    .action(down)

  withJson(withFolder(program.command('status')))
    .description('show every node of the network, and how it is')
    .action(status)
}

async function upHere(options: UpOptions, deploy: Deploy): Promise<void> {
  const folder = folderOf(options)
  const stopped = untilStopped()
  const network = await startNetwork({
    folder,
    ...(options.nodes === undefined ? {} : { operators: options.nodes }),
    merchantName: options.name,
    chainPort: options.chainPort,
    verifierPort: options.port,
    firstPass: { use: options.firstPass, passRate: options.passRate },
    askAboveMinor: options.askAbove,
    deploy,
    log: (line) => process.stderr.write(`${line}\n`),
    onNodeExit: (name) => process.stderr.write(`PALM_NODE_DOWN: ${name} has ended; its log is in its data folder.\n`),
  })
  onReviveRequest(network, (line) => process.stderr.write(`${line}\n`))
  // Behind another command this is a log, which is no place for the link.
  if (process.stdout.isTTY) await printNetwork(options, network.record)
  else printResult(options.json, network.record, describe(network.record))
  await stopped
  await network.stop()
}

/** Starts this program again, detached, and waits until the network has written its record. */
async function upBehind(options: UpOptions): Promise<void> {
  const folder = folderOf(options)
  const running = findNetwork(folder)
  if (running) {
    if (options.nodes !== undefined) requireNodeCount(options.nodes, running.operators.length)
    const ended = namesOfEnded(running)
    const record = ended.length === 0 ? running : await requestRevival(folder, running, UP_TIMEOUT_MS)
    const said = ended.length === 0 ? 'The network is up already.' : `Started again: ${ended.join(', ')}.`
    await printNetwork(options, record, `${said}\n`)
    return
  }
  ensureFolder(folder)
  const { log: logFile } = networkPaths(folder)
  const log = onDisk(() => openSync(logFile, 'w', 0o600))
  const { nodes, name, chainPort, port } = options
  const child = spawn(
    process.execPath,
    [
      ...process.execArgv,
      process.argv[1]!,
      ...[
        'up',
        '--foreground',
        '--folder',
        folder,
        '--name',
        name,
        ...(nodes === undefined ? [] : ['--nodes', String(nodes)]),
      ],
      ...['--chain-port', String(chainPort), '--port', String(port)],
      ...['--first-pass', options.firstPass, '--pass-rate', String(options.passRate)],
      ...['--ask-above', (options.askAbove / 100).toFixed(2)],
    ],
    { detached: true, stdio: ['ignore', log, log] },
  )
  child.unref()
  const deadline = performance.now() + UP_TIMEOUT_MS
  for (;;) {
    await delay(POLL_MS)
    const record = findNetwork(folder)
    if (record !== undefined && record.pid === child.pid) {
      await printNetwork(options, record)
      return
    }
    if (child.exitCode !== null || performance.now() > deadline) throw new UpFailedError(logFile)
  }
}

async function down(options: { folder: string; json?: boolean }): Promise<void> {
  const record = requireNetwork(folderOf(options))
  process.kill(record.pid, 'SIGTERM')
  const deadline = performance.now() + DOWN_TIMEOUT_MS
  while (isRunning(record.pid)) {
    if (performance.now() > deadline) throw new DownFailedError(record.pid)
    await delay(POLL_MS)
  }
  printResult(options.json, { ok: true, stopped: record.pid }, 'The network is down.')
}

async function status(options: { folder: string; json?: boolean }): Promise<void> {
  const record = requireNetwork(folderOf(options))
  const operators = await Promise.all(record.operators.map((node) => nodeStatus(node)))
  const verifier = await nodeStatus(record.verifier)
  const ok = [...operators, verifier].every((node) => node.ok)
  const lines = [
    `chain      ${record.chain.rpcUrl} (id ${record.chain.chainId})`,
    ...operators.map((node, i) => `operator ${i + 1} ${line(node)}`),
    `verifier   ${line(verifier)}`,
  ]
  printResult(options.json, { ok, chain: record.chain, operators, verifier }, lines.join('\n'))
  if (!ok) process.exitCode = 1
}

type NodeStatus = NodeRecord & { ok: boolean; checks: Record<string, string>; rows?: number }

async function nodeStatus(node: NodeRecord): Promise<NodeStatus> {
  try {
    const health = (await getJson(node.url, '/health')) as { ok: boolean; checks: Record<string, string> }
    const { rows } = (await getJson(node.url, '/v1/status')) as { rows?: number }
    return { ...node, ...health, ...(rows === undefined ? {} : { rows }) }
  } catch {
    return { ...node, ok: false, checks: { node: 'PALM_NODE_DOWN' } }
  }
}

async function getJson(url: string, path: string): Promise<unknown> {
  return (await fetch(new URL(path, url), { signal: AbortSignal.timeout(5_000) })).json()
}

function line(node: NodeStatus): string {
  const faults = Object.entries(node.checks).filter(([, check]) => check !== 'ok')
  const state = node.ok ? 'ok  ' : 'DOWN'
  const rows = node.rows === undefined ? '' : `, ${node.rows} rows`
  return `${state} ${node.address} ${node.url} (pid ${node.pid}${rows})${faults.map(([name, check]) => ` ${name}: ${check}`).join(',')}`
}

/** Prints the record, and in words a link that opens the terminal page besides. */
async function printNetwork({ json }: UpOptions, record: NetworkRecord, said = ''): Promise<void> {
  if (json) return printResult(json, record, '')
  const link = await fetchTerminalLink(verifierPlace(record.verifier)).then(describeTerminalLink, printableCode)
  printResult(json, record, `${said}${describe(record)}\n${link}`)
}

function printableCode(error: unknown): string {
  return `terminal    ${errorCode(error)}`
}

function describe(record: NetworkRecord): string {
  return [
    `chain      ${record.chain.rpcUrl} (id ${record.chain.chainId})`,
    ...record.operators.map((node, i) => `operator ${i + 1} ${node.address} ${node.url}`),
    `verifier   ${record.verifier.address} ${record.verifier.url}`,
    `folder     ${join(record.verifier.dataFolder, '..')}`,
  ].join('\n')
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

/** The network behind does not come up; what it printed last says why. */
export class UpFailedError extends PalmError {
  constructor(logFile: string) {
    const lines = readFileIfThere(logFile)?.toString('utf8').trimEnd().split('\n') ?? []
    const at = lines.findLastIndex((line) => /^PALM_[A-Z_]+: /.test(line))
    const [, code, message] = /^(PALM_[A-Z_]+): (.*)$/.exec(lines[at] ?? '') ?? []
    const hints = lines.slice(at + 1).map((line) => line.trim())
    super((code ?? 'PALM_NODE_FAILED') as PalmErrorCode, message ?? 'the network did not come up', {
      hints: code === undefined ? [`See ${logFile}.`] : hints,
    })
  }
}

/** The network does not go down. */
export class DownFailedError extends PalmError {
  constructor(pid: number) {
    super('PALM_DOWN_FAILED', `process ${pid} does not end`, {
      hints: [`End it with kill -9 ${pid}: nothing is lost.`],
    })
  }
}

function passRate(text: string): FirstPassRate {
  const found = FIRST_PASS_RATES.find((rate) => String(rate) === text)
  if (found === undefined) throw new InvalidArgumentError(`Give ${FIRST_PASS_RATES.join(' or ')}.`)
  return found
}
