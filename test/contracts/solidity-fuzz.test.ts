/** Runs the fuzz tests that are written in Solidity (contracts/fuzz), so that one command runs every contract test. */

import { expect } from 'chai'
import hre from 'hardhat'

/** Fuzz tests in contracts/fuzz: one that is not found would not fail. */
const TESTS = 12

type Outcome = {
  readonly success: boolean
  readonly value?: { readonly suiteResults: readonly { testResults: readonly { status: string }[] }[] }
}

describe('Solidity fuzz tests', function () {
  // 256 runs take seconds; `npm run fuzz -- contracts` asks for more.
  this.timeout(300_000 + 100 * Number(process.env.PALMHOLD_FUZZ_RUNS ?? 0))

  it('pass', async () => {
    // prints each test with the number of its runs
    const outcome: Outcome = await hre.tasks.getTask(['test', 'solidity']).run({ noCompile: false })
    expect(outcome.success).to.equal(true)
    const statuses = outcome.value!.suiteResults.flatMap(({ testResults }) => testResults.map(({ status }) => status))
    expect(statuses).to.deep.equal(Array(TESTS).fill('Success'))
  })
})
