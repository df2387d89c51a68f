/** What a palm worker can be asked to do, and what it answers. Everything here crosses between threads. */

/** How a picture becomes a region of interest: it is one already, or it shows a whole hand. */
export type PictureKind = 'roi' | 'hand'

/** Decode, extract and encode pictures. */
export type EncodeTask = {
  readonly kind: 'encode'
  readonly files: readonly string[]
  readonly pictureKind: PictureKind
  readonly shifts: 1 | 25 | 81
}
export type EncodeResult = {
  /** `shifts` codes for each file, in order; those of a file that failed are zero. */
  readonly codes: Uint8Array
  /** The error code of each file that gave no code. */
  readonly failures: readonly (string | null)[]
}

/** Hands the worker the gallery that match tasks are for. Labels number the palms. */
export type GalleryTask = {
  readonly kind: 'gallery'
  readonly codes: Uint8Array
  readonly labels: Int32Array
}

/** Compare probes with the whole gallery. */
export type MatchTask = {
  readonly kind: 'match'
  readonly probes: Uint8Array
  readonly shifts: number
  readonly labels: Int32Array
  /** For each probe the first gallery row it is compared with: within one session, the row behind its own. */
  readonly firstRows: Int32Array
}
export type MatchResult = { readonly genuine: Uint32Array; readonly impostor: Uint32Array }

/** Draw synthetic palms to files. */
export type RenderTask = {
  readonly kind: 'render'
  readonly pictureKind: PictureKind
  readonly seed: string
  /** Numbers of the palms, from 1. */
  readonly palms: readonly number[]
  readonly sessions: number
  readonly captures: number
  readonly directory: string
}
export type RenderResult = { readonly pictures: number }

export type PalmTask = EncodeTask | GalleryTask | MatchTask | RenderTask
export type PalmTaskResult<T extends PalmTask> = T extends EncodeTask
  ? EncodeResult
  : T extends MatchTask
    ? MatchResult
    : T extends RenderTask
      ? RenderResult
      : null

/** The answer to one task: its result, or the PalmError that ended it. */
export type PalmAnswer =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly code: string; readonly message: string; readonly hints: readonly string[] }
