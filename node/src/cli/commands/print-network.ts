/** What `up` prints of a network that is up. */

import { join } from 'node:path'
import { errorCode } from '@palmhold/base'
import type { NetworkRecord } from '../../network/network-record.ts'
import { describeTerminalLink, fetchTerminalLink } from '../../terminal/terminal-link.ts'
import { verifierPlace } from '../../verifier/terminal-client.ts'
import { printResult } from '../output.ts'
import type { UpOptions } from './up-options.ts'

/** Prints the record, and in words a link that opens the terminal page besides. */
export async function printNetwork({ json }: UpOptions, record: NetworkRecord, said = ''): Promise<void> {
  if (json) return printResult(json, record, '')
  const link = await fetchTerminalLink(verifierPlace(record.verifier)).then(describeTerminalLink, printableCode)
  printResult(json, record, `${said}${describeNetwork(record)}\n${link}`)
}

function printableCode(error: unknown): string {
  return `terminal    ${errorCode(error)}`
}

export function describeNetwork(record: NetworkRecord): string {
  return [
    `chain      ${record.chain.rpcUrl} (id ${record.chain.chainId})`,
    ...record.operators.map((node, i) => `operator ${i + 1} ${node.address} ${node.url}`),
    `verifier   ${record.verifier.address} ${record.verifier.url}`,
    `folder     ${join(record.verifier.dataFolder, '..')}`,
  ].join('\n')
}
