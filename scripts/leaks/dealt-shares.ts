/**
 * What was dealt in a run, share by share: of enrolments as the wallet dealt them, of probes as the verifier sent them. A
 * share is known in the forms an operator has it in: as bits, and packed as it is kept and computed with. Beside them go the
 * shares of the identity secret, and what they are of.
 */

import type { Hex } from '@palmhold/base'
import { dealtBytes, ELEMENT_BYTES, packProbe, packRow, probeLayout, rowLayout } from '@palmhold/matching'
import {
  decodeQuery,
  decodeRowPackage,
  encodePoint,
  encodeScalar,
  FRAME,
  handsOf,
  readFrame,
  SUBGROUP_ORDER,
} from '@palmhold/protocol'
import type { DealtPackage } from '@palmhold/wallet'
import type { Sent } from './traffic.ts'

const SALT_BYTES = 32
/** Of all committees: others cannot match. */
const THRESHOLD = 1

/** One member's share of one dealing, in all its forms. */
export type DealtShare = { readonly dealing: string; readonly member: Hex; readonly forms: readonly Uint8Array[] }

/** What was dealt of an enrolment. */
export type DealtEnrolmentShares = {
  /** Of rows and of the identity secret, each its own dealing. */
  readonly shares: readonly DealtShare[]
  /** s as 32 bytes: no node has it. */
  readonly identitySecret: Uint8Array
  /** S as x and y: operators have it, and nobody else. */
  readonly identityPoint: Uint8Array
}

/** Takes an enrolment's packages apart. */
export function sharesOfEnrolment(label: string, packages: readonly DealtPackage[]): DealtEnrolmentShares {
  const rows = packages.map(({ bytes }) => decodeRowPackage(bytes, THRESHOLD, (hands) => dealtBytes(rowLayout(hands))))
  const shares = packages.flatMap(({ member }, i): DealtShare[] => {
    const { hands, identity } = rows[i]!
    const share = rows[i]!.share.slice()
    const packed = packRow(share.slice(0, ELEMENT_BYTES * rowLayout(handsOf(hands).length).bits))
    return [
      { dealing: `enrolment, ${label}`, member, forms: [share, packed] },
      { dealing: `identity, ${label}`, member, forms: [encodeScalar(identity.share)] },
    ]
  })
  const [first, second] = rows.map(({ identity }) => identity)
  // The line through operators 1 and 2 at 0.
  const secret = (2n * first!.share - second!.share + SUBGROUP_ORDER) % SUBGROUP_ORDER
  return { shares, identitySecret: encodeScalar(secret), identityPoint: encodePoint(first!.commitments[0]!) }
}

/** The probe shares in what was sent over the data plane, each once for whom it was sent to. */
export function sharesOfProbes(sent: readonly Sent[]): DealtShare[] {
  const shares = new Map<string, DealtShare>()
  for (const { plane, to, bytes } of sent) {
    if (plane !== 'data' || bytes[0] !== FRAME.query) continue
    const { scan, package: packageBytes } = decodeQuery(readFrame(bytes).body)
    const share = packageBytes.slice(SALT_BYTES)
    const packed = packProbe(share.slice(0, ELEMENT_BYTES * probeLayout(scan.leafCount).bits))
    const dealing = `probe ${scan.probeSharesRoot.slice(0, 10)}`
    shares.set(`${dealing} ${to}`, { dealing, member: to as Hex, forms: [share, packed] })
  }
  return [...shares.values()]
}
