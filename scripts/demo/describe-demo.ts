/** The demonstration in words. */

import { quorumOf } from '@palmhold/protocol'
import { euros } from '../../node/src/cli/output.ts'
import type { NetworkRecord } from '../../node/src/network/network-record.ts'
import type { LeakReport } from '../leaks/leak-check.ts'
import type { Refusal } from './refusal.ts'
import type { DemoSummary } from './run-demo.ts'

export function describeDemo(summary: DemoSummary, record: NetworkRecord): string {
  const { palmLane } = summary
  return [
    '',
    `chain       ${record.chain.rpcUrl} (id ${record.chain.chainId})`,
    `contracts   ${Object.entries(record.contracts)
      .map(([name, address]) => `${name} ${address}`)
      .join('\n            ')}`,
    ...summary.nodes.map(
      (node, i) => `operator ${i + 1}  ${node.address}, ${node.rows} rows, ${record.operators[i]!.url}`,
    ),
    `verifier    ${record.verifier.address}, ${record.verifier.url}`,
    `enrolled    ${summary.enrolled} synthetic customers, two palms each`,
    '',
    ...(palmLane.ok ? describePayment(summary.payer, palmLane) : [`payment     FAILED: ${palmLane.reason}`]),
    '',
    ...describePhoneLane(summary),
    '',
    `stranger    ${describe(summary.stranger)}`,
    `replay      ${describe(summary.replay)}`,
    `other sum   ${describe(summary.wrongAmount)}`,
    `by phone    stranger ${describe(summary.phoneStranger)}`,
    `            replay ${describe(summary.phoneReplay)}`,
    `            other sum ${describe(summary.phoneWrongAmount)}`,
    `            other merchant ${describe(summary.phoneOtherMerchant)}`,
    `node down   ${summary.nodeDown.ok ? 'paid without it' : `refused: ${summary.nodeDown.reason}`}`,
    `leaks       ${describeLeaks(summary.leaks)}`,
    '',
    summary.ok ? 'Everything held.' : 'SOMETHING DID NOT HOLD: see above.',
  ].join('\n')
}

function describePayment(payer: string, paid: Extract<DemoSummary['palmLane'], { ok: true }>): string[] {
  const { receipt, attestation } = paid
  return [
    `RECEIPT     ${euros(paid.amountMinor)} from ${payer} to ${receipt.merchant.name ?? 'an unnamed merchant'}`,
    `            account ${receipt.payer}`,
    `            transaction ${receipt.txHash}`,
    `            matched in ${paid.matchMs} ms, settled ${paid.totalMs} ms after the probe`,
    `ATTESTATION request ${receipt.requestHash}`,
    `            pseudonym ${receipt.pseudonym}`,
    `            signed by ${quorumOf(attestation)
      .map(({ signer }) => signer)
      .join(', ')}`,
  ]
}

function describePhoneLane({ payer, phoneLane, pseudonyms }: DemoSummary): string[] {
  if (!phoneLane.ok) return [`BY PHONE    FAILED: ${phoneLane.reason}`]
  const { receipt, attestation } = phoneLane
  const { sameMerchantEqual, lanesEqual, otherMerchantDifferent } = pseudonyms
  const one = sameMerchantEqual && lanesEqual ? 'the same in both lanes' : 'NOT THE SAME'
  const other = otherMerchantDifferent ? 'another at another merchant' : 'NOT ANOTHER at another merchant'
  return [
    `BY PHONE    ${euros(phoneLane.amountMinor)} from ${payer} to ${receipt.merchant.name ?? 'an unnamed merchant'}`,
    `            transaction ${phoneLane.txHash}, ${phoneLane.gasTotal} gas`,
    `            membership proven in ${phoneLane.proveMembershipMs} ms before the palm came, the match in ${phoneLane.proveMatchMs} ms`,
    `            checked in ${phoneLane.verifyMs} ms off chain, the match for ${phoneLane.gas} gas on chain`,
    `            pseudonym ${attestation.attestation.pseudonym}: ${one}, ${other}`,
  ]
}

function describeLeaks(leaks: LeakReport): string {
  const { found, folderBytes, chainBytes, trafficBytes, missedBytes, findings } = leaks
  const missed = missedBytes > 0 ? `; ${megabytes(missedBytes)} of traffic NOT SEARCHED` : ''
  const [first] = findings
  if (first) return `${found} FOUND, the first: ${first.secret} in ${first.source} as ${first.encoding}${missed}`
  const places = `${megabytes(folderBytes)} of files, ${megabytes(chainBytes)} of chain, ${megabytes(trafficBytes)} of traffic before encryption`
  return `none of ${leaks.codes} codes and ${leaks.pictures} pictures in ${places}${missed}`
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}

function describe(refusal: Refusal): string {
  return refusal.ok ? 'NOT REFUSED' : `refused: ${refusal.reason}`
}
