/** What a node spends on checking that a probe was dealt honestly, before it computes anything with it. */

import { checkValues, dealBits, probeLayout, verifyDealing } from '@palmhold/matching'
import { createSyntheticPalm, encodeProbeCodes, renderRoi } from '@palmhold/palm'
import { aesCtr } from '../../node/src/operator/aes-ctr.ts'
import { WrongAnswerError } from './ask-queries.ts'
import { bestMs } from './figure.ts'
import { seededRandom } from './synthetic-gallery.ts'

const PARAMS = { n: 3, t: 1 }

/** The best time of one node's check of a real probe of 25 codes and a pooled one, in ms. @throws {WrongAnswerError} it is refused */
export function measureDealingCheck(): number {
  const random = seededRandom(4)
  const roi = renderRoi(createSyntheticPalm('bench'), { session: 1, index: 1 })
  const { codes, pooled } = encodeProbeCodes(roi)
  const layout = probeLayout(codes.length)
  const seed = random(32)
  const shares = dealBits([...codes, pooled], layout, PARAMS, random)
  const answers = shares.map((share, k) => ({ id: k + 1, values: checkValues(share, layout, 0, seed, aesCtr) }))
  if (!verifyDealing(answers, layout, PARAMS.t).ok) throw new WrongAnswerError()
  return bestMs(() => checkValues(shares[0]!, layout, 0, seed, aesCtr))
}
