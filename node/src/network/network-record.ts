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
    committee: join(folder, 'committee.json'),
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

const committeeSchema = z.strictObject({ format: z.literal('palmhold/committee/1'), operators: z.int().min(1) })

/**
 * How many operators the network of `folder` has: `asked`, or what it was made with, or `otherwise`. Written down before
 * the first of them starts, so that a start that was cut short goes on with as many.
 * @throws {NodeCountError} it was made with another number than `asked`
 */
export function keepNodeCount(folder: string, asked: number | undefined, otherwise: number): number {
  const path = networkPaths(folder).committee
  const text = readFileIfThere(path)?.toString('utf8')
  if (text === undefined) {
    const operators = asked ?? otherwise
    writeFileAtomically(path, `${JSON.stringify({ format: 'palmhold/committee/1', operators })}\n`)
    return operators
  }
  const { operators } = parseJson(committeeSchema, text, 'committee file', 'PALM_RUN_FILE_INVALID')
  requireNodeCount(asked ?? operators, operators)
  return operators
}

/** A committee is formed once: its number of operators stays. @throws {NodeCountError} */
export function requireNodeCount(asked: number, known: number): void {
  if (asked !== known) throw new NodeCountError(asked, known)
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

/** The processes of a network that have ended, in words. */
export function namesOfEnded({ chain, operators, verifier }: NetworkRecord): string[] {
  const all = [
    { name: 'the local chain', pid: chain.pid },
    ...operators.map(({ pid }, i) => ({ name: `operator ${i + 1}`, pid })),
    { name: 'verifier', pid: verifier.pid },
  ]
  return all.filter(({ pid }) => !isRunning(pid)).map(({ name }) => name)
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

/** Another number of operators than the network was made with. */
export class NodeCountError extends PalmError {
  constructor(asked: number, known: number) {
    super('PALM_NODE_COUNT', `the network of this folder has ${known} operators, not ${asked}`, {
      hints: ['Leave --nodes out to go on with it, or give a new network a folder of its own with --folder.'],
    })
  }
}
