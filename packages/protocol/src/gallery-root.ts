/**
 * The gallery root: what the operators agree on before they match. It covers which enrolments are active and what was
 * dealt for each, and is the same at every operator, although each holds other shares.
 */

import { sha256 } from '@noble/hashes/sha2.js'
import { encodeFields, fromHex, type Hex, toBigEndian, toHex } from '@palmhold/base'

/** An active enrolment as every operator knows it. */
export type GalleryEntry = { readonly index: number; readonly sharesRoot: Hex; readonly hands: number }

/** SHA-256 over the active enrolments in ascending order of their index. */
export function galleryRoot(entries: readonly GalleryEntry[]): Hex {
  const hash = sha256.create()
  for (const entry of [...entries].sort((a, b) => a.index - b.index))
    hash.update(
      encodeFields('palmhold/gallery/1', [
        toBigEndian(entry.index, 4),
        fromHex(entry.sharesRoot, { length: 32 }),
        Uint8Array.of(entry.hands),
      ]),
    )
  return toHex(hash.digest())
}
