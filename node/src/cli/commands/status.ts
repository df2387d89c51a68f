/** What `status` does. */

import { type NodeRecord, requireNetwork } from '../../network/network-record.ts'
import { printResult } from '../output.ts'
import { folderOf } from './folder-option.ts'

export type StatusOptions = { folder: string; json?: boolean }

export async function showStatus(options: StatusOptions): Promise<void> {
  const record = requireNetwork(folderOf(options))
  const operators = await Promise.all(record.operators.map((node) => nodeStatus(node)))
  const verifier = await nodeStatus(record.verifier)
  const ok = [...operators, verifier].every((node) => node.ok)
  const lines = [
    `chain      ${record.chain.rpcUrl} (id ${record.chain.chainId})`,
    ...operators.map((node, i) => `operator ${i + 1} ${line(node)}`),
    `verifier   ${line(verifier)}`,
  ]
  printResult(options.json, { ok, chain: record.chain, operators, verifier }, lines.join('\n'))
  if (!ok) process.exitCode = 1
}

type NodeStatus = NodeRecord & { ok: boolean; checks: Record<string, string>; rows?: number }

async function nodeStatus(node: NodeRecord): Promise<NodeStatus> {
  try {
    const health = (await getJson(node.url, '/health')) as { ok: boolean; checks: Record<string, string> }
    const { rows } = (await getJson(node.url, '/v1/status')) as { rows?: number }
    return { ...node, ...health, ...(rows === undefined ? {} : { rows }) }
  } catch {
    return { ...node, ok: false, checks: { node: 'PALM_NODE_DOWN' } }
  }
}

async function getJson(url: string, path: string): Promise<unknown> {
  return (await fetch(new URL(path, url), { signal: AbortSignal.timeout(5_000) })).json()
}

function line(node: NodeStatus): string {
  const faults = Object.entries(node.checks).filter(([, check]) => check !== 'ok')
  const state = node.ok ? 'ok  ' : 'DOWN'
  const rows = node.rows === undefined ? '' : `, ${node.rows} rows`
  return `${state} ${node.address} ${node.url} (pid ${node.pid}${rows})${faults.map(([name, check]) => ` ${name}: ${check}`).join(',')}`
}
