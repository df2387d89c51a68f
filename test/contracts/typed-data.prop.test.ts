/** One EIP-712 for all: the contract, ethers' TypedDataEncoder and packages/protocol hash the same messages alike. */

import {
  ATTESTATION_STRUCT,
  attestationHash,
  REQUEST_STRUCT,
  requestHash,
  SCAN_STRUCT,
  type StructType,
  scanHash,
} from '@palmhold/protocol'
import { expect } from 'chai'
import { TypedDataEncoder } from 'ethers'
import fc from 'fast-check'
import { openWorld, type World } from './world.ts'

const RUNS = { numRuns: 25, seed: 712 }

describe('EIP-712 digests', () => {
  let world: World

  before(async function () {
    this.timeout(60_000)
    world = await (await openWorld())()
  })

  check('hashRequest', REQUEST_STRUCT, requestHash)
  check('hashScan', SCAN_STRUCT, scanHash)
  check('hashAttestation', ATTESTATION_STRUCT, attestationHash)

  function check<T>(name: string, struct: StructType<T>, ours: (domain: World['domain'], value: T) => string): void {
    it(`${name} equals ethers' and the protocol's`, async () => {
      await fc.assert(
        fc.asyncProperty(anyOf(struct), async (value) => {
          const domain = { name: 'Palmhold', version: '1', ...world.domain }
          const types = { [struct.name]: struct.fields.map(({ name: field, type }) => ({ name: field, type })) }
          const expected = TypedDataEncoder.hash(domain, types, value as Record<string, unknown>)
          expect(await world.matchVerifier.getFunction(name)(value)).to.equal(expected)
          expect(ours(world.domain, value)).to.equal(expected)
        }),
        RUNS,
      )
    })
  }
})

/** Any value of a flat struct, small and extreme numbers among them. */
function anyOf<T>(struct: StructType<T>): fc.Arbitrary<T> {
  const fields = Object.fromEntries(
    struct.fields.map(({ name, type }) => {
      if (type === 'address') return [name, hex(20)]
      if (type === 'bytes32') return [name, hex(32)]
      const max = Math.min(2 ** Number(type.slice('uint'.length)) - 1, Number.MAX_SAFE_INTEGER)
      return [name, fc.integer({ min: 0, max })]
    }),
  )
  return fc.record(fields) as unknown as fc.Arbitrary<T>
}

function hex(bytes: number): fc.Arbitrary<string> {
  return fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((value) => `0x${Buffer.from(value).toString('hex')}`)
}
