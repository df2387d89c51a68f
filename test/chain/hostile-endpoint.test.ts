/** An endpoint that answers nonsense: whatever it says, the caller gets a value of the right shape or a named error. */

import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { errorCode } from '@palmhold/base'
import { expect } from 'chai'
import { AbiCoder, id, makeError } from 'ethers'
import { toChainError } from '../../packages/chain/src/chain-error.ts'
import { ChainReader } from '../../packages/chain/src/chain-reader.ts'
import { ChainRpc } from '../../packages/chain/src/chain-rpc.ts'
import { contractHandles } from '../../packages/chain/src/contract-handles.ts'
import { hashOf, makeTrust } from '../protocol/signed.ts'

const handles = contractHandles(makeTrust().contracts)
const word = (value: number) => value.toString(16).padStart(64, '0')

describe('an endpoint that answers nonsense', () => {
  let server: Server
  let rpc: ChainRpc
  let reader: ChainReader
  let results: Record<string, unknown> = {}

  before(async () => {
    server = createServer((request, response) => {
      let text = ''
      request.on('data', (part: Buffer) => {
        text += part.toString()
      })
      request.on('end', () => {
        const call = JSON.parse(text) as { id: number; method: string }
        const result = call.method === 'eth_chainId' ? '0x7a69' : results[call.method]
        response.end(JSON.stringify({ jsonrpc: '2.0', id: call.id, result }))
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    rpc = await ChainRpc.open(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 31_337)
    reader = new ChainReader(rpc, handles, 10_000n)
  })
  after(() => {
    rpc.close()
    server.closeAllConnections()
    server.close()
  })

  const codeOf = (promise: Promise<unknown>) =>
    promise.then(
      () => 'done',
      (error: unknown) => errorCode(error),
    )

  const answers: Record<string, string> = {
    nothing: '0x',
    'half a word': '0x1234',
    'an address of 21 bytes': `0x01${'ff'.repeat(31)}${word(1).repeat(4)}`,
  }
  for (const [name, answer] of Object.entries(answers))
    it(`is refused by name: ${name} for an enrolment`, async () => {
      results = { eth_call: answer }
      expect(await codeOf(reader.enrolment(7))).to.equal('PALM_CHAIN_REFUSED')
    })

  it('is refused by name where a list is longer than the answer', async () => {
    const head = [0x20, 1, 1, 1, 2, 1, 0xe0, 0x7fff_ffff].map(word).join('')
    results = { eth_call: `0x${head}` }
    expect(await codeOf(reader.committee(hashOf('committee')))).to.equal('PALM_CHAIN_REFUSED')
  })

  it('is refused by name where a log holds less than its event', async () => {
    const { topicHash } = handles.palmRegistry.abi.getEvent('Enrolled')!
    const log = {
      address: handles.palmRegistry.address,
      topics: [topicHash, `0x${word(7)}`, `0x${word(8)}`],
      data: '0x',
      blockHash: hashOf('block'),
      blockNumber: '0x1',
      transactionHash: hashOf('tx'),
      transactionIndex: '0x0',
      logIndex: '0x0',
      removed: false,
    }
    const block = { number: '0x1', hash: hashOf('b'), parentHash: hashOf('p'), timestamp: '0x1', difficulty: '0x0' }
    const rest = { gasLimit: '0x1', gasUsed: '0x0', miner: `0x${'11'.repeat(20)}`, extraData: '0x', transactions: [] }
    results = { eth_getLogs: [log], eth_getBlockByNumber: { ...block, ...rest, nonce: `0x${'00'.repeat(8)}` } }
    expect(await codeOf(reader.enrolmentEvents())).to.equal('PALM_CHAIN_REFUSED')
  })

  it('is named where the reason of a revert is no text', () => {
    const reason = new AbiCoder().encode(['uint256', 'uint256', 'bytes'], [0x20, 4, '0xff']).slice(2)
    const bent = `${id('Error(string)').slice(0, 10)}${word(0x20)}${word(4)}ff${reason}`
    const info = { action: 'call', data: bent, reason: null, transaction: { to: null, data: '0x' } }
    const error = makeError('reverted', 'CALL_EXCEPTION', { ...info, invocation: null, revert: null } as never)
    expect(errorCode(toChainError(error, 'http://127.0.0.1:1'))).to.equal('PALM_CHAIN_REFUSED')
  })
})
