/**
 * Refuses a probe that was seen before, bit for bit: two captures of one palm never give the same 1,536 bits, a file that
 * is played again does. What is kept is a salted hash of each code, in memory only: the salt is drawn when the page
 * starts and leaves with it, so the hashes say nothing about a palm (ISO/IEC 24745, irreversibility), and a hash of 1,536
 * bits with so much noise in them cannot be guessed even by who has the salt.
 */

import { sha256 } from '@noble/hashes/sha2.js'
import { concatBytes, type RandomBytes, toHex } from '@palmhold/base'
import { encodePalm, type GreyImage } from '@palmhold/palm'

const SALT_BYTES = 32
/** Older ones are forgotten: 32 bytes each. */
const MOST_KEPT = 20_000

export type RepeatGuard = {
  /** Whether one of `rois` gives a code that was seen before; from now on all of them are known. */
  readonly sawBefore: (rois: readonly GreyImage[]) => boolean
}

/** A guard that has seen nothing. */
export function createRepeatGuard(random: RandomBytes, mostKept = MOST_KEPT): RepeatGuard {
  const salt = random(SALT_BYTES)
  // Keeps the order in which they came.
  const known = new Set<string>()
  return {
    sawBefore: (rois) => {
      const hashes = rois.map((roi) => toHex(sha256(concatBytes(salt, encodePalm(roi)))))
      const seen = hashes.some((hash) => known.has(hash))
      for (const hash of hashes) {
        known.delete(hash)
        known.add(hash)
      }
      for (const oldest of known) {
        if (known.size <= mostKept) break
        known.delete(oldest)
      }
      return seen
    },
  }
}
