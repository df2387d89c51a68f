/** The local chain comes back whole after a kill: a state file of two moments is told apart, and an earlier one takes its place. */

import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect } from 'chai'
import {
  chainStateFile,
  isWholeChainState,
  keepChainState,
  mendChainState,
} from '../../node/src/network/chain-state.ts'
import { LOCAL_CHAIN_ID, type LocalChain, startLocalChain } from '../../node/src/network/local-chain.ts'
import { cleanUp, temporaryFolder } from '../e2e/processes.ts'

type State = { accounts: Record<string, { nonce: number; code: string }>; transactions: unknown[] }

describe('the state of the local chain', function () {
  this.timeout(60_000)
  let folder: string
  let chain: LocalChain | undefined
  const said: string[] = []

  before(async () => {
    folder = await temporaryFolder()
  })
  after(async () => {
    await chain?.stop()
    await cleanUp(folder)
  })

  const start = async () => {
    const log = (line: string) => void said.push(line)
    chain = await startLocalChain({ folder, port: 0, chainId: LOCAL_CHAIN_ID, onExit: () => undefined, log })
    return chain.rpcUrl
  }
  const ask = async <T>(url: string, method: string, params: unknown[]): Promise<T> => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
    const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    return ((await response.json()) as { result: T }).result
  }
  /** Sends ether from the account that anvil unlocks, `times` times. */
  const spend = async (url: string, times: number) => {
    const [from] = await ask<string[]>(url, 'eth_accounts', [])
    const to = `0x${'11'.repeat(20)}`
    for (let i = 0; i < times; i++) {
      const hash = await ask<string>(url, 'eth_sendTransaction', [{ from, to, value: '0x1' }])
      // anvil names a transaction before it has mined it.
      while ((await ask(url, 'eth_getTransactionReceipt', [hash])) === null);
    }
    return from!
  }
  const nonceOf = async (url: string, address: string) =>
    Number(await ask<string>(url, 'eth_getTransactionCount', [address, 'latest']))
  const read = () => JSON.parse(readFileSync(chainStateFile(folder), 'utf8')) as State

  it('is kept beside itself while the chain runs, and whole when it stopped', async () => {
    const url = await start()
    await spend(url, 3)
    while (!existsSync(join(folder, 'state.kept-1.json'))) await delay(100)
    await chain!.stop()
    expect(isWholeChainState(chainStateFile(folder))).to.equal(true)
    expect(mendChainState(folder)).to.equal(false)
  })

  it('is not whole where the block of a transaction is missing, and an earlier one takes its place', async () => {
    keepChainState(folder)
    const whole = readFileSync(chainStateFile(folder), 'utf8')
    const torn = read()
    torn.transactions.pop()
    writeFileSync(chainStateFile(folder), JSON.stringify(torn))
    expect(isWholeChainState(chainStateFile(folder))).to.equal(false)
    const url = await start()
    expect(await nonceOf(url, await spend(url, 1))).to.equal(Object.keys(torn.transactions).length + 2)
    await chain!.stop()
    expect(said).to.have.length(1)
    expect(whole).not.to.equal(readFileSync(chainStateFile(folder), 'utf8'))
  })

  it('is replaced where it was cut off while it was written, by the newest whole one', () => {
    const file = chainStateFile(folder)
    const text = readFileSync(file, 'utf8')
    copyFileSync(file, join(folder, 'state.kept-2.json'))
    writeFileSync(join(folder, 'state.kept-1.json'), text.slice(0, -9))
    writeFileSync(file, text.slice(0, text.length / 2))
    expect(mendChainState(folder)).to.equal(true)
    expect(readFileSync(file, 'utf8')).to.equal(text)
  })

  it('is left as it is where no whole one is left', () => {
    const file = chainStateFile(folder)
    for (const age of [1, 2, 3]) writeFileSync(join(folder, `state.kept-${age}.json`), '{}')
    writeFileSync(file, '{"accounts":')
    expect(mendChainState(folder)).to.equal(false)
    expect(readFileSync(file, 'utf8')).to.equal('{"accounts":')
  })
})
