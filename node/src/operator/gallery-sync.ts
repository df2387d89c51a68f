/**
 * Operators bring each other up to date on which enrolments take part: at start, after a mismatch, and now and then. A
 * node asks with the list of what it has, and gets the receipts of what it lacks (receipts prove themselves) and the list
 * of what the other's disk damaged, which then takes part nowhere, so that one bad row does not part the galleries.
 */

import { fromBigEndian, type Hex, isPalmError, toBigEndian, utf8 } from '@palmhold/base'
import type { Peer, PeerDirectory } from '@palmhold/net'
import { hashSchema, parseJson, signedReceiptSchema } from '@palmhold/protocol'
import { z } from 'zod'
import type { Committee } from '../runtime/committee.ts'
import type { Activation, Enrolments } from './enrolments.ts'
import type { DealtRow, Gallery } from './gallery.ts'

const PROTOCOL = '/palmhold/gallery/1'
const INDEX_BYTES = 4
const MAX_PER_ANSWER = 200

const MAX_DAMAGED = 100_000

/** What one operator tells another. */
type Answer = { readonly activations: readonly Activation[]; readonly damaged: readonly DealtRow[] }

const answerSchema: z.ZodType<Answer> = z.strictObject({
  activations: z
    .array(z.strictObject({ index: z.int().min(0), receipts: z.array(signedReceiptSchema).max(15) }))
    .max(MAX_PER_ANSWER),
  damaged: z.array(z.strictObject({ index: z.int().min(0), sharesRoot: hashSchema })).max(MAX_DAMAGED),
})

export type GallerySync = {
  /** Asks every other member once; resolves when all have answered or failed. */
  readonly pull: () => Promise<void>
}

export async function createGallerySync(options: {
  peer: Peer
  directory: PeerDirectory
  committee: () => Committee | undefined
  gallery: Gallery
  enrolments: Enrolments
  /** Indexes of all active enrolments. */
  activeIndexes: () => number[]
}): Promise<GallerySync> {
  const { peer, directory, enrolments, gallery } = options

  await peer.handle(PROTOCOL, async (from, body) => {
    const isMember = options.committee()?.members.includes(from.address) ?? false
    const known = new Set(readIndexes(body))
    const missing = isMember ? options.activeIndexes().filter((index) => !known.has(index)) : []
    const answer: Answer = {
      activations: enrolments.activationsBeyond(known, missing.slice(0, MAX_PER_ANSWER)),
      damaged: isMember ? gallery.damaged() : [],
    }
    return utf8(JSON.stringify(answer))
  })

  const pullFrom = async (member: Hex, peerId: string): Promise<void> => {
    for (;;) {
      const answer = await peer.request({ peerId }, PROTOCOL, writeIndexes(options.activeIndexes()))
      const text = new TextDecoder().decode(answer)
      const { activations, damaged } = parseJson(answerSchema, text, 'gallery answer', 'PALM_ENCODING_INVALID')
      gallery.leaveOut(member, damaged)
      let taken = 0
      for (const activation of activations) {
        try {
          enrolments.activate(activation)
          taken++
        } catch (error) {
          // What this node holds no shares of, or what does not prove itself, stays out.
          if (!isPalmError(error)) throw error
        }
      }
      if (taken === 0 || activations.length < MAX_PER_ANSWER) return
    }
  }

  return {
    async pull() {
      const others = (options.committee()?.members ?? []).filter((member) => member !== peer.address)
      const known = others.map((member) => directory.get(member)).filter((entry) => entry !== undefined)
      await Promise.allSettled(known.map(({ address, peerId }) => pullFrom(address, peerId)))
    },
  }
}

function writeIndexes(indexes: readonly number[]): Uint8Array {
  return Buffer.concat(indexes.map((index) => toBigEndian(index, INDEX_BYTES)))
}

function readIndexes(bytes: Uint8Array): number[] {
  return Array.from({ length: Math.floor(bytes.length / INDEX_BYTES) }, (_, i) =>
    Number(fromBigEndian(bytes.subarray(INDEX_BYTES * i, INDEX_BYTES * (i + 1)))),
  )
}
