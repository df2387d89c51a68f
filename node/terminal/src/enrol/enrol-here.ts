/**
 * An enrolment in the page: key and shares are made here, operators and chain are reached through the verifier, which reads
 * neither, and the vault is left with it under a claim code. All that is secret is overwritten at the end.
 */

import { toHex } from '@palmhold/base'
import { connectChain } from '@palmhold/chain'
import { addressOfKey } from '@palmhold/protocol'
import { createEnrolmentSecrets, enrolPalms, openPalmAccount, type Templates } from '@palmhold/wallet'
import {
  claimIdOf,
  createClaimCode,
  encodeClaim,
  sealClaim,
  type Vault,
  wipeVault,
  writeClaimCode,
} from '@palmhold/wallet/vault'
import type { EnrolmentPlace } from '../../../src/terminal/terminal-shapes.ts'
import type { VerifierClient } from '../verifier-client.ts'

export const ENROL_STEPS = ['keys', 'money', 'limits', 'shares', 'handover'] as const
export type EnrolStep = (typeof ENROL_STEPS)[number]

/** What an account opened here gets and may, in cents. */
export const ACCOUNT = { depositMinor: 200_00, perPaymentMinor: 50_00, perDayMinor: 150_00 } as const

/** How the customer gets the vault. */
export type Handover = { readonly link: string; readonly writtenCode: string }

const random = (length: number) => crypto.getRandomValues(new Uint8Array(length))

/**
 * Enrols `templates`, whose codes are overwritten whatever happens.
 * @throws {PalmError} of verifier, chain or operators; an enrolment that did not come to its end is revoked
 */
export async function enrolHere(
  client: VerifierClient,
  templates: Templates,
  onStep: (step: EnrolStep) => void,
): Promise<Handover> {
  let vault: Vault | undefined
  try {
    onStep('keys')
    const place = await client.beginEnrolment()
    vault = { key: createKey(), ...createEnrolmentSecrets(templates, random), enrolment: null }
    return await enrolVault(client, place, vault, onStep)
  } finally {
    if (vault) wipeVault(vault)
    for (const template of Object.values(templates)) {
      template.code.fill(0)
      template.pooled.fill(0)
    }
  }
}

async function enrolVault(
  client: VerifierClient,
  place: EnrolmentPlace,
  vault: Vault,
  onStep: (step: EnrolStep) => void,
): Promise<Handover> {
  const { chainId, contracts, committeeId } = place
  onStep('money')
  await client.fund(place, addressOfKey(vault.key))
  const chain = await connectChain({
    rpcUrl: urlOf(place.rpcPath),
    expectedChainId: chainId,
    contracts,
    signerKey: toHex(vault.key),
  })
  try {
    onStep('limits')
    await openPalmAccount(chain, committeeId, ACCOUNT)
    onStep('shares')
    const { members, threshold } = await chain.committee(committeeId)
    const endpoints = place.operators.map(({ operator, path }) => ({ operator, url: urlOf(path) }))
    const { index } = await enrolPalms({
      chain,
      domain: { chainId, verifyingContract: contracts.matchVerifier },
      committee: { members, threshold, endpoints },
      secrets: vault,
      random,
    })
    onStep('handover')
    try {
      return await handOver(client, place, {
        ...vault,
        enrolment: { index, chainId, registry: contracts.palmRegistry },
      })
    } catch (error) {
      // Without its vault nobody could ever take the palms back.
      await chain.revoke(index)
      throw error
    }
  } finally {
    chain.close()
  }
}

async function handOver(client: VerifierClient, place: EnrolmentPlace, vault: Vault): Promise<Handover> {
  const code = createClaimCode(random)
  await client.leaveClaim(place, claimIdOf(code), await sealClaim(vault, code))
  return { link: encodeClaim({ url: location.origin, code }), writtenCode: writeClaimCode(code) }
}

/** 32 random bytes that are a private key: all but one in 2^127 are. */
function createKey(): Uint8Array {
  for (;;) {
    const key = random(32)
    try {
      addressOfKey(key)
      return key
    } catch {
      // Zero, or beyond the group's order.
    }
  }
}

function urlOf(path: string): string {
  return new URL(path, location.origin).href
}
