import { errorCode, isPalmError, PalmError } from '@palmhold/base'
import { expect } from 'chai'

class BrokenScaleError extends PalmError {
  constructor(cause?: unknown) {
    super('PALM_SCALE_BROKEN', 'the scale is broken', { hints: ['Mend it.'], cause })
  }
}

describe('PalmError', () => {
  it('carries code, sentence, hints and the name of its class', () => {
    const error = new BrokenScaleError()
    expect(error).to.be.instanceOf(Error)
    expect(error).to.include({ code: 'PALM_SCALE_BROKEN', name: 'BrokenScaleError', message: 'the scale is broken' })
    expect(error.hints).to.deep.equal(['Mend it.'])
    expect('cause' in error).to.equal(false)
  })

  it('keeps its cause', () => {
    const cause = new RangeError('inner')
    expect(new BrokenScaleError(cause).cause).to.equal(cause)
  })

  it('has no hints unless given', () => {
    expect(new PalmError('PALM_PLAIN', 'plain').hints).to.deep.equal([])
  })

  it('is known by its brand, so that another copy of the package counts too', () => {
    const foreign = Object.assign(new Error('from another copy'), {
      code: 'PALM_FOREIGN',
      [Symbol.for('palmhold.PalmError')]: true,
    })
    expect(foreign).not.to.be.instanceOf(PalmError)
    expect(isPalmError(foreign)).to.equal(true)
    expect(errorCode(foreign)).to.equal('PALM_FOREIGN')
  })

  it('is nothing else, whatever it looks like', () => {
    const lookalikes = [null, undefined, 'PALM_X', 7, new Error('PALM_X'), { code: 'PALM_X', hints: [] }]
    for (const value of lookalikes) expect(isPalmError(value)).to.equal(false)
    expect(isPalmError({ [Symbol('palmhold.PalmError')]: true })).to.equal(false)
  })

  it('gives its code, and the fallback for everything else: no foreign text crosses the wire', () => {
    expect(errorCode(new BrokenScaleError())).to.equal('PALM_SCALE_BROKEN')
    expect(errorCode(Object.assign(new Error('secret'), { code: 'ENOENT' }))).to.equal('PALM_INTERNAL')
    expect(errorCode('thrown', 'PALM_NODE_DOWN')).to.equal('PALM_NODE_DOWN')
  })
})
