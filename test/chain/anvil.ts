/** A development chain of its own for a test file: anvil on a free port, ended with the tests. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Hex } from '@palmhold/base'

/** The binary itself: its npm wrapper is a process in between that, killed, leaves the chain running. */
const ANVIL = join(
  import.meta.dirname,
  `../../node_modules/@foundry-rs/anvil-${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}/bin/anvil`,
)

export type Anvil = {
  readonly rpcUrl: string
  /** Calls the node directly. */
  request(method: string, ...params: unknown[]): Promise<unknown>
  /** Moves the clock on and mines a block. */
  pass(seconds: number): Promise<void>
  stop(): Promise<void>
}

/** Keys of the development phrase; the first ones have money. */
export const DEPLOYER_KEY: Hex = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80'
export const KEYS: readonly Hex[] = Array.from(
  { length: 10 },
  (_, i): Hex => `0x${(i + 1).toString(16).padStart(64, '0')}`,
)

/** Starts a chain and waits until it listens. */
export async function startAnvil(chainId: number): Promise<Anvil> {
  const child: ChildProcess = spawn(ANVIL, ['--port', '0', '--chain-id', String(chainId), '--hardfork', 'osaka'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout! })
  const rpcUrl = await new Promise<string>((resolve, reject) => {
    lines.on('line', (line) => {
      const address = /Listening on (\S+)/.exec(line)?.[1]
      if (address) resolve(`http://${address}`)
    })
    child.once('exit', (code) => reject(new TypeError(`anvil ended with ${code}`)))
  })
  const request = async (method: string, ...params: unknown[]): Promise<unknown> => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
    const response = await fetch(rpcUrl, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    return ((await response.json()) as { result: unknown }).result
  }
  return {
    rpcUrl,
    request,
    pass: async (seconds) => {
      await request('evm_increaseTime', seconds)
      await request('evm_mine')
    },
    stop: async () => {
      if (child.exitCode !== null) return
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}
