/**
 * Splitting a probe: the codes become a share for each operator, of which any t say nothing, and two Merkle roots that
 * the terminal signs: over salted commitments to the codes, and over the shares.
 */

import type { Hex, RandomBytes } from '@palmhold/base'
import { dealBits, probeLayout } from '@palmhold/matching'
import { CODE_BYTES, type PalmCode, palmCode } from '@palmhold/palm'
import {
  encodeProbePackage,
  merkleProof,
  merkleRoot,
  PackageError,
  packageLeaf,
  probeCodeLeaf,
} from '@palmhold/protocol'
import type { Committee } from '../runtime/committee.ts'

export type SplitProbe = {
  readonly probeRoot: Hex
  readonly probeSharesRoot: Hex
  readonly packageOf: (member: Hex) => { package: Uint8Array; proof: Hex[] }
}

/** The codes in an opened probe: one after the other, 192 bytes each. @throws {PackageError} */
export function readProbe(bytes: Uint8Array, maxCodes: number): PalmCode[] {
  const count = bytes.length / CODE_BYTES
  if (!Number.isInteger(count) || count < 1 || count > maxCodes) throw new PackageError()
  return Array.from({ length: count }, (_, i) => palmCode(bytes.slice(i * CODE_BYTES, (i + 1) * CODE_BYTES)))
}

/** Splits `codes` for `committee`. */
export function splitProbe(codes: readonly PalmCode[], committee: Committee, random: RandomBytes): SplitProbe {
  const { members, threshold } = committee
  const params = { n: members.length, t: threshold }
  const shares = dealBits(codes, probeLayout(codes.length), params, random)
  const packages = shares.map((share) => encodeProbePackage(share, random))
  const leaves = members.map((member, i) => packageLeaf(member, packages[i]!))
  return {
    probeRoot: merkleRoot(codes.map((code) => probeCodeLeaf(code, random(32)))),
    probeSharesRoot: merkleRoot(leaves),
    packageOf(member) {
      const at = members.indexOf(member)
      return { package: packages[at]!, proof: merkleProof(leaves, at) }
    },
  }
}
