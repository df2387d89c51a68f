/** Sealing a probe to the verifier that splits it: the same on Node and in the terminal page. */

import { concatBytes, type Hex, PalmError, type RandomBytes } from '@palmhold/base'
import type { ProbeCodes } from '@palmhold/palm'
import {
  isSignedBy,
  PROBE_PURPOSE,
  probeBinding,
  type SealingKeyNotice,
  type SigningDomain,
  seal,
  sealingKeyHash,
} from '@palmhold/protocol'

/**
 * Seals `probe` to the key in `sealing`, bound to the request; the probe's codes are overwritten, whatever happens.
 * @throws {VerifierIdentityError} the key is not the terminal's
 */
export async function sealProbe(options: {
  domain: SigningDomain
  /** Who the terminal is. */
  terminal: Hex
  requestHash: Hex
  sealing: { readonly notice: SealingKeyNotice; readonly signature: Hex }
  probe: ProbeCodes
  random: RandomBytes
}): Promise<Uint8Array> {
  const { domain, terminal, requestHash, probe } = options
  const { notice, signature } = options.sealing
  const plain = concatBytes(...probe.codes, probe.pooled)
  try {
    if (notice.operator !== terminal || !isSignedBy(terminal, sealingKeyHash(domain, notice), signature))
      throw new VerifierIdentityError()
    const to = { publicKey: notice.sealingKey, purpose: PROBE_PURPOSE, bound: probeBinding(requestHash) }
    return await seal(to, plain, options.random)
  } finally {
    plain.fill(0)
    for (const code of [...probe.codes, probe.pooled]) code.fill(0)
  }
}

/** Somebody else answers at the verifier's address. */
export class VerifierIdentityError extends PalmError {
  constructor() {
    super('PALM_PEER_IDENTITY', 'what answers is not the verifier of this terminal', {
      hints: ['Nothing of the palm was sent. Check the address of the verifier.'],
    })
  }
}
