/** `anchor`: open the anchor of an attestation, and check an opening that somebody else gives. */

import type { Command } from 'commander'
import { withJson } from '../palm/command-input.ts'
import type { CheckOptions, ProveOptions } from './anchor.ts'
import { withFolder } from './folder-option.ts'

export function addAnchorCommands(program: Command): void {
  const anchor = program
    .command('anchor')
    .description('show that an attestation existed at a time, without publishing it')
  withJson(withFolder(anchor.command('prove')))
    .description('fetch what opens the anchor of a request from the running verifier')
    .argument('<request>', 'the hash of the request')
    .option('--out <file>', 'write the opening there, for `palmhold anchor check`')
    .action(async (request: string, options: ProveOptions) =>
      (await import('./anchor.ts')).proveAnchor(request, options),
    )
  withJson(withFolder(anchor.command('check')))
    .description('check an opening against its attestation and the chain')
    .argument('<opening>', 'the opening (JSON)')
    .argument('<attestation>', 'the attestation document (JSON)')
    .option('--trust <file>', 'the trust file; default: trust.json in the folder of the network')
    .option('--rpc <url>', 'where the chain answers; default: that of the running network')
    .addHelpText('after', '\nThe exit code is 0 only if the chain has the anchor.\n')
    .action(async (opening: string, attestation: string, options: CheckOptions) =>
      (await import('./anchor.ts')).checkAnchor(opening, attestation, options),
    )
}
