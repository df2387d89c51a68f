/** `verify`: what an attestation proves, to whom and by which keys, in either lane; needs a trust file and no network. */

import type { Command } from 'commander'
import { withJson } from '../palm/command-input.ts'
import { withFolder } from './folder-option.ts'
import type { VerifyOptions } from './verify.ts'

export function addVerifyCommand(program: Command): void {
  withJson(withFolder(program.command('verify')))
    .description('check an attestation against a trust file, off line')
    .argument('<attestation>', 'the attestation document (JSON)')
    .option('--trust <file>', 'the trust file; default: trust.json in the folder of the network')
    .addHelpText('after', '\nThe exit code is 0 only if everything holds.\n')
    .action(async (path: string, options: VerifyOptions) => (await import('./verify.ts')).verify(path, options))
}
