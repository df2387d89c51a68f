/**
 * The check that nothing of a palm is where it should not be, for one run of a local network: it is told the run's
 * pictures, codes and shares, hears all that nodes and wallets send, and at the end searches
 *
 *   every file of the network's folder but the customers' own pictures,
 *   the chain's blocks, transactions and events,
 *   all traffic before it was encrypted,
 *
 * for pictures, codes and identity secrets (leak-search.ts), and what each node sees for shares that are not its own
 * (node-views.ts). Identity points are looked for on the chain and at the verifier: operators have them.
 */

import type { GreyImage } from '@palmhold/palm'
import { ZERO_ADDRESS } from '@palmhold/protocol'
import type { DealtPackage } from '@palmhold/wallet'
import { type NetworkRecord, networkPaths } from '../../node/src/network/network-record.ts'
import type { TapRecord } from '../../node/src/tap/tap-record.ts'
import { type DealtShare, sharesOfEnrolment, sharesOfProbes } from './dealt-shares.ts'
import { createLeakSearch, type Finding } from './leak-search.ts'
import { viewShares } from './node-views.ts'
import { searchChain } from './search-chain.ts'
import { searchFolder } from './search-folder.ts'
import { searchTraffic } from './search-traffic.ts'
import { createTraffic } from './traffic.ts'

/** The signature of a picture file and its first blocks are the same in others: what is in it comes after. */
const FILE_HEAD_BYTES = 64
const MAX_LISTED = 20

export type LeakReport = {
  readonly searchedBytes: number
  /** Secrets found anywhere, and shares at a node whose they are not. */
  readonly found: number
  readonly folderBytes: number
  readonly chainBytes: number
  readonly trafficBytes: number
  /** Bytes that were sent and for which the check had no room. */
  readonly missedBytes: number
  /** What was looked for. */
  readonly pictures: number
  readonly codes: number
  /** Rows and probes whose shares were looked for, by dealing. */
  readonly dealings: number
  /** For each operator how many dealings it was seen to have its own share of. */
  readonly ownShares: readonly number[]
  /** Where the first ones were found; empty unless something leaks. */
  readonly findings: readonly Finding[]
}

export type LeakCheck = {
  /** Hears what the node `from` sends. */
  readonly tap: (from: string, record: TapRecord) => void
  /** A picture of a palm: its grey values, and the bytes of its file where there is one. */
  readonly addPicture: (label: string, image: GreyImage, file?: Uint8Array) => void
  /** Palm codes and pooled codes, of templates or probes. */
  readonly addCodes: (label: string, codes: readonly Uint8Array[]) => void
  /** What a wallet dealt. */
  readonly addDealt: (label: string, packages: readonly DealtPackage[]) => void
  /** Searches everything, then forgets all it was told and hears nothing more. Call it once all taps are flushed. */
  readonly finish: (folder: string, record: NetworkRecord) => Promise<LeakReport>
}

export function createLeakCheck(): LeakCheck {
  const search = createLeakSearch()
  const traffic = createTraffic()
  const dealt: DealtShare[] = []
  const points: DealtShare[] = []
  let pictures = 0
  let codes = 0

  return {
    tap: traffic.note,
    addPicture(label, image, file) {
      search.addBytes(`picture, ${label}`, image.data)
      if (file) search.addBytes(`picture file, ${label}`, file.subarray(FILE_HEAD_BYTES))
      pictures++
    },
    addCodes(label, added) {
      for (const code of added) search.addCode(`code, ${label}`, code)
      codes += added.length
    },
    addDealt(label, packages) {
      const { shares, identitySecret, identityPoint } = sharesOfEnrolment(label, packages)
      dealt.push(...shares)
      search.addBytes(`identity secret, ${label}`, identitySecret)
      points.push({ dealing: `identity point, ${label}`, member: ZERO_ADDRESS, forms: [identityPoint] })
    },
    async finish(folder, record) {
      const sent = traffic.sent()
      const inFolder = searchFolder(search, folder, [networkPaths(folder).pictures])
      const pointSearch = createLeakSearch()
      for (const { dealing, forms } of points) pointSearch.addBytes(dealing, forms[0]!)
      const onChain = await searchChain(search, record.chain.rpcUrl)
      const pointsOnChain = await searchChain(pointSearch, record.chain.rpcUrl)
      const inTraffic = searchTraffic(search, sent)
      const shares = [...dealt, ...sharesOfProbes(sent)]
      const operators = record.operators.map((node, i) => ({ ...node, name: `operator ${i + 1}` }))
      // The verifier deals the probes, and has no business with rows.
      const views = [
        ...viewShares(operators, shares, sent),
        ...viewShares([{ ...record.verifier, name: 'verifier' }], [...dealt, ...points], sent),
      ]
      const findings = [inFolder, onChain, pointsOnChain, inTraffic].flatMap((searched) => searched.findings)
      findings.push(...views.flatMap(({ foreignShares }) => foreignShares))
      const missedBytes = traffic.missedBytes()
      traffic.wipe()
      for (const { forms } of dealt.splice(0)) for (const bytes of forms) bytes.fill(0)
      return {
        searchedBytes: inFolder.bytes + onChain.bytes + inTraffic.bytes,
        found: findings.length,
        folderBytes: inFolder.bytes,
        chainBytes: onChain.bytes,
        trafficBytes: inTraffic.bytes,
        missedBytes,
        pictures,
        codes,
        dealings: new Set(shares.map(({ dealing }) => dealing)).size,
        ownShares: views.slice(0, operators.length).map(({ ownShares }) => ownShares),
        findings: findings.slice(0, MAX_LISTED),
      }
    },
  }
}
