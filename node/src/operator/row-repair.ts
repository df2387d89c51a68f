/**
 * An operator whose disk damaged a row asks t + 1 others for it: each answers with a masked term (packages/matching
 * row-repair.ts), and their sum is this operator's own share, which must be what the database has the SHA-256 of. So a
 * helper that lies, or restarted in between, costs a try and nothing else.
 *
 * Keys come from the exchange keys that operators announce, and a fresh nonce makes every try's masks new.
 */

import { sha256 } from '@noble/hashes/sha2.js'
import type { RandomBytes } from '@palmhold/base'
import { encodeFields, fromHex, type Hex, isPalmError, PalmError, toBigEndian, toHex, utf8 } from '@palmhold/base'
import { GALLERY_ROW_BYTES, type RepairPlan, repairTerm, sumRepairTerms } from '@palmhold/matching'
import type { Peer, PeerDirectory } from '@palmhold/net'
import { addressSchema, handsOf, hashSchema, parseJson } from '@palmhold/protocol'
import { z } from 'zod'
import { type Committee, NotAMemberError, shareIdOf } from '../runtime/committee.ts'
import type { DealtRow, Gallery } from './gallery.ts'
import { type ExchangeKeys, pairKey } from './match-session.ts'

const PROTOCOL = '/palmhold/row-repair/1'
const MAX_HELPERS = 8

const orderSchema = z.strictObject({
  index: z.int().min(0),
  sharesRoot: hashSchema,
  helpers: z.array(addressSchema).min(2).max(MAX_HELPERS),
  nonce: hashSchema,
})

/** Which row is to be repaired, by whom, in which try. */
export type RepairOrder = z.infer<typeof orderSchema>

export type RepairOptions = {
  readonly self: Hex
  readonly committee: () => Committee
  readonly gallery: Pick<Gallery, 'damaged' | 'enrolment' | 'rowsOf' | 'mend'>
  readonly exchange: ExchangeKeys
  readonly exchangeKeyOf: (member: Hex) => Hex | undefined
  readonly random: RandomBytes
  /** Asks a member. @throws {PalmError} it does not answer, or refuses */
  readonly ask: (member: Hex, order: RepairOrder) => Promise<Uint8Array>
}

export type RowRepair = {
  /** Tries to mend every damaged row once; returns how many are whole again. */
  readonly mendAll: () => Promise<number>
  /** This operator's terms of a row, one hand after the other. @throws {RepairRefusedError} */
  readonly help: (from: Hex, order: RepairOrder) => Uint8Array
}

export function createRowRepair(options: RepairOptions): RowRepair {
  const { self, gallery } = options
  let tries = 0

  const mend = async (row: DealtRow): Promise<boolean> => {
    const committee = options.committee()
    const others = committee.members.filter((member) => member !== self && options.exchangeKeyOf(member) !== undefined)
    if (others.length <= committee.threshold) return false
    // Others each time: one of them may be away for long.
    const from = tries++ % others.length
    const helpers = [...others.slice(from), ...others.slice(0, from)].slice(0, committee.threshold + 1)
    const order = { ...row, helpers, nonce: toHex(options.random(32)) }
    const answers = await Promise.all(helpers.map((helper) => options.ask(helper, order)))
    const { hands } = gallery.enrolment(row.index)!
    const rows = handsOf(hands).map((_, i) =>
      sumRepairTerms(
        answers.map((answer) => answer.subarray(i * GALLERY_ROW_BYTES, (i + 1) * GALLERY_ROW_BYTES)),
        GALLERY_ROW_BYTES,
      ),
    )
    return gallery.mend(row, rows)
  }

  /** Tries one set of helpers after the other: one may be away, or have no such row. The next round tries again. */
  const mendWithAny = async (row: DealtRow): Promise<boolean> => {
    for (let left = options.committee().members.length - 1; left > 0; left--)
      try {
        if (await mend(row)) return true
      } catch (error) {
        if (!isPalmError(error)) throw error
      }
    return false
  }

  return {
    async mendAll() {
      let mended = 0
      // What was erased too early is reported as well, and is not to come back.
      const rows = gallery.damaged().filter(({ index }) => gallery.enrolment(index)?.state === 'active')
      for (const row of rows) if (await mendWithAny(row)) mended++
      return mended
    },

    help(from, order) {
      const committee = options.committee()
      const { helpers, index, sharesRoot } = order
      const isPlan =
        helpers.length === committee.threshold + 1 &&
        helpers.includes(self) &&
        !helpers.includes(from) &&
        helpers.every((helper) => committee.members.includes(helper))
      const rows = isPlan ? gallery.rowsOf({ index, sharesRoot }) : undefined
      if (!rows) throw new RepairRefusedError(index)
      const plan: RepairPlan = {
        damaged: shareIdOf(committee, from),
        helpers: helpers.map((helper) => shareIdOf(committee, helper)),
      }
      const keyWith = (id: number): Uint8Array => {
        const key = options.exchangeKeyOf(committee.members[id - 1]!)
        if (key === undefined) throw new RepairRefusedError(index)
        return pairKey(options.exchange, key)
      }
      const terms = rows.map((share, i) =>
        repairTerm(share, shareIdOf(committee, self), plan, keyWith, contextOf(committee, from, order, i)),
      )
      for (const share of rows) share.fill(0)
      return Buffer.concat(terms)
    },
  }
}

/** A row repair over the control plane: answers the other members, and nobody else. */
export async function serveRowRepair(
  options: Omit<RepairOptions, 'ask' | 'exchangeKeyOf'> & { readonly peer: Peer; readonly directory: PeerDirectory },
): Promise<RowRepair> {
  const { peer, directory } = options
  const repair = createRowRepair({
    ...options,
    exchangeKeyOf: (member) => directory.get(member)?.exchangeKey,
    ask: (member, order) =>
      peer.request({ peerId: directory.get(member)?.peerId ?? '' }, PROTOCOL, utf8(JSON.stringify(order))),
  })
  await peer.handle(PROTOCOL, async (from, body) => {
    if (!options.committee().members.includes(from.address)) throw new NotAMemberError(from.address)
    const text = new TextDecoder().decode(body)
    return repair.help(from.address, parseJson(orderSchema, text, 'row repair', 'PALM_ENCODING_INVALID'))
  })
  return repair
}

function contextOf(committee: Committee, damaged: Hex, order: RepairOrder, hand: number): Uint8Array {
  return sha256(
    encodeFields('palmhold/row-repair/1', [
      fromHex(committee.committeeId),
      toBigEndian(committee.epoch, 4),
      toBigEndian(order.index, 4),
      fromHex(order.sharesRoot),
      fromHex(damaged),
      utf8(order.helpers.join(',')),
      fromHex(order.nonce),
      Uint8Array.of(hand),
    ]),
  )
}

/** An operator does not help to repair a row. */
export class RepairRefusedError extends PalmError {
  constructor(index: number) {
    super('PALM_REPAIR_REFUSED', `this operator cannot help to repair enrolment ${index}`, {
      hints: ['It holds no such row, or the helpers named are not t + 1 other members: the damaged node asks again.'],
    })
  }
}
