/** What `anchor prove` and `anchor check` do. */

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
import { requireNetwork } from '../../network/network-record.ts'
import { onDisk } from '../../storage/disk.ts'
import { fetchAnchorOpening, verifierPlace } from '../../verifier/terminal-client.ts'
import { printResult } from '../output.ts'
import { folderOf } from './folder-option.ts'
import { readTextFile, readTrust } from './trust-file.ts'

export type ProveOptions = { folder: string; out?: string; json?: boolean }
export type CheckOptions = { folder: string; trust?: string; rpc?: string; json?: boolean }

export async function proveAnchor(request: string, options: ProveOptions): Promise<void> {
  const { verifier } = requireNetwork(folderOf(options))
  const opening = await fetchAnchorOpening(verifierPlace(verifier), request)
  const { out } = options
  if (out !== undefined) onDisk(() => writeFileSync(out, `${JSON.stringify(opening, null, 2)}\n`))
  printResult(options.json, opening, describe(opening))
}

export async function checkAnchor(openingPath: string, attestationPath: string, options: CheckOptions): Promise<void> {
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
    // Its count is whatever the first to anchor this root said; the path alone shows that the leaf is under it.
    return (await chain.anchoredBatch(opening.root))?.time
  }
  return (await chain.attestationOf(opening.requestHash)) === opening.attestationHash ? true : undefined
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
