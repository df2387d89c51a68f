/** Runs the fuzz tests that are written in Solidity (contracts/fuzz), so that one command runs every contract test. */

import { expect } from 'chai'
import hre from 'hardhat'

type Outcome = {
  readonly success: boolean
  readonly value?: { readonly suiteResults: readonly { testResults: readonly { status: string }[] }[] }
}

describe('Solidity fuzz tests', function () {
  this.timeout(120_000)

  it('pass', async () => {
    // prints each test with the number of its runs
    const outcome: Outcome = await hre.tasks.getTask(['test', 'solidity']).run({ noCompile: false })
    expect(outcome.success).to.equal(true)
    const statuses = outcome.value!.suiteResults.flatMap(({ testResults }) => testResults.map(({ status }) => status))
    expect(statuses).to.deep.equal(['Success', 'Success', 'Success'])
  })
})
