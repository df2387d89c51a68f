/**
 * A node's reply, in one frame: a status byte, 0 with the body behind it or 1 with a PALM_ code in ASCII. Nothing else
 * of a failure crosses the wire.
 */

import { concatBytes, errorCode, type PalmErrorCode, utf8 } from '@palmhold/base'

/** How many bytes a reply is longer than its body. */
export const REPLY_STATUS_BYTES = 1

const STATUS_OK = 0
const STATUS_REFUSED = 1
const REMOTE_CODE = /^PALM_[A-Z0-9_]{1,64}$/

/** What stands for a reply that is not even a well-formed refusal. */
const MALFORMED: PalmErrorCode = 'PALM_ANSWER_MALFORMED'

export type Reply =
  | { readonly ok: true; readonly body: Uint8Array }
  | { readonly ok: false; readonly code: PalmErrorCode }

/** The reply that carries `body`. */
export function acceptance(body: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(STATUS_OK), body)
}

/** The reply that carries the code of `error`: PALM_INTERNAL where it is no PalmError. */
export function refusal(error: unknown): Uint8Array {
  return concatBytes(Uint8Array.of(STATUS_REFUSED), utf8(errorCode(error)))
}

/** Reads a reply; the body is a view of `bytes`. */
export function decodeReply(bytes: Uint8Array): Reply {
  if (bytes[0] === STATUS_OK) return { ok: true, body: bytes.subarray(REPLY_STATUS_BYTES) }
  const code = new TextDecoder().decode(bytes.subarray(REPLY_STATUS_BYTES))
  if (bytes[0] !== STATUS_REFUSED || !isPalmCode(code)) return { ok: false, code: MALFORMED }
  return { ok: false, code }
}

function isPalmCode(code: string): code is PalmErrorCode {
  return REMOTE_CODE.test(code)
}
