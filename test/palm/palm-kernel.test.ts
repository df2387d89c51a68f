/** The WebAssembly that is shipped is the one its source compiles to. */

import { expect } from 'chai'
import { compilePalmKernel } from '../../packages/palm/kernel/compile.ts'
import { PALM_KERNEL_BASE64 } from '../../packages/palm/src/generated/palm-kernel.ts'

describe('palm kernel', () => {
  it('is generated from its source', async () => {
    expect(Buffer.from(await compilePalmKernel()).toString('base64')).to.equal(PALM_KERNEL_BASE64)
  })
})
