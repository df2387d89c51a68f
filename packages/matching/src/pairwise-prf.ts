/**
 * The masks that two computing nodes know and the third does not: AES-CTR keystream under a key of its own for every
 * purpose, round and chunk,
 *
 *   key = HKDF-SHA-256(k_ij, salt = sid, info = purpose | round | chunk)      (RFC 5869)
 *   mask = AES-128-CTR(key, counter 0)
 *
 * A key is used for one message, so the counter starts at zero each time. k_ij comes from authenticated X25519, once for
 * each epoch. AES is an argument: Node has it in `node:crypto` at gigabytes a second, browsers have other ways.
 */

import { expand, extract } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { encodeFields, PalmError, toBigEndian, utf8 } from '@palmhold/base'
import type { Role } from './comparison-message.ts'
import { SID_BYTES } from './session-id.ts'

const PAIR_KEY_BYTES = 32
const AES_KEY_BYTES = 16

/**
 * `length` bytes that this node and `peer` have in common, in an array of their own: who asked for them may free it.
 * @throws {MaskReuseError} asked twice for the same peer, purpose, round and chunk
 */
export type Prf = (peer: Role, purpose: string, round: number, chunk: number, length: number) => Uint8Array

/** AES-128-CTR keystream from counter block zero: `length` bytes under a 16-byte key. */
export type AesCtr = (key: Uint8Array, length: number) => Uint8Array

export type PairwisePrfOptions = {
  /** The 32-byte keys shared with the two other computing nodes, by their role. */
  readonly keys: Partial<Record<Role, Uint8Array>>
  readonly sid: Uint8Array
  readonly aesCtr: AesCtr
}

/**
 * The masks of one session.
 * @throws {PairKeyError} a key or the session id has another length
 */
export function createPairwisePrf({ keys, sid, aesCtr }: PairwisePrfOptions): Prf {
  if (sid.length !== SID_BYTES) throw new PairKeyError(`a session id has ${SID_BYTES} bytes`)
  const extracted = new Map<Role, Uint8Array>()
  for (const role of [0, 1, 2] as const) {
    const key = keys[role]
    if (!key) continue
    if (key.length !== PAIR_KEY_BYTES) throw new PairKeyError(`a pairwise key has ${PAIR_KEY_BYTES} bytes`)
    extracted.set(role, extract(sha256, key, sid))
  }
  const used = new Set<string>()
  return (peer, purpose, round, chunk, length) => {
    const pseudorandomKey = extracted.get(peer)
    if (!pseudorandomKey) throw new PairKeyError(`there is no key shared with P${peer}`)
    const label = `${peer}/${purpose}/${round}/${chunk}`
    if (used.has(label)) throw new MaskReuseError(label)
    used.add(label)
    const info = encodeFields('palmhold/mask/1', [utf8(purpose), toBigEndian(round, 4), toBigEndian(chunk, 4)])
    return aesCtr(expand(sha256, pseudorandomKey, info, AES_KEY_BYTES), length)
  }
}

/** A pairwise key that is missing or malformed. */
export class PairKeyError extends PalmError {
  constructor(reason: string) {
    super('PALM_PAIR_KEY_INVALID', reason, {
      hints: ['Agree on pairwise keys with the other operators of this epoch first.'],
    })
  }
}

/** A mask asked for a second time: sending under it would open what the first one hid. */
export class MaskReuseError extends PalmError {
  constructor(label: string) {
    super('PALM_MASK_REUSED', `the mask ${label} of this session was used already`, {
      hints: ['Never resume a session: begin a new attempt, which has a session id of its own.'],
    })
  }
}
