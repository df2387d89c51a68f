/** A chain of its own for the tests that resolve DIDs: anvil with the ERC-1056 registry from its package. */

import { spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { toHex, utf8 } from '@palmhold/base'
import { Contract, ContractFactory, JsonRpcProvider, Wallet } from 'ethers'
import { EthereumDIDRegistry } from 'ethr-did-registry'

const CHAIN_ID = 424_242

export type LocalChain = {
  readonly rpcUrl: string
  readonly chainId: number
  readonly didRegistry: string
  /** Gives the DID of `privateKey` another owner; the zero address deactivates it. */
  changeOwner(privateKey: Uint8Array, newOwner: string): Promise<void>
  stop(): void
}

/** The 32-byte private key of a name. */
export function keyOf(name: string): Uint8Array {
  return keccak_256(utf8(`palmhold test key: ${name}`))
}

export async function startLocalChain(): Promise<LocalChain> {
  const port = await freePort()
  const args = ['--port', String(port), '--chain-id', String(CHAIN_ID)]
  const anvil = spawn(fileURLToPath(new URL('../../node_modules/.bin/anvil', import.meta.url)), args)
  await new Promise<void>((resolve, reject) => {
    anvil.stdout.on('data', (text: Buffer) => text.includes('Listening on') && resolve())
    anvil.once('error', reject)
    anvil.once('exit', () => reject(new RangeError('anvil ended')))
  })
  const rpcUrl = `http://127.0.0.1:${port}`
  const provider = new JsonRpcProvider(rpcUrl, CHAIN_ID, { staticNetwork: true, pollingInterval: 50 })
  const funder = await provider.getSigner(0)
  const registry = await new ContractFactory(EthereumDIDRegistry.abi, EthereumDIDRegistry.bytecode, funder).deploy()
  await registry.waitForDeployment()
  const didRegistry = await registry.getAddress()

  return {
    rpcUrl,
    chainId: CHAIN_ID,
    didRegistry,
    async changeOwner(privateKey, newOwner) {
      const wallet = new Wallet(toHex(privateKey), provider)
      await (await funder.sendTransaction({ to: wallet.address, value: 10n ** 18n })).wait()
      const contract = new Contract(didRegistry, EthereumDIDRegistry.abi, wallet)
      await (await contract.getFunction('changeOwner')(wallet.address, newOwner)).wait()
    },
    stop() {
      provider.destroy()
      anvil.kill('SIGTERM')
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}
