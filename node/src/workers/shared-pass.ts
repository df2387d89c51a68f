/**
 * Which waiting queries share the next pass over the gallery. A row that is read from memory once serves all of them: with
 * one probe code each, reading the rows is nearly all the work.
 *
 * Queries go in order. A pass holds as many as there is room for: 128 probe vectors, and memory for the scores, which are
 * all kept until their comparisons take them (a pass does not wait for a slow one, or queries of several nodes could wait
 * for each other). A query over a list of rows goes alone.
 */

import { MAX_PROBES } from './kernel-job.ts'

/** Bytes of scores in one pass, unless a single query needs more: five queries of a million rows at 25 shifts. */
const MAX_SCORE_BYTES = 256 * 1024 * 1024

export type PassRequest = {
  /** Rows of the gallery, or how many the list has. */
  readonly rows: number
  /** Probe vectors. */
  readonly probes: number
  readonly list?: Uint32Array | undefined
}

/** Takes the queries of the next pass from the front of `waiting`, one at least. */
export function takePass<T extends PassRequest>(waiting: T[]): T[] {
  let probes = 0
  let bytes = 0
  const fits = (query: T) => {
    probes += query.probes
    bytes += 2 * query.probes * query.rows
    return !query.list && probes <= MAX_PROBES && bytes <= MAX_SCORE_BYTES
  }
  const refused = waiting.findIndex((query) => !fits(query))
  return waiting.splice(0, refused < 0 ? waiting.length : Math.max(1, refused))
}
