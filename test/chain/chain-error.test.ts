/** Every error a contract can revert with has a code, and the explanations name errors that exist. */

import { ChainRevertError } from '@palmhold/chain'
import { expect } from 'chai'
import { Interface } from 'ethers'
import { ANCHORS_ABI } from '../../packages/chain/src/generated/anchors-abi.ts'
import { GROTH16_VERIFIER_ABI } from '../../packages/chain/src/generated/groth16-verifier-abi.ts'
import { MATCH_VERIFIER_ABI } from '../../packages/chain/src/generated/match-verifier-abi.ts'
import { MERCHANT_REGISTRY_ABI } from '../../packages/chain/src/generated/merchant-registry-abi.ts'
import { OPERATOR_REGISTRY_ABI } from '../../packages/chain/src/generated/operator-registry-abi.ts'
import { PALM_PAY_ABI } from '../../packages/chain/src/generated/palm-pay-abi.ts'
import { PALM_REGISTRY_ABI } from '../../packages/chain/src/generated/palm-registry-abi.ts'
import { TEST_EURC_ABI } from '../../packages/chain/src/generated/test-eurc-abi.ts'
import { EXPLANATIONS } from '../../packages/chain/src/revert-explanations.ts'

const ABIS = [
  PALM_PAY_ABI,
  MATCH_VERIFIER_ABI,
  GROTH16_VERIFIER_ABI,
  OPERATOR_REGISTRY_ABI,
  MERCHANT_REGISTRY_ABI,
  PALM_REGISTRY_ABI,
  ANCHORS_ABI,
]
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
    const explained = Object.keys(EXPLANATIONS)
    expect(explained.length).to.be.above(40)
    expect(explained.filter((name) => !names.has(name))).to.deep.equal([])
  })
})
