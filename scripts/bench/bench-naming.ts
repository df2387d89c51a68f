/**
 * Measures what the pseudonym costs an operator after a match: its own part with the proof, one other's proof, and the point
 * that both interpolate to; beside them, in the same run, one multiplication of a point and the check of a probe.
 */

import { createHash } from 'node:crypto'
import { type Hex, toHex } from '@palmhold/base'
import {
  committedShare,
  createIdentitySecret,
  dealIdentity,
  multiplyPoint,
  preparePoint,
  provePartial,
  pseudonymOfPoint,
  scopePointOf,
} from '@palmhold/protocol'
import { createPseudonymRound } from '../../node/src/operator/pseudonym-round.ts'
import { WrongAnswerError } from './ask-queries.ts'
import { measureDealingCheck } from './dealing-speed.ts'
import { bestMs, type Figure } from './figure.ts'
import { seededRandom } from './synthetic-gallery.ts'

const ROLES = ['01', '02', '03'].map((byte): Hex => `0x${byte.repeat(20)}`)
const SHARE_IDS = [1, 2, 3]

export type NamingReport = {
  /** One operator's round, for a merchant that was asked for before. */
  readonly roundMs: number
  /** The scope point of a merchant that was not, and its table. */
  readonly scopeMs: number
  readonly multiplicationMs: number
  readonly probeCheckMs: number
}

/** The figures as they come; at the end the report. @throws {WrongAnswerError} another name came out */
export function* benchNaming(): Generator<Figure, NamingReport> {
  const random = seededRandom(6)
  const sid = random(32)
  const secret = createIdentitySecret(random)
  const dealt = dealIdentity(secret, { n: 3, t: 1 }, random)
  let merchants = 0
  const nextScope = () =>
    scopePointOf({ chainId: 1, merchantId: toHex(createHash('sha256').update(String(merchants++)).digest()) })
  const scope = preparePoint(nextScope())
  const expected = pseudonymOfPoint(multiplyPoint(scope, secret))
  const contextOf = (at: number) => ({
    sid,
    operator: ROLES[at]!,
    committed: committedShare(dealt[at]!.commitments, SHARE_IDS[at]!),
    scope,
  })
  const { bytes } = provePartial(dealt[1]!.share, contextOf(1), random)

  const round = () => {
    let named: Hex | undefined
    const { begin, onPartial } = createPseudonymRound({
      sid,
      self: ROLES[0]!,
      roles: ROLES,
      shareIds: SHARE_IDS,
      threshold: 1,
      random,
      send: () => undefined,
      onNamed: (pseudonym) => (named = pseudonym),
    })
    onPartial(ROLES[1]!, bytes)
    begin({ identity: dealt[0]!, scope })
    if (named !== expected) throw new WrongAnswerError()
  }
  const roundMs = bestMs(round)
  yield { name: "one operator's round, from its part to the name", value: roundMs, unit: 'ms' }
  const partMs = bestMs(() => provePartial(dealt[0]!.share, contextOf(0), random))
  yield { name: 'of which its own part and proof', value: partMs, unit: 'ms' }
  const scopeMs = bestMs(() => preparePoint(nextScope()))
  yield { name: "a new merchant's scope point and table", value: scopeMs, unit: 'ms' }
  const other = nextScope()
  const multiplicationMs = bestMs(() => multiplyPoint(other, secret))
  yield { name: 'one multiplication without a table', value: multiplicationMs, unit: 'ms' }
  const probeCheckMs = measureDealingCheck()
  yield { name: "one node's check of a probe", value: probeCheckMs, unit: 'ms' }
  return { roundMs, scopeMs, multiplicationMs, probeCheckMs }
}
