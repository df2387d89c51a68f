/** A folder of its own for a test file, gone afterwards. For tests only. */

import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Makes a folder before the tests of this `describe` and removes it after them; the result gives paths in it. */
export function temporaryFolder(): (...names: string[]) => string {
  let folder = ''
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'palmhold-test-'))
  })
  after(() => rmSync(folder, { recursive: true, force: true }))
  return (...names) => join(folder, ...names)
}

/** A Linux device that takes no byte: every write to it fails with ENOSPC. */
export const FULL_DEVICE = '/dev/full'

export const hasFullDevice = existsSync(FULL_DEVICE)
