/**
 * Judges one input: a decoder may answer or throw a PalmError with a code, and what it accepts must hold. Every other
 * error, a time or an amount of memory out of proportion to the input is a finding.
 */

import { getHeapStatistics } from 'node:v8'
import { isPalmError } from '@palmhold/base'
import type { FindingKind } from '../../scripts/fuzz/fuzz-report.ts'
import type { FuzzTarget, OpenTarget } from './fuzz-target.ts'

export type Verdict =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'refused'; readonly code: string }
  | { readonly kind: 'found'; readonly finding: FindingKind; readonly message: string }

const CPU_MS = 2_000
const MEMORY_BYTES = 16 * 1024 * 1024
const MEMORY_PER_BYTE = 64
const CODE = /^PALM_[A-Z0-9_]+$/

/** Runs `input` through the decoder. */
export async function judgeInput(target: FuzzTarget, open: OpenTarget, input: Uint8Array): Promise<Verdict> {
  const before = usage()
  const verdict = await outcome(open, input)
  const after = usage()
  if (verdict.kind === 'found') return verdict
  const cpuMs = after.cpuMs - before.cpuMs
  if (cpuMs > (target.cpuMs ?? CPU_MS))
    return found('slow', `${input.length} bytes took ${Math.round(cpuMs)} ms of CPU`)
  const allowed = target.memoryBytes?.(input.length) ?? MEMORY_BYTES + MEMORY_PER_BYTE * input.length
  const taken = after.bytes - before.bytes
  if (taken > allowed) return found('memory', `${input.length} bytes took ${taken} bytes of memory`)
  return verdict
}

async function outcome({ decode, complaint }: OpenTarget, input: Uint8Array): Promise<Verdict> {
  let result: unknown
  try {
    result = decode(input)
    if (result instanceof Promise) result = await result
  } catch (error) {
    if (isPalmError(error) && CODE.test(error.code)) return { kind: 'refused', code: error.code }
    return found('unnamed error', error instanceof Error ? (error.stack ?? error.message) : String(error))
  }
  const refusal = refusalOf(result)
  if (refusal !== undefined) return { kind: 'refused', code: refusal }
  const wrong = complaint?.(result, input)
  return wrong === undefined ? { kind: 'accepted' } : found('wrong result', wrong)
}

/** The reason of a verifier that said no. */
function refusalOf(result: unknown): string | undefined {
  if (typeof result !== 'object' || result === null || !('ok' in result) || result.ok !== false) return undefined
  if ('reason' in result && typeof result.reason === 'string') return result.reason
  return 'code' in result && typeof result.code === 'string' ? result.code : 'refused'
}

function found(finding: FindingKind, message: string): Verdict {
  return { kind: 'found', finding, message }
}

/** CPU time of this thread and memory of its heap and buffers. */
function usage(): { cpuMs: number; bytes: number } {
  const { user, system } = process.threadCpuUsage()
  const { used_heap_size, external_memory } = getHeapStatistics()
  return { cpuMs: (user + system) / 1000, bytes: used_heap_size + external_memory }
}
