/**
 * One network of three operators for all test files that leave it as they found it: started by the first that asks,
 * stopped after the last test of the run. The data folder of its third operator lies on a small disk where the machine
 * lets us mount one.
 */

import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type LocalNetwork, openNetwork } from './local-network.ts'
import { cleanUp, temporaryFolder } from './processes.ts'

const DISK_BYTES = 8 * 1024 * 1024

export type SharedNetwork = LocalNetwork & {
  /** Where the small disk is mounted; undefined where none could be. */
  readonly smallDisk: string | undefined
}

let opened: Promise<SharedNetwork> | undefined
let scratch: string | undefined
let mounted: string | undefined

/** The shared network, with Ada and Emmy as customers. Its first caller waits for it: {@link NETWORK_TIMEOUT_MS}. */
export function sharedNetwork(): Promise<SharedNetwork> {
  opened ??= open()
  return opened
}

async function open(): Promise<SharedNetwork> {
  scratch = await temporaryFolder()
  const folder = join(scratch, 'network')
  mounted = mountSmallDisk(join(folder, 'operators', '3'))
  return { ...(await openNetwork(folder, { customers: ['Ada', 'Emmy'] })), smallDisk: mounted }
}

function mountSmallDisk(folder: string): string | undefined {
  mkdirSync(folder, { recursive: true })
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'tmpfs', folder], { stdio: 'ignore' })
    return folder
  } catch {
    // It takes root, and Linux.
    return undefined
  }
}

after('stop the shared network', async function () {
  this.timeout(30_000)
  const local = await opened?.catch(() => undefined)
  await local?.network.stop()
  if (mounted) execFileSync('umount', [mounted])
  if (scratch) await cleanUp(scratch)
})
