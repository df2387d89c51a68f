/** Every decoder of bytes that come from elsewhere: from the network, from a file, or from a caller. */

import type { FuzzTarget } from '../fuzz-target.ts'
import { baseTargets } from './base-targets.ts'
import { chainTargets } from './chain-targets.ts'
import { identityTargets } from './identity-targets.ts'
import { matchingTargets } from './matching-targets.ts'
import { netTargets } from './net-targets.ts'
import { nodeTargets } from './node-targets.ts'
import { phoneTargets } from './phone-targets.ts'
import { pictureTargets } from './picture-targets.ts'
import { protocolTargets } from './protocol-targets.ts'
import { storageTargets } from './storage-targets.ts'
import { wireTargets } from './wire-targets.ts'

export const targets: readonly FuzzTarget[] = [
  ...baseTargets,
  ...wireTargets,
  ...protocolTargets,
  ...matchingTargets,
  ...netTargets,
  ...identityTargets,
  ...chainTargets,
  ...pictureTargets,
  ...phoneTargets,
  ...storageTargets,
  ...nodeTargets,
]
