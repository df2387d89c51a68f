/**
 * An enrolment in the page, in two parts: first the wallet is made and left for its owner under a claim code, then, once the
 * owner has the code, the palms are enrolled, so that nobody is ever enrolled without the means to take it back. Key and
 * shares are made here; operators and chain are reached through the verifier, which can read neither. All that is secret
 * is overwritten at the end.
 */

import { toHex } from '@palmhold/base'
import { connectChain } from '@palmhold/chain'
import { addressOfKey } from '@palmhold/protocol'
import { createEnrolmentSecrets, enrolPalms, openPalmAccount, type Templates } from '@palmhold/wallet'
import {
  type Claim,
  claimIdOf,
  createClaimCode,
  encodeClaim,
  forgetClaim,
  sealClaim,
  type Vault,
  wipeVault,
  writeClaimCode,
} from '@palmhold/wallet/vault'
import type { EnrolmentPlace } from '../../../src/terminal/terminal-shapes.ts'
import type { VerifierClient } from '../verifier-client.ts'

export const ENROL_STEPS = ['money', 'limits', 'shares', 'handover'] as const
export type EnrolStep = (typeof ENROL_STEPS)[number]

/** What an account opened here gets and may, in cents. */
export const ACCOUNT = { depositMinor: 200_00, perPaymentMinor: 50_00, perDayMinor: 150_00 } as const

/** A wallet that waits for its owner and is not enrolled yet. */
export type PreparedWallet = {
  /** The claim as the text of a QR code. */
  readonly link: string
  readonly writtenCode: string
  /** Enrols its palms and wipes what is here. @throws {PalmError} of verifier, chain or operators; nothing stays enrolled */
  readonly enrol: (onStep: (step: EnrolStep) => void) => Promise<void>
  /** Takes everything back. */
  readonly discard: () => Promise<void>
}

const random = (length: number) => crypto.getRandomValues(new Uint8Array(length))

/** Makes a wallet of `templates`, which are its own from now on, and leaves it with the verifier. @throws {PalmError} */
export async function prepareWallet(client: VerifierClient, templates: Templates): Promise<PreparedWallet> {
  const vault: Vault = { key: createKey(), ...createEnrolmentSecrets(templates, random), enrolment: null }
  const claim: Claim = { url: location.origin, code: createClaimCode(random) }
  let place: EnrolmentPlace
  try {
    place = await client.beginEnrolment()
    await leave(client, place, claim, vault)
  } catch (error) {
    wipeVault(vault)
    throw error
  }
  const discard = async () => {
    wipeVault(vault)
    await forgetClaim(claim)
  }
  return {
    link: encodeClaim(claim),
    writtenCode: writeClaimCode(claim.code),
    discard,
    async enrol(onStep) {
      try {
        await enrolVault(client, place, claim, vault, onStep)
        wipeVault(vault)
      } catch (error) {
        // A wallet without an enrolment is of no use; that it cannot be forgotten now is no reason to say more.
        await discard().catch(() => undefined)
        throw error
      }
    },
  }
}

async function enrolVault(
  client: VerifierClient,
  place: EnrolmentPlace,
  claim: Claim,
  vault: Vault,
  onStep: (step: EnrolStep) => void,
): Promise<void> {
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
      await leave(client, place, claim, { ...vault, enrolment: { index, chainId, registry: contracts.palmRegistry } })
    } catch (error) {
      await chain.revoke(index)
      throw error
    }
  } finally {
    chain.close()
  }
}

async function leave(client: VerifierClient, place: EnrolmentPlace, { code }: Claim, vault: Vault): Promise<void> {
  await client.leaveClaim(place, claimIdOf(code), await sealClaim(vault, code))
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
