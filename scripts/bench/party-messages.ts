/** What the benchmark and the processes of its three parties say to each other. */

import { createHash } from 'node:crypto'
import type { Hex } from '@palmhold/base'
import type { Role } from '@palmhold/matching'
import type { GalleryOptions, QueryKind } from './synthetic-gallery.ts'

/** The node key of a party. */
export function partyKey(role: Role): Uint8Array {
  return createHash('sha256').update(`benchmark party ${role}`).digest()
}

/** Where a party listens. */
export type PartyAddress = { readonly address: Hex; readonly port: number }

export type PartyRequest =
  | { readonly kind: 'listen'; readonly role: Role; readonly peers: readonly Hex[] }
  | { readonly kind: 'connect'; readonly peers: readonly PartyAddress[] }
  | { readonly kind: 'load'; readonly gallery: GalleryOptions }
  | { readonly kind: 'kernel'; readonly shifts: number }
  /** Answers as many queries as there are numbers, all at once. */
  | { readonly kind: 'query'; readonly of: QueryKind; readonly runs: readonly number[] }

/** What a party reports of its queries. */
export type PartyTiming = {
  /** Until the kernel was through with them, and until all had their answer. */
  readonly kernelMs: number
  readonly totalMs: number
  /** Processor time of the process, all threads. */
  readonly cpuMs: number
  readonly sentBytes: number
  /** Rows that the second pass of a cascade compared. */
  readonly candidates: number
  /** For each query and threshold the rows that passed. */
  readonly bitmaps: readonly (readonly Uint8Array[])[]
}

/** Billions of multiply-accumulates a second. */
export type KernelSpeed = {
  readonly inCache: number
  readonly fromMemory: number
  readonly oneProbe: number
}

export type PartyAnswer =
  | { readonly kind: 'listening'; readonly at: PartyAddress }
  | { readonly kind: 'done'; readonly ms: number; readonly memoryBytes: number }
  | { readonly kind: 'kernel'; readonly speed: KernelSpeed }
  | { readonly kind: 'answered'; readonly timing: PartyTiming }
