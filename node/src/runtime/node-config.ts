/** Chain and network settings that operators and verifiers share. */

import { contractsSchema, hashSchema } from '@palmhold/protocol'
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
  logLevel: z.enum(['silent', 'error', 'warn', 'info', 'debug']).default('info'),
}
