/** `up`: a network in the background, or what has ended of one. */

import { spawn } from 'node:child_process'
import { openSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { PalmError, type PalmErrorCode } from '@palmhold/base'
import { findNetwork, namesOfEnded, networkPaths, requireNodeCount } from '../../network/network-record.ts'
import { requestRevival } from '../../network/revive-request.ts'
import { ensureFolder, onDisk, readFileIfThere } from '../../storage/disk.ts'
import { folderOf } from './folder-option.ts'
import { printNetwork } from './print-network.ts'
import type { UpOptions } from './up-options.ts'

const UP_TIMEOUT_MS = 120_000
const POLL_MS = 100

/** Starts this program again, detached, and waits until the network has written its record. */
export async function upBehind(options: UpOptions): Promise<void> {
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
      ...(options.screenLight ? ['--screen-light'] : []),
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
