/**
 * Jobs of several suites at a time, so that no core stands idle while a suite waits. What they print comes job by job in
 * the order given all the same: of the first that is not over as it prints it, of later ones when their turn comes.
 */

import type { SuiteCount } from './suite-count.ts'

/** What a job mostly does, so that those which compute run beside those which wait for networks and timers. */
export type JobKind = 'computes' | 'waits'

export type Job = {
  readonly kind: JobKind
  /** Never rejects; `print` takes what the job says. */
  readonly run: (print: (text: string) => void) => Promise<SuiteCount>
}

/** Of jobs of one kind the first begins first. `head` is shown above what they print. */
export type JobSuite = { readonly name: string; readonly head: string; readonly jobs: readonly Job[] }

/** `elapsedMs` is that of all its jobs together. */
export type SuiteResult = SuiteCount & { readonly name: string; readonly elapsedMs: number }

/** What is taken first where a job ends. Two cores are busy while one of three waits. */
const LANES: readonly JobKind[] = ['computes', 'waits', 'waits']

/** Runs all jobs, as many at a time as there are lanes, and counts by suite; `write` gets what is to be shown. */
export async function runJobs(
  suites: readonly JobSuite[],
  write: (text: string) => void,
  lanes: readonly JobKind[] = LANES,
): Promise<SuiteResult[]> {
  const states = suites.flatMap(({ head, jobs }, suite) =>
    jobs.map((job, i) => ({
      job,
      suite,
      text: i === 0 ? head : '',
      count: undefined as SuiteCount | undefined,
      elapsedMs: 0,
    })),
  )
  let speaking = 0
  const show = (): void => {
    for (;;) {
      const state = states[speaking]
      if (!state) return
      if (state.text) write(state.text)
      state.text = ''
      if (!state.count) return
      speaking++
    }
  }
  const waiting = [...states]
  const take = (kind: JobKind) => {
    const wanted = waiting.findIndex(({ job }) => job.kind === kind)
    return waiting.splice(Math.max(wanted, 0), 1)[0]
  }
  const work = async (kind: JobKind): Promise<void> => {
    for (let state = take(kind); state; state = take(kind)) {
      const own = state
      const start = performance.now()
      own.count = await own.job.run((text) => {
        own.text += text
        show()
      })
      own.elapsedMs = Math.round(performance.now() - start)
      show()
    }
  }
  show()
  await Promise.all(lanes.map(work))
  return suites.map(({ name }, i) =>
    sumOf(
      name,
      states.filter(({ suite }) => suite === i),
    ),
  )
}

type Done = { readonly count: SuiteCount | undefined; readonly elapsedMs: number }

function sumOf(name: string, jobs: readonly Done[]): SuiteResult {
  const counts = jobs.flatMap(({ count }) => count ?? [])
  return {
    name,
    passed: counts.reduce((sum, { passed }) => sum + passed, 0),
    failed: counts.flatMap(({ failed }) => failed),
    skipped: counts.flatMap(({ skipped }) => skipped),
    elapsedMs: jobs.reduce((sum, { elapsedMs }) => sum + elapsedMs, 0),
  }
}
