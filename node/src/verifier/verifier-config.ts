/** What a verifier is told about its place and the merchant it works for. */

import { z } from 'zod'
import { nodeConfigShape } from '../runtime/node-config.ts'
import { DEFAULT_ASK_ABOVE_MINOR } from './ask-above.ts'

export const verifierConfigSchema = z.strictObject({
  ...nodeConfigShape,
  /** DIDs whose credentials on the merchant's name are believed. */
  credentialIssuers: z.array(z.string()),
  /** Folder of the verifying keys of the phone lane; those that came with the program unless given. */
  keysFolder: z.string().optional(),
  /** Above this sum, in cents, a scan that looks like no living hand asks for another factor. */
  askAboveMinor: z.int().min(0).default(DEFAULT_ASK_ABOVE_MINOR),
  /**
   * Whether the terminal's screen goes dark and bright again during a scan that is looked at so closely, to see the palm
   * answer to its light. Where the shop is bright a palm hardly does, and honest customers would be asked for more.
   */
  lightsPalms: z.boolean().default(false),
  /** Longest time one match may take, over all attempts. */
  matchTimeoutMs: z.int().min(100).default(12_000),
})

export type VerifierConfig = z.infer<typeof verifierConfigSchema>
