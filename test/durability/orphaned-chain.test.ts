/** A network whose launcher and whose chain's guard were killed comes up again on the port that its chain still holds. */

import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { expect } from 'chai'
import { freePort, isPortFree } from '../../node/src/network/free-port.ts'
import { LOCAL_CHAIN_ID, startLocalChain } from '../../node/src/network/local-chain.ts'
import { startNetwork } from '../../node/src/network/network.ts'
import { isRunning, networkPaths } from '../../node/src/network/network-record.ts'
import { cleanUp, temporaryFolder } from '../e2e/processes.ts'

describe('a network whose chain was left alone', function () {
  this.timeout(60_000)
  let folder: string

  before(async () => {
    folder = await temporaryFolder()
  })
  after(() => cleanUp(folder))

  it('ends that chain and starts its own on the same port', async () => {
    const { chain } = networkPaths(folder)
    const port = await freePort()
    const log = () => undefined
    const left = await startLocalChain({ folder: chain, port, chainId: LOCAL_CHAIN_ID, onExit: log, log })
    const anvil = Number(readFileSync(`${chain}/anvil.pid`, 'utf8'))
    process.kill(left.pid, 'SIGKILL')
    while (!left.hasExited()) await delay(20)
    expect(isRunning(anvil)).to.equal(true)
    expect(await isPortFree(port)).to.equal(false)
    // As far as the deployment, for which the chain has to answer.
    const deployed = new Error('deployed')
    const deploy = ({ rpcUrl }: { rpcUrl: string }) => {
      expect(new URL(rpcUrl).port).to.equal(String(port))
      expect(isRunning(anvil)).to.equal(false)
      return Promise.reject(deployed)
    }
    const options = { folder, merchantName: 'Shop', chainPort: port, verifierPort: 0, deploy, log, onNodeExit: log }
    const failure = await startNetwork(options).catch((error: unknown) => error)
    expect(failure).to.equal(deployed)
    expect(await isPortFree(port)).to.equal(true)
  })
})
