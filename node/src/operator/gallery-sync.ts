/**
 * Operators bring each other up to date on which enrolments take part: at start, after a mismatch, and now and then. A
 * node asks with the list of what it has, and gets the receipts of what it lacks (receipts prove themselves) and the list
 * of what the other's disk damaged, which then takes part nowhere, so that one bad row does not part the galleries.
 */

import { type Hex, isPalmError, toBigEndian, utf8 } from '@palmhold/base'
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
  /** Hears of a member that did not answer, or not as agreed. */
  onFailure?: (member: Hex, error: unknown) => void
}): Promise<GallerySync> {
  const { peer, directory, enrolments, gallery } = options

  const answerTo = (known: ReadonlySet<number>): Answer => {
    const missing = options.activeIndexes().filter((index) => !known.has(index))
    return {
      activations: enrolments.activationsBeyond(known, missing.slice(0, MAX_PER_ANSWER)),
      damaged: gallery.damaged(),
    }
  }

  await peer.handle(PROTOCOL, async (from, body) => {
    // A stranger's list is not even read: it may be a million numbers long.
    const isMember = options.committee()?.members.includes(from.address) ?? false
    const answer = isMember ? answerTo(new Set(readIndexes(body))) : { activations: [], damaged: [] }
    return utf8(JSON.stringify(answer))
  })

  const pullFrom = async (member: Hex, peerId: string): Promise<void> => {
    for (;;) {
      const active = options.activeIndexes()
      const answer = await peer.request({ peerId }, PROTOCOL, writeIndexes(active))
      const text = new TextDecoder().decode(answer)
      const { activations, damaged } = parseJson(answerSchema, text, 'gallery answer', 'PALM_ENCODING_INVALID')
      gallery.leaveOut(member, damaged)
      for (const activation of activations) {
        try {
          await enrolments.activate(activation)
        } catch (error) {
          // What this node holds no shares of, or what does not prove itself, stays out.
          if (!isPalmError(error)) throw error
        }
      }
      // Another that repeats what this node has would be asked for ever.
      const hasNews = options.activeIndexes().length > active.length
      if (!hasNews || activations.length < MAX_PER_ANSWER) return
    }
  }

  return {
    async pull() {
      const others = (options.committee()?.members ?? []).filter((member) => member !== peer.address)
      const known = others.map((member) => directory.get(member)).filter((entry) => entry !== undefined)
      await Promise.all(
        known.map(({ address, peerId }) =>
          pullFrom(address, peerId).catch((error) => options.onFailure?.(address, error)),
        ),
      )
    },
  }
}

function writeIndexes(indexes: readonly number[]): Uint8Array {
  return Buffer.concat(indexes.map((index) => toBigEndian(index, INDEX_BYTES)))
}

function readIndexes(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Array.from({ length: Math.floor(bytes.length / INDEX_BYTES) }, (_, i) => view.getUint32(INDEX_BYTES * i))
}
