/** What `verify` does. */

import { PalmError, type PalmErrorCode } from '@palmhold/base'
import { LANE, parseAttestation, REQUEST_TYPE, type VerifiedAttestation, verifyAttestation } from '@palmhold/protocol'
import { readProofVerifier } from '../../prover/proving-keys.ts'
import { euros, printResult } from '../output.ts'
import { readTextFile, readTrust } from './trust-file.ts'

const REQUEST_TYPES: Record<number, string> = {
  [REQUEST_TYPE.payment]: 'a payment',
  [REQUEST_TYPE.access]: 'access',
  [REQUEST_TYPE.age]: 'an age',
}

export type VerifyOptions = { folder: string; trust?: string; json?: boolean }

export async function verify(path: string, options: VerifyOptions): Promise<void> {
  const trust = readTrust(options)
  const document = parseAttestation(readTextFile(path))
  const result = verifyAttestation(document, trust, Math.floor(Date.now() / 1000), readProofVerifier())
  if (!result.ok) throw new AttestationRefusedError(result.reason)
  printResult(options.json, result, describe(result))
}

function describe(result: VerifiedAttestation): string {
  const { request, attestation } = result
  const what = REQUEST_TYPES[request.requestType]
  const lane = request.lane === LANE.phone ? 'phone lane' : 'palm lane'
  return [
    `holds       ${what}${request.amountMinor > 0 ? ` of ${euros(request.amountMinor)}` : ''}, ${lane}`,
    `merchant    ${result.merchantDid}`,
    `terminal    ${request.terminal}`,
    ...(request.amountMinor > 0 ? [`payer       ${attestation.payer}`] : []),
    `pseudonym   ${attestation.pseudonym}`,
    `request     ${result.requestHash}`,
    `scanned     ${new Date(result.scan.capturedAt * 1000).toISOString()}`,
    ...describeEvidence(result),
    ...(result.expired ? ['expired     it can no longer be settled; what it says stays true'] : []),
  ].join('\n')
}

function describeEvidence({ attestation, signers, verifyingKeys }: VerifiedAttestation): string[] {
  if (verifyingKeys)
    return [
      'proven      the palm at the terminal is the enrolled one, by two zero-knowledge proofs',
      `under root  ${attestation.galleryRoot}`,
      `with keys   membership ${verifyingKeys.membership}`,
      `            match ${verifyingKeys.match}`,
    ]
  return [
    `signed by   ${signers.join(', ')}`,
    `committee   ${attestation.committeeId}, epoch ${attestation.committeeEpoch}`,
  ]
}

/** An attestation that does not hold. */
export class AttestationRefusedError extends PalmError {
  constructor(reason: PalmErrorCode) {
    super(reason, 'the attestation does not hold', {
      hints: ['docs/errors.md says what this code means. Do not rely on the attestation.'],
    })
  }
}
