/**
 * What a reader of attestations trusts: the chain and contracts of one deployment, its committees with their keys by
 * epoch, and the terminals. It comes from `trust.json`, which the deployment writes, and never from an attestation.
 */

import type { Hex } from '@palmhold/base'
import { z } from 'zod'
import { addressSchema, hashSchema, parseJson } from './schemas.ts'

const epochSchema = z
  .strictObject({
    epoch: z.int().min(1),
    /** t: this many operators together learn nothing. */
    threshold: z.int().min(1),
    /** k: this many signatures make an attestation. */
    quorum: z.int().min(1),
    operators: z.array(addressSchema).min(3).max(15),
  })
  // The shape that OperatorRegistry demands: a quorum is more than may lie, and those who stay away stop nobody.
  .refine(({ operators }) => new Set(operators).size === operators.length, { path: ['operators'] })
  .refine(({ threshold, operators }) => operators.length > 2 * threshold, { path: ['threshold'] })
  .refine(({ threshold, quorum, operators }) => quorum > threshold && quorum <= operators.length - threshold, {
    path: ['quorum'],
  })

/** Where the contracts of one deployment stand. */
export const contractsSchema = z.strictObject({
  token: addressSchema,
  didRegistry: addressSchema,
  operatorRegistry: addressSchema,
  merchantRegistry: addressSchema,
  palmRegistry: addressSchema,
  matchVerifier: addressSchema,
  palmPay: addressSchema,
  anchors: addressSchema,
})

/** An enrolment root as the chain has it; times in seconds since 1970. */
const enrolmentRootSchema = z.strictObject({
  root: hashSchema,
  createdAt: z.int().min(0),
  /** When the next root came; null for the newest. */
  supersededAt: z.int().min(0).nullable(),
  /** From when on a revocation checkpoint refuses it; null while none does. */
  refusedFrom: z.int().min(0).nullable(),
})

const trustSchema = z.strictObject({
  format: z.literal('palmhold/trust/2'),
  chainId: z.int().min(1),
  contracts: contractsSchema,
  committees: z.array(z.strictObject({ committeeId: hashSchema, epochs: z.array(epochSchema).min(1) })),
  merchants: z.array(
    z.strictObject({
      merchantId: hashSchema,
      did: z.string(),
      terminals: z.array(addressSchema),
    }),
  ),
  /** DIDs whose credentials on a merchant's name are believed. */
  credentialIssuers: z.array(z.string()),
  /** Gallery roots by committee epoch, as far as the deployment has seen them; newest last. */
  roots: z.array(z.strictObject({ committeeId: hashSchema, epoch: z.int().min(1), galleryRoot: hashSchema })),
  /** Hashes of the verifying keys of the phone lane's circuits; null where the deployment has none. */
  verifyingKeys: z.strictObject({ membership: hashSchema, match: hashSchema }).nullable(),
  /** The roots that membership is proven in, oldest first, and how old one must and may be. */
  enrolments: z.strictObject({
    minRootAgeS: z.int().min(0),
    maxRootAgeS: z.int().min(0),
    roots: z.array(enrolmentRootSchema),
  }),
})

export type Trust = z.infer<typeof trustSchema>
export type EnrolmentRoot = z.infer<typeof enrolmentRootSchema>
export type CommitteeEpoch = z.infer<typeof epochSchema>
export type ContractAddresses = Trust['contracts']

/** Reads a trust document. @throws {ShapeError} PALM_TRUST_INVALID */
export function parseTrust(text: string): Trust {
  return parseJson(trustSchema, text, 'trust document', 'PALM_TRUST_INVALID')
}

/** The committee epoch that `trust` knows under this name, if any. */
export function trustedEpoch(trust: Trust, committeeId: Hex, epoch: number): CommitteeEpoch | undefined {
  return trust.committees
    .find((committee) => committee.committeeId === committeeId)
    ?.epochs.find((known) => known.epoch === epoch)
}
