/** Inputs of both circuits for one person, drawn from a seed: what is measured does not depend on whose palm it is. */

import { type Hex, toHex } from '@palmhold/base'
import { CODE_BYTES, createSeededRandom, type PalmCode, palmCode } from '@palmhold/palm'
import {
  BASE_POINT,
  type Circuit,
  commitEnrolment,
  commitTemplate,
  createIdentitySecret,
  createSalt,
  enrolmentLeaf,
  fieldFromHex,
  multiplyPoint,
  PHONE_POLICY,
  scopePointOf,
} from '@palmhold/protocol'
import { type CircuitInput, enrolmentRootAbove, matchWitness, membershipWitness } from '@palmhold/zk'

/** A tree of a million enrolments; the circuit takes as long for every depth. */
const DEPTH = 20
/** About what two pictures of one palm differ in. */
const DISTANCE_BITS = 300

/** What a wallet would prove, of `seed`'s person. */
export function drawInputs(seed: string): Record<Circuit, CircuitInput> {
  const drawn = createSeededRandom(seed)
  const random = (length: number) => Uint8Array.from({ length }, () => drawn.whole(0, 255))
  const code = palmCode(random(CODE_BYTES))
  const [salt, other, linkSalt] = [createSalt(random), createSalt(random), createSalt(random)]
  const templates = { left: commitTemplate(code, salt), right: other }
  const secret = createIdentitySecret(random)
  const account: Hex = toHex(random(20))
  const commitment = fieldFromHex(commitEnrolment(templates, multiplyPoint(BASE_POINT, secret)))
  const path = { index: 5, siblings: Array.from({ length: DEPTH }, () => createSalt(random)) }
  const root = enrolmentRootAbove(enrolmentLeaf(commitment, account), path)
  const scope = scopePointOf({ chainId: 31_337, merchantId: toHex(random(32)) })
  return {
    membership: membershipWitness({ templates, secret, account, path, root, scope, linkSalt }),
    match: matchWitness({
      template: { hand: 'left', code, salt, other },
      probe: { code: turnOver(code, DISTANCE_BITS), salt: createSalt(random) },
      account,
      linkSalt,
      context: createSalt(random),
      thresholdBits: PHONE_POLICY.thresholdBits,
      isPayment: true,
    }),
  }
}

/** `code` with its first `bits` bits turned over. */
function turnOver(code: PalmCode, bits: number): PalmCode {
  const out = palmCode(code)
  for (let i = 0; i < bits; i++) out[i >> 3]! ^= 1 << (i & 7)
  return out
}
