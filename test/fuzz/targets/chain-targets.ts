/**
 * What an endpoint of a chain answers: results of calls, logs, and the reasons of reverts. A server on this machine gives
 * the answers, and the whole way from the socket to the value is fuzzed.
 */

import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { AbiCoder, id, makeError } from 'ethers'
import { toChainError } from '../../../packages/chain/src/chain-error.ts'
import { ChainReader } from '../../../packages/chain/src/chain-reader.ts'
import { ChainRpc, readChainId } from '../../../packages/chain/src/chain-rpc.ts'
import { contractHandles } from '../../../packages/chain/src/contract-handles.ts'
import { addressOf, hashOf, MERCHANT_ID, makeTrust } from '../../protocol/signed.ts'
import type { FuzzTarget, OpenTarget } from '../fuzz-target.ts'
import { mutateBytes } from '../mutate-bytes.ts'
import { mutateJson } from '../mutate-json.ts'
import { nearBytes } from './near-seeds.ts'

const CHAIN_ID = 31_337
const CHAIN_ID_ANSWER = { jsonrpc: '2.0', id: 1, result: `0x${CHAIN_ID.toString(16)}` }
const coder = AbiCoder.defaultAbiCoder()
const handles = contractHandles(makeTrust().contracts)
const { palmRegistry, operatorRegistry } = handles

const enrolmentAnswer = palmRegistry.abi.encodeFunctionResult('enrolmentOf', [
  [addressOf('owner'), 1_700_000_000n, true, hashOf('commitment'), hashOf('shares')],
])
const logOf = (name: string, values: readonly unknown[]) => ({
  address: palmRegistry.address,
  blockHash: hashOf('block'),
  blockNumber: '0x10',
  transactionHash: hashOf('tx'),
  transactionIndex: '0x0',
  logIndex: '0x0',
  removed: false,
  ...palmRegistry.abi.encodeEventLog(name, values),
})
/** What the registry says of a committee, in the order of its struct. */
const COMMITTEE = [1, 1, 1, 2, true, ['a', 'b', 'c'].map(addressOf), [true, true, true]]
const LOGS = [
  logOf('Enrolled', [7, addressOf('owner'), hashOf('commitment'), hashOf('shares')]),
  logOf('Revoked', [7, addressOf('owner')]),
]
const BLOCK = {
  number: '0x10',
  hash: hashOf('block'),
  parentHash: hashOf('parent'),
  timestamp: '0x6553f100',
  difficulty: '0x0',
  gasLimit: '0x1c9c380',
  gasUsed: '0x0',
  miner: addressOf('miner'),
  extraData: '0x',
  nonce: '0x0000000000000000',
  transactions: [],
}

/** A server that answers every call with what it is told, under the id that was asked for. */
class Endpoint {
  readonly #server: Server
  #rpc: ChainRpc | undefined
  /** The text after `"id": n,`: a result, an error, or anything. */
  result: Readonly<Record<string, string>> = {}
  /** The whole body, in place of `result`. */
  body: Uint8Array | undefined

  constructor() {
    this.#server = createServer((request, response) => {
      const parts: Buffer[] = []
      request.on('data', (part: Buffer) => parts.push(part))
      request.on('end', () => {
        const call = JSON.parse(Buffer.concat(parts).toString()) as { id: number; method: string }
        const known = this.result[call.method] ?? `"result":"0x${CHAIN_ID.toString(16)}"`
        response.end(this.body ?? `{"jsonrpc":"2.0","id":${call.id},${known}}`)
      })
    })
  }

  async open(): Promise<ChainReader> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    this.#rpc = await ChainRpc.open(this.url, CHAIN_ID)
    return new ChainReader(this.#rpc, handles, 10_000n)
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  close(): void {
    this.#rpc?.close()
    this.#server.closeAllConnections()
    this.#server.close()
  }
}

/** A target that asks `read` of an endpoint whose answer to `method` is the input. */
function answerTarget(
  name: string,
  method: string,
  make: OpenTarget['make'],
  read: (reader: ChainReader) => Promise<unknown>,
  others: Readonly<Record<string, string>> = {},
): FuzzTarget {
  return {
    name,
    weight: 4,
    async open() {
      const endpoint = new Endpoint()
      const reader = await endpoint.open()
      return {
        make,
        decode(input) {
          endpoint.result = { ...others, [method]: new TextDecoder().decode(input) }
          return read(reader)
        },
        close: () => endpoint.close(),
      }
    },
  }
}

const resultText = (value: Uint8Array) => Buffer.concat([Buffer.from('"result":'), value])
/** The result bent as JSON, or as the bytes that its hexadecimal stands for. */
const nearResult =
  (seeds: readonly string[]): OpenTarget['make'] =>
  (random) => {
    if (random.unit() < 0.4) return resultText(mutateJson(random, seeds))
    const bytes = mutateBytes(
      random,
      seeds.map((hex) => Buffer.from(hex.slice(2), 'hex')),
    )
    return resultText(Buffer.from(JSON.stringify(`0x${Buffer.from(bytes).toString('hex')}`)))
  }

const REASON = id('Error(string)').slice(0, 10) + coder.encode(['string'], ['a reason']).slice(2)
const LIMIT =
  id('PaymentLimitExceeded(uint256,uint256)').slice(0, 10) + coder.encode(['uint256', 'uint256'], [2, 1]).slice(2)

const callTargets: readonly FuzzTarget[] = [
  answerTarget('chain/call-result', 'eth_call', nearResult([enrolmentAnswer]), (reader) => reader.enrolment(7)),
  answerTarget(
    'chain/committee-result',
    'eth_call',
    nearResult([operatorRegistry.abi.encodeFunctionResult('committeeAt', [COMMITTEE])]),
    (reader) => reader.committee(hashOf('committee')),
  ),
  answerTarget(
    'chain/logs',
    'eth_getLogs',
    (random) => resultText(mutateJson(random, [LOGS])),
    (reader) => reader.enrolmentEvents(0),
    { eth_getBlockByNumber: `"result":${JSON.stringify(BLOCK)}` },
  ),
  answerTarget(
    'chain/block',
    'eth_getBlockByNumber',
    (random) => resultText(mutateJson(random, [BLOCK])),
    (reader) => reader.timestamp(),
  ),
  answerTarget(
    'chain/revert',
    'eth_call',
    (random) =>
      Buffer.concat([
        Buffer.from('"error":'),
        mutateJson(random, [{ code: 3, message: 'execution reverted', data: REASON }]),
      ]),
    (reader) => reader.isActiveTerminal(MERCHANT_ID, addressOf('terminal')),
  ),
]

export const chainTargets: readonly FuzzTarget[] = [
  ...callTargets,
  nearBytes(() => [REASON, LIMIT].map((hex) => Buffer.from(hex.slice(2), 'hex')), {
    name: 'chain/revert-data',
    weight: 15,
    decode(input) {
      const data = `0x${Buffer.from(input).toString('hex')}`
      const info = {
        action: 'call',
        data,
        reason: null,
        transaction: { to: null, data },
        invocation: null,
        revert: null,
      }
      throw toChainError(makeError('call exception', 'CALL_EXCEPTION', info as never), 'http://127.0.0.1:1')
    },
  }),
  {
    name: 'chain/chain-id',
    weight: 3,
    async open() {
      const endpoint = new Endpoint()
      await endpoint.open()
      return {
        make: (random) => mutateJson(random, [CHAIN_ID_ANSWER]),
        decode(input) {
          endpoint.body = input
          return readChainId(endpoint.url)
        },
        complaint: (result) => (Number.isSafeInteger(result) ? undefined : 'a chain id that is no number'),
        close: () => endpoint.close(),
      }
    },
  },
]
