/** How members ask each other for nonces and opened values of an enrolment's check: over the control plane, as JSON. */

import { type Hex, utf8 } from '@palmhold/base'
import type { Peer, PeerDirectory } from '@palmhold/net'
import { parseJson } from '@palmhold/protocol'
import type { Committee } from '../runtime/committee.ts'
import { NotAMemberError } from '../runtime/committee.ts'
import { type RowAnswer, type RowQuestion, rowAnswerSchema, rowQuestionSchema } from './row-check.ts'

const PROTOCOL = '/palmhold/row-check/1'
const FIND_TIMEOUT_MS = 5_000

/** Asks one member. @throws {PalmError} it is not found or not reached, or refuses */
export function askRowCheck(
  peer: Peer,
  directory: PeerDirectory,
): (member: Hex, question: RowQuestion) => Promise<RowAnswer> {
  return async (member, question) => {
    const [entry] = await directory.waitFor([member], { timeoutMs: FIND_TIMEOUT_MS })
    const answer = await peer.request({ peerId: entry!.peerId }, PROTOCOL, utf8(JSON.stringify(question)))
    return parseJson(rowAnswerSchema, textOf(answer), 'answer to a row check', 'PALM_ENCODING_INVALID')
  }
}

/** Answers the other members, and nobody else, by `answer`. */
export async function serveRowCheck(
  peer: Peer,
  committee: () => Committee,
  answer: (question: RowQuestion) => Promise<RowAnswer>,
): Promise<void> {
  await peer.handle(PROTOCOL, async (from, body) => {
    if (!committee().members.includes(from.address)) throw new NotAMemberError(from.address)
    const question = parseJson(rowQuestionSchema, textOf(body), 'row check', 'PALM_ENCODING_INVALID')
    return utf8(JSON.stringify(await answer(question)))
  })
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}
