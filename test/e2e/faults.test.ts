/**
 * What happens when parts of a running network fail: operators that die or hang, a verifier that is killed in the middle
 * of a payment, a chain that is cut off or ends. A payment is done once or not at all, and whoever waits is told why.
 */

import { closeSync, openSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Hex } from '@palmhold/base'
import { quorumOf } from '@palmhold/protocol'
import { expect } from 'chai'
import type { NodeRecord } from '../../node/src/network/network-record.ts'
import { openPayment, type VerifierPlace, verifierPlace } from '../../node/src/verifier/terminal-client.ts'
import { type ChainProxy, startChainProxy } from './chain-proxy.ts'
import { balanceOf, type LocalNetwork, NETWORK_TIMEOUT_MS, openNetwork, pay, rowsOf } from './local-network.ts'
import { type NodeByHand, startByHand } from './node-by-hand.ts'
import { cleanUp, palmhold, processesNaming, temporaryFolder, until } from './processes.ts'
import { refused } from './refused.ts'

const ROWS = 2

describe('a network of four operators', function () {
  this.timeout(60_000)
  let scratch: string
  let local: LocalNetwork
  let operators: NodeRecord[]
  let payer: string
  const byHand: NodeByHand[] = []

  before(async function () {
    this.timeout(NETWORK_TIMEOUT_MS)
    scratch = await temporaryFolder()
    local = await openNetwork(join(scratch, 'network'), { operators: 4, customers: ['Ada'] })
    operators = [...local.network.record.operators]
    payer = local.customers.get('Ada')!.address
  })
  after(async function () {
    this.timeout(60_000)
    await Promise.all(byHand.map((node) => node.stop()))
    await local?.network.stop()
    await cleanUp(scratch)
  })

  const killed = async ({ pid }: NodeRecord): Promise<void> => {
    process.kill(pid, 'SIGKILL')
    await until(() => !processesNaming(scratch).includes(pid), 5_000, 'the process to end')
  }
  const restarted = async (node: NodeRecord, changes = {}): Promise<NodeByHand> => {
    const others = operators.filter(({ address }) => address !== node.address)
    const started = await startByHand('operator', node.dataFolder, others, changes)
    byHand.push(started)
    return started
  }
  const failureOf = async (node: NodeRecord, changes: object): Promise<string> => {
    const { report } = await restarted(node, changes)
    return report.kind === 'failed' ? report.code : report.kind
  }
  /** Pays once the operators have found each other again. */
  const payWhenReady = async (place: VerifierPlace = local.place): Promise<void> => {
    await until(
      async () => {
        try {
          await pay(local, 'Ada', { amountMinor: 1, place })
          return true
        } catch {
          return false
        }
      },
      15_000,
      'a payment to go through',
    )
  }

  it('pays on when one operator dies', async () => {
    await killed(operators[0]!)
    const { receipt } = await pay(local, 'Ada', { amountMinor: 1_00 })
    const signers = quorumOf(receipt.attestation).map(({ signer }) => signer)
    expect(signers).to.have.length(3).and.not.include(operators[0]!.address)
  })

  it('names the operators that are missing when too many have died, at once', async () => {
    await killed(operators[1]!)
    const startedAt = performance.now()
    const { message, hints } = await refused(pay(local, 'Ada'), 'PALM_OPERATORS_MISSING')
    expect(performance.now() - startedAt).to.be.below(5_000)
    expect(message).to.include(operators[0]!.address).and.include(operators[1]!.address)
    expect(hints.join()).to.include('palmhold status')
    const status = await palmhold('status', '--folder', local.folder)
    expect(status.code).to.equal(1)
    expect(status.stdout).to.match(/operator 1 DOWN .*PALM_NODE_DOWN.*\noperator 2 DOWN .*PALM_NODE_DOWN.*\n/)
    expect(await rowsOf(local)).to.deep.equal([undefined, undefined, ROWS, ROWS])
  })

  it('starts no operator on another chain, on the data of another deployment, or twice', async () => {
    const dead = operators[0]!
    expect(await failureOf(dead, { chainId: 1 })).to.equal('PALM_WRONG_CHAIN')
    const { contracts } = local.network.record
    // a registry of the same kind at another address
    const elsewhere = { ...contracts, palmRegistry: contracts.palmPay }
    expect(await failureOf(dead, { contracts: elsewhere })).to.equal('PALM_CHAIN_DIVERGED')
    expect(await failureOf(operators[2]!, {})).to.equal('PALM_ALREADY_RUNNING')
    expect(await rowsOf(local)).to.deep.equal([undefined, undefined, ROWS, ROWS])
  })

  it('pays again once a dead operator is back, which has kept its rows', async () => {
    const { report } = await restarted(operators[1]!)
    expect(report).to.include({ kind: 'ready', address: operators[1]!.address, rows: ROWS })
    await payWhenReady()
  })

  it('rebuilds a row that its disk damaged while it was down, with the help of others', async () => {
    const { dataFolder } = operators[1]!
    await byHand.at(-1)!.stop()
    const segment = openSync(join(dataFolder, 'segments', 'segment-00000.rows'), 'r+')
    writeSync(segment, Buffer.from('a bit and more'), 0, 14, 1_000)
    closeSync(segment)
    const { report } = await restarted(operators[1]!)
    if (report.kind === 'failed') return expect.fail(report.code)
    expect(report.rows, 'left out').to.equal(0)
    const rows = async () => {
      const response = await fetch(new URL('/v1/status', report.httpUrl))
      return ((await response.json()) as { rows: number }).rows
    }
    await until(async () => (await rows()) === ROWS, 45_000, 'the row to be rebuilt')
    await payWhenReady()
  })

  it('gives up in time on an operator that hangs, and pays again when it goes on', async () => {
    const hanging = operators[3]!
    process.kill(hanging.pid, 'SIGSTOP')
    try {
      const startedAt = performance.now()
      await refused(pay(local, 'Ada'), 'PALM_NODE_SLOW')
      expect(performance.now() - startedAt).to.be.below(20_000)
    } finally {
      process.kill(hanging.pid, 'SIGCONT')
    }
    await payWhenReady()
  })

  describe('whose verifier is killed, or cut off from the chain', () => {
    let proxy: ChainProxy
    let verifier: NodeByHand

    const startVerifier = async (): Promise<VerifierPlace> => {
      const { record } = local.network
      verifier = await startByHand('verifier', record.verifier.dataFolder, operators.slice(1), { rpcUrl: proxy.url })
      byHand.push(verifier)
      if (verifier.report.kind === 'failed') throw new TypeError(verifier.report.message)
      return verifierPlace({ ...record.verifier, url: verifier.report.httpUrl })
    }
    const killVerifier = async (): Promise<void> => {
      verifier.kill('SIGKILL')
      await until(verifier.hasExited, 5_000, 'the verifier to end')
    }
    const paymentAt = async ({ url, token }: VerifierPlace, requestHash: Hex) => {
      const response = await fetch(new URL(`/v1/payments/${requestHash}`, url), {
        headers: { authorization: `Bearer ${token}` },
      })
      return (await response.json()) as {
        state: string
        refusal: string | null
        receipt: { txHash: Hex; amountMinor: number } | null
      }
    }
    let place: VerifierPlace
    const balance = () => balanceOf(local, payer)

    before(async () => {
      proxy = await startChainProxy(local.network.record.chain.rpcUrl)
      await killed(local.network.record.verifier)
      place = await startVerifier()
      await payWhenReady(place)
    })
    after(async () => {
      await verifier?.stop()
      await proxy?.close()
    })

    it('tells a till that a payment is pending, and settles it once the chain is back', async () => {
      const before = await balance()
      const issued = await openPayment(place, 2_00)
      const mend = proxy.cut('lose-transaction', issued.request.nonce)
      await refused(pay(local, 'Ada', { issued, place }), 'PALM_SETTLEMENT_PENDING')
      expect(await paymentAt(place, issued.requestHash)).to.include({ state: 'attested' })
      expect(await balance()).to.equal(before)
      mend()
      await until(async () => (await paymentAt(place, issued.requestHash)).state === 'settled', 15_000, 'settlement')
      expect(await balance()).to.equal(before - 2_00)
    })

    for (const [fault, what] of [
      ['lose-transaction', 'before the chain has the charge'],
      ['lose-answer', 'after the chain has taken the charge'],
    ] as const)
      it(`charges once when it is killed ${what}`, async () => {
        const before = await balance()
        const issued = await openPayment(place, 3_00)
        const mend = proxy.cut(fault, issued.request.nonce, () => verifier.kill('SIGKILL'))
        await refused(pay(local, 'Ada', { issued, place }), 'PALM_VERIFIER_UNREACHABLE')
        mend()
        expect(await balance()).to.equal(fault === 'lose-answer' ? before - 3_00 : before)
        place = await startVerifier()
        const { state, receipt } = await paymentAt(place, issued.requestHash)
        expect(state).to.equal('settled')
        expect(receipt).to.include({ amountMinor: 3_00 })
        expect(BigInt(receipt!.txHash)).not.to.equal(0n)
        expect(await balance()).to.equal(before - 3_00)
      })

    it('has charged or refused by name what was under way when it was killed', async () => {
      const before = await balance()
      const issued = await openPayment(place, 4_00)
      const scanned = pay(local, 'Ada', { issued, place })
      const outcome = scanned.then(
        () => 'paid',
        () => 'cut off',
      )
      await until(async () => (await paymentAt(place, issued.requestHash)).state !== 'issued', 5_000, 'the scan')
      await killVerifier()
      await outcome
      place = await startVerifier()
      const { state, refusal } = await paymentAt(place, issued.requestHash)
      expect(`${state} ${refusal}`).to.be.oneOf(['settled null', 'refused PALM_SCAN_LOST'])
      expect(await balance()).to.equal(state === 'settled' ? before - 4_00 : before)
      await refused(pay(local, 'Ada', { issued, place }), 'PALM_REQUEST_SPENT')
    })

    it('says when the chain has ended, and finishes once the network is up again', async () => {
      const before = await balance()
      const issued = await openPayment(place, 5_00)
      const mend = proxy.cut('lose-transaction', issued.request.nonce)
      await refused(pay(local, 'Ada', { issued, place }), 'PALM_SETTLEMENT_PENDING')
      // The chain writes its state down every second; what is younger dies with it.
      const state = join(local.folder, 'chain', 'state.json')
      const asked = Date.now()
      await until(() => statSync(state).mtimeMs > asked, 5_000, 'the chain to write its state')
      for (const pid of processesNaming(state)) process.kill(pid, 'SIGKILL')
      await until(() => processesNaming(state).length === 0, 5_000, 'the chain to end')
      mend()
      await refused(openPayment(place, 1_00), 'PALM_CHAIN_UNREACHABLE')
      const health = await fetch(new URL('/health', place.url))
      expect(health.status).to.equal(503)
      expect(await health.json()).to.have.nested.property('checks.chain', 'PALM_CHAIN_UNREACHABLE')

      await Promise.all(byHand.splice(0).map((node) => node.stop()))
      await local.network.stop()
      local = await openNetwork(local.folder, { operators: 4 })
      expect(await rowsOf(local)).to.deep.equal(Array(4).fill(ROWS))
      await until(
        async () => (await paymentAt(local.place, issued.requestHash)).state === 'settled',
        15_000,
        'settlement',
      )
      expect(await balance()).to.equal(before - 5_00)
    })
  })
})
