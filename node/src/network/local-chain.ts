/**
 * The local chain: anvil (from its npm package) with its state in a file, so that it survives a restart. It is for
 * trying Palmhold on one machine; a real network names its own chain.
 */

import { createRequire } from 'node:module'
import { join } from 'node:path'
import { PalmError } from '@palmhold/base'
import { PortTakenError } from '../http/port-taken-error.ts'
import { ensureFolder, onDisk } from '../storage/disk.ts'
import { chainStateFile, mendChainState } from './chain-state.ts'
import { type ChildProcess, startChild } from './child-process.ts'
import { freePort, isPortFree } from './free-port.ts'
import { endOrphan } from './orphan.ts'

export const LOCAL_CHAIN_ID = 31_337

const READY_TIMEOUT_MS = 20_000
const POLL_MS = 50

export type LocalChain = {
  readonly rpcUrl: string
  /** The guard's, which ends with the chain and the chain with it. */
  readonly pid: number
  readonly hasExited: () => boolean
  readonly stop: () => Promise<void>
}

/**
 * Starts the chain whose state lies in `folder`; port 0 takes a free one.
 * @throws {PortTakenError} @throws {AnvilMissingError} @throws {ChainStartError}
 */
export async function startLocalChain(options: {
  folder: string
  port: number
  chainId: number
  onExit: (code: number | null) => void
  log: (line: string) => void
}): Promise<LocalChain> {
  const { folder, chainId } = options
  ensureFolder(folder)
  const pidFile = join(folder, 'anvil.pid')
  const state = chainStateFile(folder)
  // Under a guard that was killed the chain lives on, and would write its state over this one's.
  await endOrphan(pidFile, state)
  if (onDisk(() => mendChainState(folder)))
    options.log('The chain was killed while it wrote its state: it goes on from some seconds before.')
  if (options.port !== 0 && !(await isPortFree(options.port))) throw new PortTakenError(options.port)
  const port = options.port === 0 ? await freePort() : options.port
  const child = startChild({
    entry: new URL('./chain-guard.ts', import.meta.url),
    args: [
      pidFile,
      anvilBinary(),
      ...['--host', '127.0.0.1', '--port', String(port), '--chain-id', String(chainId)],
      // With --state alone a kill loses every block since the start.
      ...['--state', state, '--state-interval', '1'],
      ...['--accounts', '1', '--silent', '--no-cors'],
    ],
    logFile: join(folder, 'chain.log'),
    onExit: options.onExit,
  })
  const rpcUrl = `http://127.0.0.1:${port}`
  await untilReady(rpcUrl, child)
  const stop = async () => {
    await child.stop()
    await endOrphan(pidFile, state)
  }
  return { rpcUrl, pid: child.pid, hasExited: child.hasExited, stop }
}

/** Gives `address` at least 100 ether, which costs nothing on a local chain. */
export async function fundOnLocalChain(rpcUrl: string, address: string): Promise<void> {
  await rpc(rpcUrl, 'anvil_setBalance', [address, `0x${(100n * 10n ** 18n).toString(16)}`])
}

async function untilReady(rpcUrl: string, child: ChildProcess): Promise<void> {
  const deadline = performance.now() + READY_TIMEOUT_MS
  for (;;) {
    try {
      await rpc(rpcUrl, 'eth_chainId', [])
      return
    } catch (cause) {
      if (child.hasExited() || performance.now() > deadline) {
        await child.stop()
        throw new ChainStartError(cause)
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    }
  }
}

async function rpc(url: string, method: string, params: unknown[]): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    signal: AbortSignal.timeout(5_000),
  })
  const answer = (await response.json()) as { result?: unknown; error?: unknown }
  if (answer.error !== undefined) throw new ChainStartError(answer.error)
  return answer.result
}

function anvilBinary(): string {
  const platform = { linux: 'linux', darwin: 'darwin', win32: 'win32' }[process.platform as string]
  const arch = { x64: 'amd64', arm64: 'arm64' }[process.arch as string]
  const name = process.platform === 'win32' ? 'anvil.exe' : 'anvil'
  try {
    // The binary's package is a dependency of the anvil package, not of this one.
    const anvil = createRequire(import.meta.url).resolve('@foundry-rs/anvil/package.json')
    return createRequire(anvil).resolve(`@foundry-rs/anvil-${platform}-${arch}/bin/${name}`)
  } catch (cause) {
    throw new AnvilMissingError(cause)
  }
}

/** The chain's program is not installed. */
export class AnvilMissingError extends PalmError {
  constructor(cause: unknown) {
    super('PALM_ANVIL_MISSING', `there is no anvil for ${process.platform}-${process.arch} in node_modules`, {
      hints: ['Delete node_modules and run `npm start` again; or name a chain of your own with --rpc.'],
      cause,
    })
  }
}

/** The local chain does not come up. */
export class ChainStartError extends PalmError {
  constructor(cause: unknown) {
    super('PALM_CHAIN_START', 'the local chain does not start', {
      hints: ['See .palmhold/chain/chain.log. If its state file is damaged, move the folder .palmhold away.'],
      cause,
    })
  }
}
