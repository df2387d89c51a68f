/**
 * What was dealt in a run, share by share: of enrolments as the wallet dealt them, of probes as the verifier sent them. A
 * share is known in the forms an operator has it in: as bits, and packed as it is kept and computed with.
 */

import type { Hex } from '@palmhold/base'
import { ELEMENT_BYTES, packProbe, packRow, probeLayout, rowLayout } from '@palmhold/matching'
import { decodeQuery, FRAME, handsOf, readFrame } from '@palmhold/protocol'
import type { DealtPackage } from '@palmhold/wallet'
import type { Sent } from './traffic.ts'

const SALT_BYTES = 32
const KEY_BYTES = 32

/** One member's share of one dealing, in all its forms. */
export type DealtShare = { readonly dealing: string; readonly member: Hex; readonly forms: readonly Uint8Array[] }

/** The shares of an enrolment. The pseudonym key, which every member has, is none of them. */
export function sharesOfEnrolment(dealing: string, packages: readonly DealtPackage[]): DealtShare[] {
  return packages.map(({ member, bytes }) => {
    const head = SALT_BYTES + KEY_BYTES
    const hands = handsOf(bytes[head]!).length
    const share = bytes.slice(head + 1)
    return { dealing, member, forms: [share, packRow(share.slice(0, ELEMENT_BYTES * rowLayout(hands).bits))] }
  })
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
