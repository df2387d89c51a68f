/** A terminal that asks who a pile of pictures belongs to is stopped, by every operator and before anything is matched. */

import { expect } from 'chai'
import { createScanCap } from '../../node/src/operator/scan-cap.ts'
import { makeQuery, probeOf, startCommittee } from '../node/in-memory-committee.ts'
import { addressOf } from '../protocol/signed.ts'

describe('a terminal that floods the committee with scans', function () {
  this.timeout(20_000)

  it('is refused after its number for the minute, with nothing spent or compared, and heard again in the next', async () => {
    const world = await startCommittee('scan flood', 3, 2)
    try {
      await world.enrol('anna', addressOf('anna'))
      const ask = async () => (await world.askAll(makeQuery(world, probeOf('anna', 2)))).map((reply) => reply.ok)
      expect(await ask()).to.deep.equal([true, true, true])
      expect(await ask()).to.deep.equal([true, true, true])

      const before = world.operators.map(({ spent, kernelRuns }) => [spent.length, kernelRuns()])
      const replies = await world.askAll(makeQuery(world, probeOf('anna', 2)))
      expect(replies.map((reply) => (reply.ok ? 'ok' : reply.code))).to.deep.equal(Array(3).fill('PALM_TOO_MANY_SCANS'))
      expect(world.operators.map(({ spent, kernelRuns }) => [spent.length, kernelRuns()])).to.deep.equal(before)

      world.now += 60
      expect(await ask()).to.deep.equal([true, true, true])
    } finally {
      await world.close()
    }
  })

  it('uses up nobody else’s scans', () => {
    const cap = createScanCap(1, () => 600)
    expect([cap.take(addressOf('a')), cap.take(addressOf('a')), cap.take(addressOf('b'))]).to.deep.equal([
      true,
      false,
      true,
    ])
  })
})
