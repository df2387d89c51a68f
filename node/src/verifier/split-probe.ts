/**
 * Splitting a probe: the codes become a share for each operator, of which any t say nothing, and two Merkle roots that
 * the terminal signs: over salted commitments to the shifted codes, and over the shares, pooled code included.
 */

import type { Hex, RandomBytes } from '@palmhold/base'
import { dealBits, probeLayout } from '@palmhold/matching'
import { CODE_BYTES, POOLED_BYTES, type ProbeCodes, palmCode, pooledCode } from '@palmhold/palm'
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

/** The codes in an opened probe: one after the other, 192 bytes each, then 128 of the pooled code. @throws {PackageError} */
export function readProbe(bytes: Uint8Array, maxCodes: number): ProbeCodes {
  const pooledAt = bytes.length - POOLED_BYTES
  const count = pooledAt / CODE_BYTES
  if (!Number.isInteger(count) || count < 1 || count > maxCodes) throw new PackageError()
  return {
    codes: Array.from({ length: count }, (_, i) => palmCode(bytes.slice(i * CODE_BYTES, (i + 1) * CODE_BYTES))),
    pooled: pooledCode(bytes.slice(pooledAt)),
  }
}

/** Splits a probe for `committee`. */
export function splitProbe({ codes, pooled }: ProbeCodes, committee: Committee, random: RandomBytes): SplitProbe {
  const { members, threshold } = committee
  const params = { n: members.length, t: threshold }
  const shares = dealBits([...codes, pooled], probeLayout(codes.length), params, random)
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
