/**
 * The input of the match circuit from what a wallet has and a terminal sent. As with membership, the plain model is asked
 * first: a stranger's palm is refused here and not after half a second in the prover.
 */

import { fromBigEndian, fromHex, type Hex, PalmError } from '@palmhold/base'
import { distanceBits, type PalmCode } from '@palmhold/palm'
import {
  commitLink,
  commitProbeCode,
  commitTemplate,
  MOST_THRESHOLD_BITS,
  type TemplateCommitments,
} from '@palmhold/protocol'
import { type CircuitInput, requireField } from './circuit-input.ts'

export type Hand = 'left' | 'right'

export type MatchData = {
  /** The enrolled hand that is near the probe; `other` is the commitment to the other one, 0 if there is none. */
  readonly template: { readonly hand: Hand; readonly code: PalmCode; readonly salt: bigint; readonly other: bigint }
  /** One code of the probe and the salt of its commitment. */
  readonly probe: { readonly code: PalmCode; readonly salt: bigint }
  readonly account: Hex
  /** That of the membership proof. */
  readonly linkSalt: bigint
  /** From `contextOf` over the attestation's digest. */
  readonly context: bigint
  readonly thresholdBits: number
  /** Whether the request charges the account. */
  readonly isPayment: boolean
}

/**
 * The circuit's input for `data`.
 * @throws {MatchRefusedError} PALM_NOT_RECOGNISED the codes are not nearer than the threshold; PALM_THRESHOLD_RANGE
 * @throws {FieldElementError} a salt or commitment that is no field element
 */
export function matchWitness(data: MatchData): CircuitInput {
  const { template, probe, thresholdBits, context, linkSalt } = data
  if (!Number.isInteger(thresholdBits) || thresholdBits < 1 || thresholdBits > MOST_THRESHOLD_BITS)
    throw new MatchRefusedError('PALM_THRESHOLD_RANGE', 'the threshold is out of range')
  requireField(template.salt, template.other, probe.salt, context, linkSalt)
  if (distanceBits(template.code, probe.code) >= thresholdBits)
    throw new MatchRefusedError('PALM_NOT_RECOGNISED', 'this is not the enrolled palm')

  const account = fromBigEndian(fromHex(data.account, { length: 20 }))
  const payer = data.isPayment ? account : 0n
  const link = commitLink(pairOf(template), data.account, linkSalt)
  const probeCommitment = commitProbeCode(probe.code, probe.salt)
  const publicInputs = [link, probeCommitment, context, BigInt(thresholdBits), payer]
  return {
    publicInputs,
    signals: {
      link,
      probe: probeCommitment,
      context,
      threshold: BigInt(thresholdBits),
      payer,
      templateBits: bitsOf(template.code),
      templateSalt: template.salt,
      probeBits: bitsOf(probe.code),
      probeSalt: probe.salt,
      hand: template.hand === 'right' ? 1n : 0n,
      otherTemplate: template.other,
      account,
      linkSalt,
    },
  }
}

function pairOf({ hand, code, salt, other }: MatchData['template']): TemplateCommitments {
  const shown = commitTemplate(code, salt)
  return hand === 'left' ? { left: shown, right: other } : { left: other, right: shown }
}

/** Bit i stands in byte i >> 3 at position i & 7. */
function bitsOf(code: PalmCode): bigint[] {
  return Array.from({ length: 8 * code.length }, (_, i) => BigInt((code[i >> 3]! >> (i & 7)) & 1))
}

/** A palm that cannot be proven near the probe. */
export class MatchRefusedError extends PalmError {
  constructor(code: 'PALM_NOT_RECOGNISED' | 'PALM_THRESHOLD_RANGE', message: string) {
    super(code, message, {
      hints: ["Hold the enrolled palm again; a threshold that no verifier takes is the terminal owner's to correct."],
    })
  }
}
