/**
 * Resolves did:ethr from the ERC-1056 registry of one chain. The libraries behind it are loaded with the first DID asked
 * for, so that importing this package costs nothing; a chain that does not answer ends in an error, not in a hang.
 */

import { PalmError } from '@palmhold/base'
import type { DIDDocument, DIDResolutionResult, Resolver, ResolverRegistry } from 'did-resolver'
import { parseDid } from './did.ts'

const DEFAULT_TIMEOUT_MS = 10_000

export type DidResolverOptions = {
  /** JSON-RPC endpoint of the chain. */
  readonly rpcUrl: string
  readonly chainId: number | bigint
  /** Address of the EthereumDIDRegistry (ERC-1056). */
  readonly didRegistry: string
  /** For one resolution; 10 s unless given. */
  readonly timeoutMs?: number
}

/** What verification asks of a resolver: W3C DID Resolution, as did-resolver has it. */
export type DidResolver = {
  /** Never rejects: failures are in `didResolutionMetadata.error`, and a document of nobody is null. */
  resolve(did: string): Promise<DIDResolutionResult>
}

/**
 * A resolver of DIDs on one chain. Its errors beside those of did:ethr: `timeout`, `chainUnreachable`, `wrongChain`; a DID
 * of another chain has `unknownNetwork`.
 */
export function createDidResolver(options: DidResolverOptions): DidResolver {
  const { timeoutMs = DEFAULT_TIMEOUT_MS } = options
  const chainId = `0x${options.chainId.toString(16)}`
  let loaded: Resolver | undefined

  async function load(): Promise<Resolver> {
    const [{ Resolver }, ethr] = await Promise.all([import('did-resolver'), import('ethr-did-resolver')])
    const methods = ethr.getResolver({
      networks: [{ chainId, rpcUrl: options.rpcUrl, registry: options.didRegistry }],
    })
    // ethr-did-resolver is typed against the next major version of did-resolver; what both exchange is the same.
    return new Resolver(methods as unknown as ResolverRegistry)
  }

  async function resolve(did: string, signal: AbortSignal): Promise<DIDResolutionResult> {
    if (!loaded) {
      // The provider inside ethr-did-resolver tries a dead endpoint again for ever: don't begin before the chain answers.
      const found = await chainIdOf(options.rpcUrl, signal)
      if (found === undefined) return failure('chainUnreachable')
      if (found !== chainId) return failure('wrongChain')
      loaded ??= await load()
    }
    return loaded.resolve(did)
  }

  return {
    async resolve(did) {
      const signal = AbortSignal.timeout(timeoutMs)
      const timeout = new Promise<DIDResolutionResult>((done) =>
        signal.addEventListener('abort', () => done(failure('timeout')), { once: true }),
      )
      try {
        return await Promise.race([resolve(did, signal), timeout])
      } catch {
        return failure('notFound')
      }
    },
  }
}

/** The chain id that the endpoint names, in hexadecimal, or undefined where it gives no answer. */
async function chainIdOf(rpcUrl: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_chainId', params: [] })
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(rpcUrl, { method: 'POST', headers, body, signal })
    const { result } = (await response.json()) as { result?: unknown }
    return typeof result === 'string' ? result : undefined
  } catch {
    return undefined
  }
}

/**
 * The document of a DID.
 * @throws {DidError} not a did:ethr in its one spelling
 * @throws {DidUnresolvedError} the chain does not answer, or it is another chain's DID
 */
export async function resolveDid(resolver: DidResolver, did: string): Promise<DIDDocument> {
  parseDid(did)
  const { didDocument, didResolutionMetadata } = await resolver.resolve(did)
  if (!didDocument || didResolutionMetadata.error)
    throw new DidUnresolvedError(did, didResolutionMetadata.error ?? 'notFound')
  return didDocument
}

function failure(error: string): DIDResolutionResult {
  return { didDocument: null, didDocumentMetadata: {}, didResolutionMetadata: { error } }
}

/** A DID whose document could not be read from the chain. */
export class DidUnresolvedError extends PalmError {
  constructor(did: string, reason: string) {
    super('PALM_DID_UNRESOLVED', `${did} could not be resolved: ${reason}`, {
      hints: ['See whether the chain answers, and whether the DID and the registry belong to it.'],
    })
  }
}
