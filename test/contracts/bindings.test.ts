/** What is committed of the compiled contracts is what their sources compile to. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { renderBindings, renderDevelopmentKeys } from '../../scripts/generate-bindings.ts'

const ROOT = join(import.meta.dirname, '../..')

describe('generated bindings', function () {
  // a first compilation takes its time
  this.timeout(120_000)

  it('are those of the sources (else run scripts/generate-bindings.ts)', async () => {
    for (const [path, text] of [...renderDevelopmentKeys(), ...(await renderBindings())])
      expect(readFileSync(join(ROOT, path), 'utf8') === text, path).to.equal(true)
  })

  it('fit the size that a contract may have on chain (EIP-170: 24,576 bytes)', async () => {
    for (const [path, text] of await renderBindings()) {
      const bytecode = /"bytecode":"0x([0-9a-f_$]*)"/.exec(text)?.[1]
      // creation code is never shorter than what it leaves on chain
      if (bytecode !== undefined) expect(bytecode.length / 2, path).to.be.below(24_576)
    }
  })
})
