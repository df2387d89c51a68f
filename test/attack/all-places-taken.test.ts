/**
 * A stranger opens as many channels to an operator as there are places for terminals, and says nothing on them. Terminals
 * must get in all the same, and those that pay now and then must not be pushed out by it.
 */

import { expect } from 'chai'
import { createStrangerPlaces } from '../../node/src/operator/stranger-places.ts'

const MOST = 8

describe('places that a stranger takes all', () => {
  const names = (name: string, count: number) => Array.from({ length: count }, (_, i) => `${name} ${i}`)

  it('are given to a newcomer, from the oldest that was never served', () => {
    const places = createStrangerPlaces<string>(MOST)
    for (const silent of names('silent', MOST)) expect(places.take(silent)).to.equal(undefined)
    expect(places.take('terminal')).to.equal('silent 0')
    expect(places.take('another')).to.equal('silent 1')
  })

  it('stay with a terminal that was served, however many come after it', () => {
    const places = createStrangerPlaces<string>(MOST)
    places.take('terminal')
    places.served('terminal')
    const evicted = names('silent', 10 * MOST).map((silent) => places.take(silent))
    expect(evicted).to.not.include('terminal')
    expect(evicted.filter((one) => one !== undefined)).to.have.length(9 * MOST + 1)
  })

  it('go from the one served longest ago, where all were served', () => {
    const places = createStrangerPlaces<string>(MOST)
    const terminals = names('terminal', MOST)
    for (const terminal of terminals) places.take(terminal)
    for (const terminal of [...terminals].reverse()) places.served(terminal)
    expect(places.take('newcomer')).to.equal(terminals.at(-1))
  })

  it('are free again when somebody leaves, and who left is not served', () => {
    const places = createStrangerPlaces<string>(1)
    places.take('first')
    places.leave('first')
    places.served('first')
    expect(places.take('second')).to.equal(undefined)
  })
})
