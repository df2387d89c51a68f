/** What an operator keeps of a dealing, and what a restart makes of a decision that a crash cut short. */

import { join } from 'node:path'
import { dealBits, rowLayout } from '@palmhold/matching'
import { ENROLMENT_PURPOSE, enrolmentBinding, seal } from '@palmhold/protocol'
import { expect } from 'chai'
import { createEnrolments } from '../../node/src/operator/enrolments.ts'
import { openOperatorDatabase } from '../../node/src/operator/operator-database.ts'
import { randomCode, randomTemplate, seededRandom } from '../matching/in-memory.ts'
import { addressOf, DOMAIN, hashOf, keyOf } from '../protocol/signed.ts'
import { noted } from '../wallet/deal-around.ts'
import { dealTemplates, startCommittee } from './in-memory-committee.ts'
import { temporaryFolder } from './temporary-folder.ts'

describe('the store of dealings', () => {
  const random = seededRandom('dealing store')
  const share = dealBits([randomCode(random), random(128)], rowLayout(1), { n: 3, t: 1 }, random)[0]!
  const folder = temporaryFolder()
  const open = () => openOperatorDatabase(join(folder(), 'operator.sqlite'))
  const one = { index: 4, sharesRoot: hashOf('one'), share, nonce: random(32), identity: random(32) }

  it('keeps share, nonce and digest across a restart, and the first of each root', () => {
    const before = open()
    before.dealings.keep(one)
    before.dealings.keep({ ...one, nonce: random(32), identity: random(32) })
    before.close()
    const { dealings, close } = open()
    expect(dealings.dealing(4)).to.deep.equal({ ...one, opened: undefined, refusal: undefined })
    expect(dealings.dealing(5)).to.equal(undefined)
    expect(dealings.undecided()).to.deep.equal([4])
    close()
  })

  it('opens once, forgets the share and keeps what it opened; another root begins anew', () => {
    const { dealings, close } = open()
    const opened = { seed: random(32), values: random(160) }
    const told = random(32)
    expect([dealings.bind(4, told), dealings.bind(4, random(32))]).to.deep.equal([told, told])
    dealings.open(4, opened.seed, opened.values)
    dealings.open(4, random(32), random(160))
    dealings.forget(4, 'PALM_SHARES_DEGREE')
    dealings.forget(4)
    expect(dealings.dealing(4)).to.deep.include({ share: new Uint8Array(0), opened, refusal: 'PALM_SHARES_DEGREE' })
    expect([dealings.undecided(), dealings.refused()]).to.deep.equal([[], [4]])
    const identity = random(32)
    dealings.keep({ ...one, sharesRoot: hashOf('two'), identity })
    expect(dealings.dealing(4)).to.deep.include({ share, identity, opened: undefined, refusal: undefined })
    expect([dealings.undecided(), dealings.refused()]).to.deep.equal([[4], []])
    const toldAnew = random(32)
    expect(dealings.bind(4, toldAnew)).to.deep.equal(toldAnew)
    close()
  })
})

describe('an operator that died between verdict and erasure', () => {
  it('erases a refused row, and the bits of an active one, when it starts again', async () => {
    const world = await startCommittee('verdict and erasure')
    try {
      const [operator] = world.operators
      const { address, gallery, sealing, dealings } = operator!
      const good = await world.enrol('anna', addressOf('anna'))
      const [share, nonce, identity] = [100, 32, 32].map(world.random) as [Uint8Array, Uint8Array, Uint8Array]
      dealings.keep({ index: good, sharesRoot: hashOf('left over'), share, nonce, identity })
      const bad = world.chain.size
      const dealt = dealTemplates({ left: randomTemplate(world.random) }, world)
      world.chain.set(bad, noted(bad, addressOf('bob'), dealt))
      const { bytes, proof } = dealt.packages[0]!
      const bound = enrolmentBinding(bad, address)
      const to = { publicKey: sealing.publicKey, purpose: ENROLMENT_PURPOSE, bound }
      await operator!.enrolments.deliver(bad, await seal(to, bytes, world.random), proof)
      dealings.forget(bad, 'PALM_SHARES_NOT_BITS')
      expect(gallery.enrolment(bad)!.state).to.equal('stored')

      createEnrolments({
        domain: DOMAIN,
        self: address,
        privateKey: keyOf('operator 1'),
        sealing,
        committee: () => world.committee,
        gallery,
        dealings,
        askMember: (member, question) => world.askMember(address, member, question),
        chainEnrolment: async (index) => world.chain.get(index)!,
        whileIdle: operator!.matcher.whileIdle,
        onChange: () => undefined,
        onRefusal: () => undefined,
      })
      expect(gallery.enrolment(bad)!.state).to.equal('erased')
      expect(gallery.enrolment(good)!.state).to.equal('active')
      expect(dealings.undecided()).to.deep.equal([])
    } finally {
      await world.close()
    }
  })
})
