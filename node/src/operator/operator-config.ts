/** What an operator is told about its place: folders, chain, contracts, ports, and whom to meet first. */

import { z } from 'zod'
import { nodeConfigShape } from '../runtime/node-config.ts'

export const operatorConfigSchema = z.strictObject({
  ...nodeConfigShape,
  /** Threads of the matching kernel. */
  threads: z.int().min(1).max(64).default(1),
  /** Longest time one match may take. */
  matchTimeoutMs: z.int().min(100).default(10_000),
  /** Scans that one terminal may ask for in a minute. */
  scansPerMinute: z.int().min(1).default(120),
  /** Stake to deposit on first start, in cents. */
  stakeMinor: z.int().min(0).default(500_000),
})

export type OperatorConfig = z.infer<typeof operatorConfigSchema>
