/** Chain and network settings that operators and verifiers share. */

import { FIRST_PASS_RATES } from '@palmhold/palm'
import { contractsSchema, DEFAULT_FIRST_PASS, hashSchema } from '@palmhold/protocol'
import { z } from 'zod'

export const nodeConfigShape = {
  /** Everything this node keeps: its keys, its rows, its databases. */
  dataFolder: z.string().min(1),
  rpcUrl: z.url(),
  chainId: z.int().min(1),
  contracts: contractsSchema,
  /** A block at or before the deployment: where to start reading events. */
  deploymentBlock: z.int().min(0).default(0),
  /** A node waits until the chain has this committee. */
  committeeId: hashSchema,
  /** Multiaddrs of nodes to meet first. */
  bootstrap: z.array(z.string()).default([]),
  /** 0 for free ports. */
  httpPort: z.int().min(0).max(65_535).default(0),
  peerPort: z.int().min(0).max(65_535).default(0),
  dataPort: z.int().min(0).max(65_535).default(0),
  /**
   * Whether searches have a first pass, the same at all operators and verifiers: above some thousands of rows, never, or
   * always; and what part of strangers' rows is to pass it. Operators then see which rows passed.
   */
  firstPass: z
    .strictObject({ use: z.enum(['auto', 'off', 'on']), passRate: z.literal(FIRST_PASS_RATES) })
    .default(DEFAULT_FIRST_PASS),
  logLevel: z.enum(['silent', 'error', 'warn', 'info', 'debug']).default('info'),
}
