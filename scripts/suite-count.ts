/** What a run of mocha came to. */
export type SuiteCount = {
  readonly passed: number
  /** Full titles. */
  readonly failed: readonly string[]
  /** Full titles of tests that could not run on this machine, or were not meant to. */
  readonly skipped: readonly string[]
}
