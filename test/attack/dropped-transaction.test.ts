/**
 * A chain may drop a transaction that it had taken. A sender that goes on counting from it leaves a gap in its nonces, and
 * nothing it sends afterwards is ever mined: a verifier would charge nobody until it is started again.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { errorCode } from '@palmhold/base'
import { type Chain, connectChain } from '@palmhold/chain'
import { expect } from 'chai'
import { deployContracts } from '../../scripts/deploy.ts'
import { type Anvil, DEPLOYER_KEY, startAnvil } from '../chain/anvil.ts'
import { addressOf } from '../protocol/signed.ts'

const CHAIN_ID = 31337

describe('a sender whose transaction was dropped', function () {
  this.timeout(60_000)
  const folder = mkdtempSync(join(tmpdir(), 'palmhold-attack-'))
  let anvil: Anvil
  let chain: Chain

  before(async () => {
    anvil = await startAnvil(CHAIN_ID)
    const options = { rpcUrl: anvil.rpcUrl, deployerKey: DEPLOYER_KEY, deploymentsDir: folder }
    const { contracts } = await deployContracts(options)
    const signing = { signerKey: DEPLOYER_KEY, timeoutMs: 400, pollIntervalMs: 20 }
    chain = await connectChain({ rpcUrl: anvil.rpcUrl, expectedChainId: CHAIN_ID, contracts, ...signing })
  })

  after(async () => {
    chain?.close()
    await anvil?.stop()
    rmSync(folder, { recursive: true })
  })

  it('goes on with the nonce that the chain waits for', async () => {
    await chain.fundGas(addressOf('anybody'), 1n)
    await anvil.request('evm_setAutomine', false)
    expect(await chain.fundGas(addressOf('anybody'), 1n).catch(errorCode)).to.equal('PALM_CHAIN_TIMEOUT')
    await anvil.request('anvil_dropAllTransactions')
    await anvil.request('evm_setAutomine', true)
    const { blockNumber } = await chain.fundGas(addressOf('anybody'), 1n)
    expect(blockNumber).to.be.greaterThan(0)
  })
})
