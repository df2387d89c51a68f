/** `anchor`: open the anchor of an attestation, and check an opening that somebody else gives. */

import { writeFileSync } from 'node:fs'
import { PalmError } from '@palmhold/base'
import { connectChain } from '@palmhold/chain'
import {
  type AnchorOpening,
  attestationHash,
  parseAnchorOpening,
  parseAttestation,
  refuseAnchorOpening,
} from '@palmhold/protocol'
import type { Command } from 'commander'
import { requireNetwork } from '../../network/network-record.ts'
import { onDisk } from '../../storage/disk.ts'
import { fetchAnchorOpening, verifierPlace } from '../../verifier/terminal-client.ts'
import { printResult, withJson } from '../palm/command-input.ts'
import { folderOf, withFolder } from './folder-option.ts'
import { readTextFile, readTrust } from './trust-file.ts'

export function addAnchorCommands(program: Command): void {
  const anchor = program
    .command('anchor')
    .description('show that an attestation existed at a time, without publishing it')
  withJson(withFolder(anchor.command('prove')))
    .description('fetch what opens the anchor of a request from the running verifier')
    .argument('<request>', 'the hash of the request')
    .option('--out <file>', 'write the opening there, for `palmhold anchor check`')
    .action(prove)
  withJson(withFolder(anchor.command('check')))
    .description('check an opening against its attestation and the chain')
    .argument('<opening>', 'the opening (JSON)')
    .argument('<attestation>', 'the attestation document (JSON)')
    .option('--trust <file>', 'the trust file; default: trust.json in the folder of the network')
    .option('--rpc <url>', 'where the chain answers; default: that of the running network')
    .addHelpText('after', '\nThe exit code is 0 only if the chain has the anchor.\n')
    .action(check)
}

async function prove(request: string, options: { folder: string; out?: string; json?: boolean }): Promise<void> {
  const { verifier } = requireNetwork(folderOf(options))
  const opening = await fetchAnchorOpening(verifierPlace(verifier), request)
  const { out } = options
  if (out !== undefined) onDisk(() => writeFileSync(out, `${JSON.stringify(opening, null, 2)}\n`))
  printResult(options.json, opening, describe(opening))
}

async function check(
  openingPath: string,
  attestationPath: string,
  options: { folder: string; trust?: string; rpc?: string; json?: boolean },
): Promise<void> {
  const trust = readTrust(options)
  const opening = parseAnchorOpening(readTextFile(openingPath))
  const document = parseAttestation(readTextFile(attestationPath))
  const domain = { chainId: trust.chainId, verifyingContract: trust.contracts.matchVerifier }
  const reason = refuseAnchorOpening(opening, attestationHash(domain, document.attestation))
  if (reason) throw new AnchorRefusedError(reason)
  const contract = opening.kind === 'batch' ? trust.contracts.anchors : trust.contracts.matchVerifier
  if (opening.chainId !== trust.chainId || opening.contract !== contract)
    throw new AnchorRefusedError('PALM_WRONG_CHAIN')
  const rpcUrl = options.rpc ?? requireNetwork(folderOf(options)).chain.rpcUrl
  const chain = await connectChain({ rpcUrl, expectedChainId: trust.chainId, contracts: trust.contracts })
  try {
    const at = await anchoredAt(chain, opening)
    if (at === undefined) throw new AnchorRefusedError('PALM_ANCHOR_MISSING')
    const time = typeof at === 'number' ? `\nsince       ${new Date(at * 1000).toISOString()}` : ''
    printResult(
      options.json,
      { ok: true, opening, ...(typeof at === 'number' ? { anchoredAt: at } : {}) },
      `${describe(opening)}${time}`,
    )
  } finally {
    chain.close()
  }
}

/** When the chain took the anchor; `true` for a settlement, whose block says it; undefined where it has none. */
async function anchoredAt(
  chain: Awaited<ReturnType<typeof connectChain>>,
  opening: AnchorOpening,
): Promise<number | true | undefined> {
  if (opening.kind === 'batch') {
    const anchored = await chain.anchoredAt(opening.root)
    return anchored !== undefined && anchored.count === opening.count ? anchored.at : undefined
  }
  return (await chain.anchorOf(opening.requestHash)) === opening.attestationHash ? true : undefined
}

function describe(opening: AnchorOpening): string {
  if (opening.kind === 'settlement')
    return `anchored    by the settlement of request ${opening.requestHash}\nattestation ${opening.attestationHash}`
  return [
    `anchored    as number ${opening.index + 1} of ${opening.count} under root ${opening.root}`,
    `attestation ${opening.attestationHash}`,
  ].join('\n')
}

/** An opening that does not hold. */
export class AnchorRefusedError extends PalmError {
  constructor(code: 'PALM_ANCHOR_OTHER' | 'PALM_ANCHOR_PATH' | 'PALM_ANCHOR_MISSING' | 'PALM_WRONG_CHAIN') {
    super(code, 'the anchor does not hold', {
      hints: ['docs/errors.md says what this code means. Do not rely on it.'],
    })
  }
}
