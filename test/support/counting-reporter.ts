/**
 * Mocha's spec reporter that also writes what it counted, as a {@link SuiteCount}, to the file that PALMHOLD_COUNT_FILE
 * names: exact figures for `npm test`, which a parser of mocha's output could not promise.
 */

import { writeFileSync } from 'node:fs'
import Mocha from 'mocha'
import type { SuiteCount } from '../../scripts/suite-count.ts'

const { EVENT_RUN_END, EVENT_TEST_FAIL, EVENT_TEST_PASS, EVENT_TEST_PENDING } = Mocha.Runner.constants

// biome-ignore lint/style/noDefaultExport: mocha takes a reporter from there
export default class CountingReporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options)
    const file = process.env.PALMHOLD_COUNT_FILE
    if (!file) return
    const failed: string[] = []
    const skipped: string[] = []
    let passed = 0
    runner.on(EVENT_TEST_PASS, () => {
      passed++
    })
    // A failing hook counts as one failure, under its own title.
    runner.on(EVENT_TEST_FAIL, (test) => failed.push(test.fullTitle()))
    runner.on(EVENT_TEST_PENDING, (test) => skipped.push(test.fullTitle()))
    runner.once(EVENT_RUN_END, () => {
      const count: SuiteCount = { passed, failed, skipped }
      writeFileSync(file, JSON.stringify(count))
    })
  }
}
