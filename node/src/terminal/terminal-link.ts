/** Asks a verifier for a link that opens its terminal page once, as whoever holds the api-token. */

import { PalmError } from '@palmhold/base'
import { parseShape } from '@palmhold/protocol'
import { z } from 'zod'
import type { VerifierPlace } from '../verifier/terminal-client.ts'

const TIMEOUT_MS = 10_000

const linkSchema = z.object({ code: z.string(), staffPin: z.string() })

export type TerminalLink = { readonly url: string; readonly staffPin: string }

/** @throws {LinkRefusedError} the verifier does not answer, or not to this token */
export async function fetchTerminalLink({ url, token }: VerifierPlace): Promise<TerminalLink> {
  let json: unknown
  try {
    const response = await fetch(new URL('/v1/terminal/links', url), {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    json = await response.json()
    if (!response.ok) throw new LinkRefusedError(json)
  } catch (cause) {
    throw cause instanceof LinkRefusedError ? cause : new LinkRefusedError(cause)
  }
  const { code, staffPin } = parseShape(linkSchema, json, "answer of the verifier's", 'PALM_VERIFIER_ANSWER')
  // Behind the hash: a browser sends it to nobody.
  return { url: new URL(`/terminal#${code}`, url).href, staffPin }
}

/** In words, for whoever starts a network. */
export function describeTerminalLink({ url, staffPin }: TerminalLink): string {
  return `terminal    ${url}\n            (opens once, within an hour; staff PIN ${staffPin}; \`npx palmhold terminal\` makes another link)`
}

/** No link is to be had. */
export class LinkRefusedError extends PalmError {
  constructor(cause: unknown) {
    super('PALM_VERIFIER_UNREACHABLE', 'the verifier gives no link to its terminal page', {
      hints: ['`npx palmhold status` shows whether it is up; run this as the user who started it.'],
      cause,
    })
  }
}
