import { expect } from 'chai'
import { takePass } from '../../node/src/workers/shared-pass.ts'

const query = (name: string, probes: number, rows = 1000, list?: Uint32Array) => ({ name, probes, rows, list })

describe('shared pass', () => {
  const passesOf = (waiting: ReturnType<typeof query>[]) => {
    const passes: string[] = []
    while (waiting.length > 0)
      passes.push(
        takePass(waiting)
          .map(({ name }) => name)
          .join(''),
      )
    return passes
  }

  it('takes queries in order, as many as 128 vectors hold', () => {
    expect(passesOf('abcdefg'.split('').map((name) => query(name, 25)))).to.deep.equal(['abcde', 'fg'])
    expect(passesOf([query('a', 100), query('b', 28), query('c', 1)])).to.deep.equal(['ab', 'c'])
    expect(passesOf([query('a', 100), query('b', 29), query('c', 1)])).to.deep.equal(['a', 'bc'])
  })

  it('takes no more scores than fit, but never none', () => {
    const million = 1_000_000
    expect(passesOf('abcdef'.split('').map((name) => query(name, 25, million)))).to.deep.equal(['abcde', 'f'])
    expect(passesOf([query('a', 128, 1.1 * million), query('b', 1)])).to.deep.equal(['a', 'b'])
  })

  it('lets a query over a list of rows go alone', () => {
    const list = new Uint32Array(5)
    expect(passesOf([query('a', 1), query('b', 1, 5, list), query('c', 1), query('d', 1)])).to.deep.equal([
      'a',
      'b',
      'cd',
    ])
  })
})
