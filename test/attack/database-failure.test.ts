/** An operator whose database fails while it refuses a probe answers nothing, and its process goes on. */

import { FRAME } from '@palmhold/protocol'
import { expect } from 'chai'
import { makeQuery, probeOf, queryFor, startCommittee } from '../node/in-memory-committee.ts'
import { addressOf } from '../protocol/signed.ts'

describe('an operator whose database fails while it refuses a probe', () => {
  it('says nothing, and goes on', async () => {
    const world = await startCommittee('database that fails')
    const failures: unknown[] = []
    const onFailure = (reason: unknown) => failures.push(reason)
    process.prependListener('unhandledRejection', onFailure)
    try {
      await world.enrol('anna', addressOf('anna'))
      const [failing, ...others] = world.operators
      // What another operator opens is bent, so that the probe counts as none.
      world.deliver = ({ to, frame }) => {
        if (frame[0] !== FRAME.check) return true
        frame[40]! ^= 1
        if (to === failing!.address) failing!.closeGallery()
        return true
      }
      const query = makeQuery(world, probeOf('anna'))
      void world.ask(failing!, queryFor(query, failing!.address))
      const replies = others.map((operator) => world.ask(operator, queryFor(query, operator.address)))
      expect(replies).to.have.length(2)
      for (const reply of await Promise.all(replies))
        expect(reply).to.include({ ok: false, code: 'PALM_SHARES_DEGREE' })
      for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
      expect(failing!.matcher.running()).to.equal(0)
      expect(failures).to.deep.equal([])
    } finally {
      process.off('unhandledRejection', onFailure)
      await world.close()
    }
  })
})
