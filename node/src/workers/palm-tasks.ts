/** What a palm worker can be asked to do, and what it answers. Everything here crosses between threads. */

import type { CoderSettings, CodeSet } from './palm-coder.ts'

/** How a picture becomes a region of interest: it is one already, or it shows a whole hand. */
export type PictureKind = 'roi' | 'hand'

/** Which codes of a picture are wanted. */
export type WantedCodes = { readonly codes: boolean; readonly pooled: boolean; readonly soft: boolean }

/** Decode, extract and encode pictures. */
export type EncodeTask = {
  readonly kind: 'encode'
  readonly files: readonly string[]
  readonly pictureKind: PictureKind
  readonly shifts: 1 | 25 | 81
  readonly wanted: WantedCodes
}
/** `shifts` codes for each file (one where pooled), in order; those of a file that failed are zero. */
export type EncodeResult = CodeSet & {
  /** The error code of each file that gave no code. */
  readonly failures: readonly (string | null)[]
}

/** Hands the worker the gallery that match tasks are for, and how they compare. Labels number the palms. */
export type GalleryTask = {
  readonly kind: 'gallery'
  readonly settings: CoderSettings
  readonly gallery: CodeSet
  readonly labels: Int32Array
}

/** Compare probes with the whole gallery. */
export type MatchTask = {
  readonly kind: 'match'
  readonly probes: CodeSet
  readonly shifts: number
  readonly labels: Int32Array
  /** For each probe the first gallery row it is compared with: within one session, the row behind its own. */
  readonly firstRows: Int32Array
}
export type MatchResult = {
  readonly genuine: Uint32Array
  readonly impostor: Uint32Array
  /** Pairs that passed the first stage of a cascade. */
  readonly passedGenuine: number
  readonly passedImpostor: number
}

/**
 * Draw and encode synthetic persons, both hands: the templates that are enrolled and the codes of one probe, with no
 * picture written.
 */
export type PersonsTask = {
  readonly kind: 'persons'
  readonly seed: string
  /** Numbers of the persons. */
  readonly persons: readonly number[]
  /** Session of the pictures, and whether they are encoded at 25 shifts or at none. */
  readonly session: number
  readonly shifts: 1 | 25
}
/** Left, then right hand of each person. */
export type PersonsResult = CodeSet

/** Draw synthetic palms to files. */
export type RenderTask = {
  readonly kind: 'render'
  readonly pictureKind: PictureKind
  readonly seed: string
  /** Numbers of the palms, from 1. */
  readonly palms: readonly number[]
  readonly sessions: number
  readonly captures: number
  /** How unsteadily regions of interest are cut out, 0 is as the generator lays them. */
  readonly unsteadiness: number
  readonly directory: string
}
export type RenderResult = { readonly pictures: number }

export type PalmTask = EncodeTask | GalleryTask | MatchTask | PersonsTask | RenderTask
export type PalmTaskResult<T extends PalmTask> = T extends EncodeTask
  ? EncodeResult
  : T extends MatchTask
    ? MatchResult
    : T extends RenderTask
      ? RenderResult
      : T extends PersonsTask
        ? PersonsResult
        : null

/** The answer to one task: its result, or the PalmError that ended it. */
export type PalmAnswer =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly code: string; readonly message: string; readonly hints: readonly string[] }
