/** Deploying: to a second chain id, again, after a restart, off local chains, and from the command line. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Hex, isPalmError } from '@palmhold/base'
import { connectChain } from '@palmhold/chain'
import { expect } from 'chai'
import { type Deployment, deployContracts } from '../../scripts/deploy.ts'
import { LOCAL_PARAMETERS, PRODUCTION_PARAMETERS } from '../../scripts/deployment-parameters.ts'
import { hashVerifyingKeys, readVerifyingKeys } from '../../scripts/verifying-keys.ts'
import { simulatedKey, writeKeys } from '../support/simulated-proofs.ts'
import { type Anvil, DEPLOYER_KEY, startAnvil } from './anvil.ts'

const ROOT = join(import.meta.dirname, '../..')
const CHAIN_ID = 424242
const MEMBERSHIP = simulatedKey('membership of a ceremony').key
const MATCH = simulatedKey('match of a ceremony').key

describe('deployContracts', function () {
  this.timeout(60_000)
  const folder = mkdtempSync(join(tmpdir(), 'palmhold-deploy-'))
  let anvil: Anvil
  let publicChain: Server
  let publicUrl: string

  const keysDir = join(folder, 'keys')

  before(async () => {
    writeKeys(keysDir, { membership: MEMBERSHIP, match: MATCH })
    anvil = await startAnvil(CHAIN_ID)
    ;({ server: publicChain, url: publicUrl } = await disguise(anvil))
  })

  after(async () => {
    publicChain?.close()
    publicChain?.closeAllConnections()
    await anvil?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  const deployInto = (name: string, bend: object = {}) =>
    deployContracts({
      rpcUrl: anvil.rpcUrl,
      deployerKey: DEPLOYER_KEY,
      deploymentsDir: join(folder, name),
      keysDir,
      ...bend,
    })

  it('deploys to any chain id and writes where everything stands', async () => {
    const deployment = await deployInto('first')
    expect(deployment).to.deep.include({
      chainId: CHAIN_ID,
      testToken: true,
      fresh: true,
      parameters: LOCAL_PARAMETERS,
      verifyingKeys: hashVerifyingKeys({ membership: MEMBERSHIP, match: MATCH }),
    })
    const written: Deployment = JSON.parse(readFileSync(join(folder, 'first', `${CHAIN_ID}.json`), 'utf8'))
    expect(written.contracts).to.deep.equal(deployment.contracts)
    const chain = await connectChain({
      rpcUrl: anvil.rpcUrl,
      expectedChainId: CHAIN_ID,
      contracts: written.contracts,
      signerKey: DEPLOYER_KEY,
    })
    await chain.mintTestTokens(chain.signer!, 100)
    await chain.deposit(100)
    expect((await chain.account(chain.signer!)).balanceMinor).to.equal(100)
    expect(await chain.verifyingKeyHashes()).to.deep.equal(written.verifyingKeys)
    chain.close()
  })

  it('does nothing the second time', async () => {
    const block = await anvil.request('eth_blockNumber')
    const again = await deployInto('first')
    expect(again.fresh).to.equal(false)
    expect(await anvil.request('eth_blockNumber')).to.equal(block)
  })

  it('deploys anew on a development node that has forgotten everything', async () => {
    await anvil.request('anvil_reset')
    expect((await deployInto('first')).fresh).to.equal(true)
  })

  it('refuses another chain, and one that does not answer', async () => {
    expect(await codeOf(deployInto('other', { chainId: 1 }))).to.equal('PALM_WRONG_CHAIN')
    expect(await codeOf(deployInto('other', { rpcUrl: 'http://127.0.0.1:9' }))).to.equal('PALM_CHAIN_UNREACHABLE')
    expect(existsSync(join(folder, 'other'))).to.equal(false)
  })

  describe('takes verifying keys', () => {
    const withKeys = (membership = MEMBERSHIP, match = MATCH) => {
      const bent = join(folder, 'bent keys')
      writeKeys(bent, { membership, match })
      return codeOf(deployInto('other', { keysDir: bent }))
    }

    it('that went through phase 2, each of its own circuit, from a folder that has both', async () => {
      for (const delta of ['gamma', '-gamma'] as const)
        expect(await withKeys(simulatedKey('fresh', { delta }).key)).to.equal('PALM_VERIFYING_KEY_WITHOUT_PHASE_2')
      expect(await withKeys(MATCH, MATCH)).to.equal('PALM_DEPLOYMENT_UNSAFE')
      expect(await withKeys({ ...MEMBERSHIP, alpha: [1n, 1n] })).to.equal('PALM_VERIFYING_KEY_INVALID')
      const missing = deployInto('other', { keysDir: join(folder, 'nowhere') })
      expect(await codeOf(missing)).to.equal('PALM_VERIFYING_KEY_MISSING')
    })

    it('of development on the local chain alone', async () => {
      expect(await codeOf(deployInto('other', { keysDir: undefined }))).to.equal('PALM_DEPLOYMENT_UNSAFE')
      const { membership, match } = readVerifyingKeys()
      expect(await withKeys(membership)).to.equal('PALM_DEPLOYMENT_UNSAFE')
      expect(await withKeys(MEMBERSHIP, match)).to.equal('PALM_DEPLOYMENT_UNSAFE')
      expect(existsSync(join(folder, 'other'))).to.equal(false)
    })
  })

  describe('off local chains', () => {
    const publicly = (bend: object) => deployInto('public', { rpcUrl: publicUrl, ...bend })

    it('never deploys the test token', async () => {
      expect(await codeOf(publicly({}))).to.equal('PALM_TOKEN_REQUIRED')
    })

    it('deploys no delay of 0, and no stake that leaves before a dispute ends', async () => {
      const token = (await deployInto('first')).contracts.token
      for (const name of ['limitDelayS', 'disputeWindowS', 'unbondingDelayS', 'unfreezeDelayS', 'maxRootAgeS'])
        expect(await codeOf(publicly({ token, parameters: { [name]: 0 } })), name).to.equal('PALM_DEPLOYMENT_UNSAFE')
      const parameters = { unbondingDelayS: PRODUCTION_PARAMETERS.disputeWindowS }
      expect(await codeOf(publicly({ token, parameters }))).to.equal('PALM_DEPLOYMENT_UNSAFE')
    })

    it('deploys no roots that a wallet could make during a request, that all die at once, or that outlive a leaver', async () => {
      const token = (await deployInto('first')).contracts.token
      const unsafe = [
        { minRootAgeS: 150 },
        { checkpointDelayS: PRODUCTION_PARAMETERS.checkpointDelayS - 1 },
        { checkpointIntervalS: PRODUCTION_PARAMETERS.checkpointIntervalS + 1 },
      ]
      for (const parameters of unsafe)
        expect(await codeOf(publicly({ token, parameters })), JSON.stringify(parameters)).to.equal(
          'PALM_DEPLOYMENT_UNSAFE',
        )
    })

    it('uses the token given, production delays, and offers governance its contracts', async function () {
      this.timeout(120_000)
      const token = (await deployInto('first')).contracts.token
      const governance: Hex = `0x${'ab'.repeat(20)}`
      // Ignition waits there for blocks upon blocks, as a public chain makes them
      const blocks = setInterval(() => void anvil.request('anvil_mine', 5), 100)
      await anvil.request('anvil_mine', 5)
      const deployment = await publicly({ token, governance }).finally(() => clearInterval(blocks))
      expect(deployment).to.deep.include({ testToken: false, parameters: PRODUCTION_PARAMETERS })
      expect(deployment.contracts.token).to.equal(token)
      const pending = await anvil.request(
        'eth_call',
        { to: deployment.contracts.palmPay, data: '0xe30c3978' },
        'latest',
      )
      expect(pending).to.equal(`0x${governance.slice(2).padStart(64, '0')}`)
    })
  })

  describe('from the command line', () => {
    it('deploys to a configured network and prints JSON', async () => {
      const out = join(folder, 'cli')
      const { code, stdout } = await run(['--network', 'local', '--json', '--out', out, '--keys', keysDir], {
        PALMHOLD_LOCAL_RPC_URL: anvil.rpcUrl,
      })
      expect(code).to.equal(0)
      expect(JSON.parse(stdout)).to.deep.include({ chainId: CHAIN_ID, fresh: true })
      expect(existsSync(join(out, `${CHAIN_ID}.json`))).to.equal(true)
    })

    it('names a network that is not configured, without a stack trace', async () => {
      const { code, stderr } = await run(['--network', 'nowhere'], {})
      expect(code).to.equal(1)
      expect(stderr).to.match(/^PALM_NETWORK_UNKNOWN: .*\n.*local, remote/)
      expect(stderr).to.not.include('    at ')
    })

    it('refuses options it does not know and values that are none', async () => {
      const given = [['--bogus'], ['--token', '0x12'], ['--chain-id', 'x'], ['--parameters', 'nowhere.json']]
      const results = await Promise.all(given.map((args) => run(args, {})))
      for (const { stderr } of results) expect(stderr).to.match(/^PALM_OPTION_INVALID: /)
    })

    it('explains itself', async () => {
      const { code, stdout } = await run(['--help'], {})
      expect(code).to.equal(0)
      expect(stdout).to.include('--network NAME')
    })
  })
})

/** The same chain behind an endpoint that does not say it is a development node, as a public chain's would not. */
async function disguise(anvil: Anvil): Promise<{ server: Server; url: string }> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', async () => {
      const body = Buffer.concat(chunks).toString()
      const { id, method } = JSON.parse(body)
      response.setHeader('content-type', 'application/json')
      if (method === 'web3_clientVersion') {
        response.end(JSON.stringify({ jsonrpc: '2.0', id, result: 'Geth/v1.16.0' }))
        return
      }
      const headers = { 'content-type': 'application/json' }
      response.end(await (await fetch(anvil.rpcUrl, { method: 'POST', headers, body })).text())
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

async function run(args: string[], env: Record<string, string>) {
  const child = spawn(process.execPath, ['--conditions=@palmhold/source', join(ROOT, 'scripts/deploy.ts'), ...args], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (data) => {
    stdout += data
  })
  child.stderr.on('data', (data) => {
    stderr += data
  })
  const [code] = await once(child, 'close')
  return { code: code as number, stdout, stderr }
}

async function codeOf(work: Promise<unknown>): Promise<string | undefined> {
  try {
    await work
    return undefined
  } catch (error) {
    return isPalmError(error) ? error.code : String(error)
  }
}
