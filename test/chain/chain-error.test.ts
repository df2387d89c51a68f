/** Every error a contract can revert with has a code, and the explanations name errors that exist. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ChainRevertError } from '@palmhold/chain'
import { expect } from 'chai'
import { Interface } from 'ethers'
import { MATCH_VERIFIER_ABI } from '../../packages/chain/src/generated/match-verifier-abi.ts'
import { MERCHANT_REGISTRY_ABI } from '../../packages/chain/src/generated/merchant-registry-abi.ts'
import { OPERATOR_REGISTRY_ABI } from '../../packages/chain/src/generated/operator-registry-abi.ts'
import { PALM_PAY_ABI } from '../../packages/chain/src/generated/palm-pay-abi.ts'
import { PALM_REGISTRY_ABI } from '../../packages/chain/src/generated/palm-registry-abi.ts'
import { TEST_EURC_ABI } from '../../packages/chain/src/generated/test-eurc-abi.ts'

const ABIS = [PALM_PAY_ABI, MATCH_VERIFIER_ABI, OPERATOR_REGISTRY_ABI, MERCHANT_REGISTRY_ABI, PALM_REGISTRY_ABI]
const names = new Set<string>()
const lines = [...ABIS, TEST_EURC_ABI].flat().filter((line) => line.startsWith('error '))
new Interface([...new Set(lines)]).forEachError(({ name }) => names.add(name))

describe('ChainRevertError', () => {
  it("keeps the name of the contract's error, with a code and a hint", () => {
    for (const name of names) {
      const error = new ChainRevertError(name)
      expect(error.reason).to.equal(name)
      expect(error.code).to.match(/^PALM_[A-Z_]+$/)
      expect(error.hints, name).to.have.length(1)
    }
  })

  it('explains every refusal of a request by its own code', () => {
    for (const line of MATCH_VERIFIER_ABI) {
      const name = /^error (\w+)/.exec(line)?.[1]
      // set-up, and what the libraries below can throw
      if (
        !name ||
        /^(ZeroAddress|PaymentConsumerAlreadySet|OwnableInvalidOwner|InvalidShortString|StringTooLong)$/.test(name)
      )
        continue
      expect(new ChainRevertError(name).code, name).to.not.equal('PALM_CHAIN_REVERTED')
    }
  })

  it('explains no error that no contract has', () => {
    const source = readFileSync(join(import.meta.dirname, '../../packages/chain/src/chain-error.ts'), 'utf8')
    const table = source.slice(source.indexOf('EXPLANATIONS:'), source.indexOf('const ERRORS'))
    const explained = [...table.matchAll(/^ {2}(\w+):/gm)].map((match) => match[1]!)
    expect(explained.length).to.be.above(40)
    expect(explained.filter((name) => !names.has(name))).to.deep.equal([])
  })
})
