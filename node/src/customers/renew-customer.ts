/**
 * Renewing a customer's enrolment: the same palms and the same pseudonyms under a new commitment and new shares, so that
 * what is known of the old ones is worth nothing.
 *
 * The vault with the new salts is on disk before the chain has the new commitment, beside the old one; which of the two is
 * enrolled, the chain says. So a process that is killed at any moment loses neither.
 */

import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Hex } from '@palmhold/base'
import type { Chain } from '@palmhold/chain'
import { BASE_POINT, commitEnrolment, commitTemplate, multiplyPoint, NO_TEMPLATE } from '@palmhold/protocol'
import { type DealtPackage, type EnrolmentSecrets, renewEnrolmentSecrets, renewPalms } from '@palmhold/wallet'
import { type Vault, type VaultKey, wipeVault } from '@palmhold/wallet/vault'
import { type NetworkRecord, networkPaths } from '../network/network-record.ts'
import { onDisk } from '../storage/disk.ts'
import { hasVault, readVault, type WalletFiles, walletFiles, writeVault } from '../wallets/wallet-file.ts'
import { connectCustomer, openCustomer, requireName } from './customer.ts'
import { NotEnrolledError } from './phone.ts'

const random = (length: number) => new Uint8Array(randomBytes(length))

/**
 * Renews the enrolment of customer `name`.
 * @throws {NotEnrolledError} @throws {PalmError} of the vault, the chain, or the operator that failed
 */
export async function renewCustomer(options: {
  folder: string
  record: NetworkRecord
  name: string
  vaultKey?: VaultKey | undefined
  /** Sees what is dealt; see enrolPalms. */
  onDealt?: ((packages: readonly DealtPackage[]) => void) | undefined
}): Promise<{ index: number; txHash: Hex }> {
  const { folder, record, name } = options
  const files = walletFiles(networkPaths(folder).wallets, requireName(name))
  const renewal = { ...files, vault: join(networkPaths(folder).wallets, `${name}.renewal`) }
  const opened = await openCustomer(folder, name, options.vaultKey)
  const { vaultKey } = opened
  const chain = await connectCustomer(record, opened.vault.key)
  let vault = opened.vault
  try {
    const { enrolment } = vault
    if (!enrolment) throw new NotEnrolledError(name)
    const { index } = enrolment
    const earlier = await takeEarlierRenewal({ files, renewal, vault, vaultKey, chain, index })
    vault = earlier.vault
    // One that was cut off may still reach the chain: its salts are used again and never overwritten.
    const next: Vault = earlier.open ?? { ...vault, ...renewEnrolmentSecrets(vault, random) }
    if (!earlier.open) await writeVault(renewal, next, vaultKey)
    const committee = await chain.committee(record.committeeId)
    let isRenewed = false
    try {
      const { txHash } = await renewPalms({
        chain,
        domain: { chainId: record.chain.chainId, verifyingContract: record.contracts.matchVerifier },
        committee: {
          members: committee.members,
          threshold: committee.threshold,
          endpoints: record.operators.map(({ address: operator, url }) => ({ operator, url })),
        },
        secrets: next,
        random,
        index,
        onDealt: options.onDealt,
      })
      isRenewed = true
      return { index, txHash }
    } finally {
      // An operator that failed leaves the new commitment on chain all the same.
      if (isRenewed || (await isEnrolled(chain, index, next).catch(() => false)))
        await adopt(files, renewal, next, vaultKey)
    }
  } finally {
    chain.close()
    wipeVault(vault)
  }
}

/** Where an earlier renewal was cut off: the vault that the chain knows, and the other one while that is open. */
async function takeEarlierRenewal(at: {
  files: WalletFiles
  renewal: WalletFiles
  vault: Vault
  vaultKey: VaultKey
  chain: Chain
  index: number
}): Promise<{ vault: Vault; open?: Vault }> {
  const { files, renewal, vault, vaultKey } = at
  if (!hasVault(renewal)) return { vault }
  const other = await readVault(renewal, vaultKey)
  if (!(await isEnrolled(at.chain, at.index, other))) return { vault, open: other }
  await adopt(files, renewal, other, vaultKey)
  return { vault: other }
}

async function adopt(files: WalletFiles, renewal: WalletFiles, vault: Vault, vaultKey: VaultKey): Promise<void> {
  await writeVault(files, vault, vaultKey)
  onDisk(() => rmSync(renewal.vault, { force: true }))
}

/** Whether the chain commits to these secrets. */
async function isEnrolled(
  chain: Chain,
  index: number,
  { identitySecret, templates }: EnrolmentSecrets,
): Promise<boolean> {
  const commit = (hand: 'left' | 'right') => {
    const enrolled = templates[hand]
    return enrolled ? commitTemplate(enrolled.template.code, enrolled.salt) : NO_TEMPLATE
  }
  const identity = multiplyPoint(BASE_POINT, identitySecret)
  const commitment = commitEnrolment({ left: commit('left'), right: commit('right') }, identity)
  return (await chain.enrolment(index)).commitment === commitment
}
