/**
 * Operators that lie about their part of a pseudonym, keep it to themselves, or have it damaged: what is signed is s * Q of
 * the person that matched, or nothing is signed.
 */

import { type Hex, toHex } from '@palmhold/base'
import {
  BASE_POINT,
  committedShare,
  decodePartial,
  encodeAbort,
  encodePartial,
  encodePoint,
  FRAME,
  multiplyPoint,
  provePartial,
  pseudonymOfPoint,
  requestHash,
  scopePointOf,
} from '@palmhold/protocol'
import { expect } from 'chai'
import {
  type Delivery,
  makeQuery,
  probeOf,
  type SplitQuery,
  startCommittee,
  type TestCommittee,
} from '../node/in-memory-committee.ts'
import { addressOf, DOMAIN, hashOf, MERCHANT_ID } from '../protocol/signed.ts'

const ANNA = addressOf('anna')
const isPartial = ({ frame }: Delivery) => frame[0] === FRAME.partial

for (const count of [3, 4])
  describe(`parts of a pseudonym among ${count} operators`, function () {
    this.timeout(30_000)
    let world: TestCommittee
    let roles: readonly Hex[]
    let first: Hex
    let second: Hex
    let third: Hex
    let name: Hex

    before(async () => {
      world = await startCommittee(`partials among ${count}`, count)
      const index = await world.enrol('anna', ANNA)
      await world.enrol('bela', addressOf('bela'))
      roles = world.committee.members.slice(-3)
      ;[first, second, third] = roles as [Hex, Hex, Hex]
      const scope = scopePointOf({ chainId: DOMAIN.chainId, merchantId: MERCHANT_ID })
      name = pseudonymOfPoint(multiplyPoint(scope, world.identitySecrets.get(index)!))
    })
    after(() => world.close())
    afterEach(() => {
      world.deliver = () => true
      world.identityAt = (_, identity) => identity
      world.timeoutMs = 10_000
      expect(world.operators.map(({ matcher }) => matcher.running())).to.deep.equal(Array(count).fill(0))
      expect(world.refusedFrames.splice(0)).to.deep.equal([])
    })

    const query = (person = 'anna'): SplitQuery => ({ ...makeQuery(world, probeOf(person)), roles })
    /** The pseudonym that each signed, or the code of its refusal. */
    const namesOf = async (asked: SplitQuery) =>
      (await world.askAll(asked)).map((reply) => (reply.ok ? reply.attestation.pseudonym : reply.code))
    /** Gives the match up, in the name of another, at each operator that still waits. */
    const giveUp = (asked: SplitQuery) => {
      const abort = { requestHash: requestHash(DOMAIN, asked.request), attempt: 1, code: 'PALM_NODE_SLOW' }
      for (const [i, role] of roles.entries())
        world.operator(role).matcher.onFrame(roles[(i + 1) % 3]!, encodeAbort(abort), async () => undefined)
    }
    const settled = async () => {
      for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate)
    }
    /** Sends, in the place of the first operator's part to the second, what `forge` makes of it; the third's is lost there. */
    const forgeFirst = (forge: (frame: Uint8Array) => Uint8Array) => {
      world.deliver = (delivery) => {
        if (!isPartial(delivery) || delivery.to !== second) return true
        if (delivery.from === third) return false
        delivery.frame.set(forge(Uint8Array.from(delivery.frame)))
        return true
      }
    }

    it('that all send give the pseudonym which the person proves alone', async () => {
      const before = world.frames.filter(isPartial).length
      expect(await namesOf(query())).to.deep.equal(Array(3).fill(name))
      await settled()
      expect(world.frames.filter(isPartial).length - before).to.equal(6)
    })

    it('are sent for nobody who is not recognised', async () => {
      const before = world.frames.filter(isPartial).length
      expect(await namesOf(query('a stranger'))).to.deep.equal(Array(3).fill('PALM_NOT_RECOGNISED'))
      expect(world.frames.filter(isPartial).length).to.equal(before)
    })

    for (const silent of [0, 1, 2])
      it(`are enough where operator ${silent + 1} of those that compute keeps its own`, async () => {
        world.deliver = (delivery) => !isPartial(delivery) || delivery.from !== roles[silent]
        expect(await namesOf(query())).to.deep.equal(Array(3).fill(name))
      })

    it('are waited for where one alone is there: nothing is signed', async () => {
      world.deliver = (delivery) => !isPartial(delivery)
      const asked = query()
      const names = namesOf(asked)
      await settled()
      while (!roles.every((role) => world.operator(role).matcher.running() === 1)) await settled()
      for (let turn = 0; turn < 20; turn++) await settled()
      giveUp(asked)
      expect(await names).to.deep.equal(Array(3).fill('PALM_NODE_SLOW'))
    })

    let replayed: Uint8Array
    for (const [what, forge] of [
      ['one byte changed', (frame: Uint8Array) => frame.map((byte, i) => (i === 60 ? byte ^ 1 : byte))],
      ['its challenge changed', (frame: Uint8Array) => frame.map((byte, i) => (i === 110 ? byte ^ 1 : byte))],
      [
        'the part of another session',
        (frame: Uint8Array) => {
          const { bytes } = decodePartial(replayed.subarray(1))
          return encodePartial({ sid: toHex(frame.subarray(1, 33)), bytes })
        },
      ],
      [
        "another person's part",
        (frame: Uint8Array) => {
          // Row 2 is the left hand of enrolment 1.
          const { identity } = world.operator(first).gallery.ownerOf(2)!
          return forgedOf(frame, identity.share, identity.commitments)
        },
      ],
      [
        'a part of a share that it was not dealt',
        (frame: Uint8Array) => {
          const { identity } = world.operator(first).gallery.ownerOf(0)!
          return forgedOf(frame, identity.share + 1n, identity.commitments)
        },
      ],
      [
        'a part at another merchant',
        (frame: Uint8Array) => {
          const { identity } = world.operator(first).gallery.ownerOf(0)!
          return forgedOf(frame, identity.share, identity.commitments, hashOf('another merchant'))
        },
      ],
    ] as const)
      it(`end the attempt at ${what}: PALM_PARTIAL_INVALID, and no other name is signed`, async () => {
        world.deliver = (delivery) => {
          if (isPartial(delivery) && delivery.from === first && delivery.to === second)
            replayed = Uint8Array.from(delivery.frame)
          return true
        }
        expect(await namesOf(query())).to.deep.equal(Array(3).fill(name))
        await settled()
        forgeFirst(forge)
        const asked = query()
        const [signed, refused, other] = await namesOf(asked)
        expect(refused).to.equal('PALM_PARTIAL_INVALID')
        // The others may have had two good ones before they heard.
        for (const each of [signed, other]) expect([name, 'PALM_PARTIAL_INVALID']).to.include(each)
      })

    function forgedOf(
      frame: Uint8Array,
      share: bigint,
      commitments: Parameters<typeof committedShare>[0],
      merchantId = MERCHANT_ID,
    ): Uint8Array {
      const sid = frame.subarray(1, 33)
      const id = world.committee.members.indexOf(first) + 1
      const scope = scopePointOf({ chainId: DOMAIN.chainId, merchantId })
      const context = { sid, operator: first, committed: committedShare(commitments, id), scope }
      return encodePartial({ sid: toHex(sid), bytes: provePartial(share, context, world.random).bytes })
    }

    it('end the attempt where one comes twice: PALM_MESSAGE_REPEATED', async () => {
      let sent = false
      world.deliver = (delivery) => {
        const { from, to, frame } = delivery
        // Before the second operator can have decided.
        if (frame[0] === FRAME.reveal && from === first && to === second && !sent) {
          sent = true
          const partial = encodePartial({ sid: toHex(frame.subarray(1, 33)), bytes: new Uint8Array(128) })
          for (let i = 0; i < 2; i++) world.operator(second).matcher.onFrame(first, partial, async () => undefined)
        }
        return true
      }
      expect(await namesOf(query())).to.deep.equal(Array(3).fill('PALM_MESSAGE_REPEATED'))
    })

    it('of an operator whose disk damaged its own end its match, and not that of the others', async () => {
      for (const damage of [
        (identity: { share: bigint }) => ({ share: identity.share + 1n }),
        (identity: { share: bigint }) => ({ share: identity.share * 2n ** 10n }),
        () => ({ share: 0n }),
      ]) {
        world.identityAt = (self, identity) => (self === first ? { ...identity, ...damage(identity) } : identity)
        expect(await namesOf(query())).to.deep.equal(['PALM_IDENTITY_DAMAGED', name, name])
      }
      world.identityAt = (self, identity) =>
        self === first ? { ...identity, commitments: identity.commitments.with(1, BASE_POINT) } : identity
      expect(await namesOf(query())).to.deep.equal(['PALM_IDENTITY_DAMAGED', name, name])
    })

    it('are taken from those that compute alone, and of a session that is under way', async () => {
      const stranger = world.committee.members[0]!
      world.deliver = (delivery) => {
        if (count === 4 && isPartial(delivery))
          world.operator(delivery.to).matcher.onFrame(stranger, Uint8Array.from(delivery.frame), async () => undefined)
        return true
      }
      expect(await namesOf(query())).to.deep.equal(Array(3).fill(name))
      const late = encodePartial({ sid: hashOf('a session that is over'), bytes: new Uint8Array(128) })
      world.operator(second).matcher.onFrame(first, late, async () => undefined)
      const frame = Uint8Array.from(late.subarray(0, 100))
      expect(() => world.operator(second).matcher.onFrame(first, frame, async () => undefined))
        .to.throw()
        .with.property('code', 'PALM_ENCODING_INVALID')
      expect(() => world.operator(second).matcher.onFrame(addressOf('x'), late, async () => undefined))
        .to.throw()
        .with.property('code', 'PALM_STRANGER')
    })

    it('reach no terminal, nor does S', async () => {
      const points: string[] = []
      world.deliver = (delivery) => {
        if (isPartial(delivery)) points.push(toHex(delivery.frame.subarray(33, 65)).slice(2))
        return true
      }
      const told = JSON.stringify(await world.askAll(query()))
      const [S] = world.operator(first).gallery.ownerOf(0)!.identity.commitments
      expect(points.length).to.be.least(2)
      expect(told).to.include(name)
      for (const point of [...points, toHex(encodePoint(S!)).slice(2, 66)]) expect(told).not.to.include(point)
    })
  })
