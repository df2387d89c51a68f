import type { Hex } from '@palmhold/base'
import { createChainHead } from '@palmhold/chain'
import { expect } from 'chai'

const hashOf = (name: string): Hex => `0x${Buffer.from(name).toString('hex').padEnd(64, '0')}`

describe('the head of a chain', () => {
  let blocks: Hex[]
  let isAway: boolean
  const head = () =>
    createChainHead({
      blockHash: async (number) => {
        if (isAway) throw new RangeError('away')
        return blocks[number]
      },
    })
  beforeEach(() => {
    blocks = ['0', '1', '2', '3'].map(hashOf)
    isAway = false
  })

  it('went back when the newest block seen is gone, or another one; not when the chain grows', async () => {
    const seen = head()
    expect(await seen.wentBack(), 'nothing seen').to.equal(false)
    await seen.saw(3)
    blocks.push(hashOf('4'))
    expect(await seen.wentBack(), 'grown').to.equal(false)
    blocks.splice(3)
    expect(await seen.wentBack(), 'gone').to.equal(true)
    blocks.push(hashOf('another 3'))
    expect(await seen.wentBack(), 'another').to.equal(true)
    seen.forget()
    expect(await seen.wentBack(), 'dealt with').to.equal(false)
  })

  it('keeps the newest, whichever is told last', async () => {
    const seen = head()
    await seen.saw(3)
    await seen.saw(1)
    blocks.splice(2)
    expect(await seen.wentBack()).to.equal(true)
  })

  it('may have gone back when it died before the hash was known', async () => {
    const seen = head()
    isAway = true
    await seen.saw(3).catch(() => undefined)
    isAway = false
    expect(await seen.wentBack()).to.equal(true)
  })
})
