/**
 * What a running network says of itself in `run.json`: where everything answers and under which process ids. The other
 * commands find the network by it.
 */

import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { PalmError } from '@palmhold/base'
import { addressSchema, contractsSchema, hashSchema, parseJson } from '@palmhold/protocol'
import { z } from 'zod'
import { onDisk, readFileIfThere, writeFileAtomically } from '../storage/disk.ts'

const nodeSchema = z.strictObject({
  pid: z.int(),
  address: addressSchema,
  peerId: z.string(),
  did: z.string(),
  url: z.string(),
  /** Where its peer listens: a node that joins, or is started again by hand, takes these as `bootstrap`. */
  multiaddrs: z.array(z.string()).default([]),
  dataFolder: z.string(),
})

const recordSchema = z.strictObject({
  format: z.literal('palmhold/run/1'),
  pid: z.int(),
  startedAt: z.int(),
  chain: z.strictObject({ rpcUrl: z.string(), chainId: z.int(), pid: z.int() }),
  contracts: contractsSchema,
  committeeId: hashSchema,
  operators: z.array(nodeSchema),
  verifier: nodeSchema,
})

export type NetworkRecord = z.infer<typeof recordSchema>
export type NodeRecord = z.infer<typeof nodeSchema>

/** Paths in the folder of a network. */
export function networkPaths(folder: string) {
  return {
    run: join(folder, 'run.json'),
    trust: join(folder, 'trust.json'),
    chain: join(folder, 'chain'),
    deployments: join(folder, 'deployments'),
    governanceKey: join(folder, 'keys', 'governance.key'),
    operator: (number: number) => join(folder, 'operators', String(number)),
    verifier: join(folder, 'verifier'),
    wallets: join(folder, 'wallets'),
    pictures: join(folder, 'pictures'),
    log: join(folder, 'network.log'),
  }
}

/** The record in `folder`, if its network still runs. */
export function findNetwork(folder: string): NetworkRecord | undefined {
  const text = readFileIfThere(networkPaths(folder).run)
  if (!text) return undefined
  const record = parseJson(recordSchema, text.toString('utf8'), 'network record', 'PALM_RUN_FILE_INVALID')
  return isRunning(record.pid) ? record : undefined
}

/** The record of the running network. @throws {NetworkDownError} */
export function requireNetwork(folder: string): NetworkRecord {
  const record = findNetwork(folder)
  if (!record) throw new NetworkDownError()
  return record
}

export function writeRecord(folder: string, record: NetworkRecord): void {
  writeFileAtomically(networkPaths(folder).run, `${JSON.stringify(record, null, 2)}\n`)
}

/** Takes the record of a network that has stopped away. */
export function removeRecord(folder: string): void {
  onDisk(() => rmSync(networkPaths(folder).run, { force: true }))
}

/** Whether a process with this id is there and has not ended. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  return !isZombie(pid)
}

/** A process that has ended keeps its id until its parent asks for it, and the first process of many containers never does. */
function isZombie(pid: number): boolean {
  try {
    // "pid (name) state ...", where the name may hold anything
    return / [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1').replace(/^.*\)/s, '').slice(0, 3))
  } catch {
    // No such file off Linux.
    return false
  }
}

/** No network runs in this folder. */
export class NetworkDownError extends PalmError {
  constructor() {
    super('PALM_NETWORK_DOWN', 'no network is running here', {
      hints: ['Start one with `npx palmhold up`, or `npm start`.'],
    })
  }
}
