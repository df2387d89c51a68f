/** Asks three parties one query after the other, compares every answer with the one from codes, and takes the middle. */

import { PalmError } from '@palmhold/base'
import { median } from './figure.ts'
import { expectedBitmaps, type QueryKind, type SyntheticGallery } from './synthetic-gallery.ts'
import type { AnsweredQueries, ThreeParties } from './three-parties.ts'

/** Queries before those that count: they compile the code and touch the memory. */
const WARM_UP = 2

export type AskedQueries = {
  /** From the question to the last party's answer, for each query in turn. */
  readonly runsMs: readonly number[]
  /** The one whose time is the median. */
  readonly middle: AnsweredQueries
}

/** Asks `count` queries in turn, after a warm-up. @throws {WrongAnswerError} */
export async function askInTurn(
  parties: ThreeParties,
  gallery: SyntheticGallery,
  kind: QueryKind,
  count: number,
): Promise<AskedQueries> {
  const expected = expectedBitmaps(gallery, kind)
  const answered: AnsweredQueries[] = []
  for (let query = -WARM_UP; query < count; query++) {
    const answer = await parties.ask(kind)
    assertRight(answer, expected)
    if (query >= 0) answered.push(answer)
  }
  return {
    runsMs: answered.map(({ wallMs }) => wallMs),
    middle: median(answered, ({ wallMs }) => wallMs),
  }
}

/** Asks `count` queries at once. @throws {WrongAnswerError} */
export async function askAtOnce(
  parties: ThreeParties,
  gallery: SyntheticGallery,
  kind: QueryKind,
  count: number,
): Promise<AnsweredQueries> {
  const answer = await parties.ask(kind, count)
  assertRight(answer, expectedBitmaps(gallery, kind))
  return answer
}

function assertRight({ parties }: AnsweredQueries, expected: readonly Uint8Array[]): void {
  for (const { bitmaps } of parties)
    for (const ofQuery of bitmaps)
      if (ofQuery.some((bitmap, k) => !Buffer.from(bitmap).equals(expected[k]!))) throw new WrongAnswerError()
}

/** Three parties together said something else than the codes. */
export class WrongAnswerError extends PalmError {
  constructor() {
    super('PALM_BENCH_ANSWER', 'the parties of the benchmark answered wrongly', {
      hints: ['Run the tests of packages/matching: no figure means anything before they pass.'],
    })
  }
}
