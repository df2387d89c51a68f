/** `verify`: what an attestation proves, to whom and by which keys; needs a trust file and no network. */

import { PalmError, type PalmErrorCode } from '@palmhold/base'
import { parseAttestation, parseTrust, type VerifiedAttestation, verifyAttestation } from '@palmhold/protocol'
import type { Command } from 'commander'
import { networkPaths } from '../../network/network-record.ts'
import { readFileIfThere } from '../../storage/disk.ts'
import { euros } from '../output.ts'
import { printResult, withJson } from '../palm/command-input.ts'
import { folderOf, withFolder } from './folder-option.ts'

const REQUEST_TYPES: Record<number, string> = { 1: 'a payment', 2: 'access', 3: 'an age' }

export function addVerifyCommand(program: Command): void {
  withJson(withFolder(program.command('verify')))
    .description('check an attestation against a trust file, off line')
    .argument('<attestation>', 'the attestation document (JSON)')
    .option('--trust <file>', 'the trust file; default: trust.json in the folder of the network')
    .addHelpText('after', '\nThe exit code is 0 only if everything holds.\n')
    .action(verify)
}

async function verify(path: string, options: { folder: string; trust?: string; json?: boolean }): Promise<void> {
  const trustPath = options.trust ?? networkPaths(folderOf(options)).trust
  const trustText = readFileIfThere(trustPath)
  if (!trustText) throw new TrustMissingError(trustPath)
  const trust = parseTrust(trustText.toString('utf8'))
  const text = readFileIfThere(path)
  if (!text) throw new AttestationMissingError(path)
  const document = parseAttestation(text.toString('utf8'))
  const result = verifyAttestation(document, trust, Math.floor(Date.now() / 1000))
  if (!result.ok) throw new AttestationRefusedError(result.reason)
  printResult(options.json, result, describe(result))
}

function describe(result: VerifiedAttestation): string {
  const { request, attestation } = result
  const what = REQUEST_TYPES[request.requestType]
  return [
    `holds       ${what}${request.amountMinor > 0 ? ` of ${euros(request.amountMinor)}` : ''}, palm lane`,
    `merchant    ${result.merchantDid}`,
    `terminal    ${request.terminal}`,
    ...(request.amountMinor > 0 ? [`payer       ${attestation.payer}`] : []),
    `pseudonym   ${attestation.pseudonym}`,
    `request     ${result.requestHash}`,
    `scanned     ${new Date(result.scan.capturedAt * 1000).toISOString()}`,
    `signed by   ${result.signers.join(', ')}`,
    `committee   ${attestation.committeeId}, epoch ${attestation.committeeEpoch}`,
    ...(result.expired ? ['expired     it can no longer be settled; what it says stays true'] : []),
  ].join('\n')
}

/** No trust file. */
export class TrustMissingError extends PalmError {
  constructor(path: string) {
    super('PALM_TRUST_MISSING', `there is no trust file ${path}`, {
      hints: ['Give one with --trust. A network writes its own to .palmhold/trust.json.'],
    })
  }
}

/** No attestation file. */
export class AttestationMissingError extends PalmError {
  constructor(path: string) {
    super('PALM_FILE_UNREADABLE', `cannot read ${path}`, { hints: ['Check the path.'] })
  }
}

/** An attestation that does not hold. */
export class AttestationRefusedError extends PalmError {
  constructor(reason: PalmErrorCode) {
    super(reason, 'the attestation does not hold', {
      hints: ['docs/errors.md says what this code means. Do not rely on the attestation.'],
    })
  }
}
