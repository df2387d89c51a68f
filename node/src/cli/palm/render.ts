/** What `palm render` does. */

import { mkdir } from 'node:fs/promises'
import { createPalmPool } from '../../workers/palm-pool.ts'
import type { PictureKind, RenderTask } from '../../workers/palm-tasks.ts'
import { printResult } from '../output.ts'
import { createProgress } from './create-progress.ts'
import { FileUnwritableError } from './file-unwritable-error.ts'

const SESSIONS = 2
const PALMS_A_TASK = 2

export type RenderOptions = {
  count: number
  captures: number
  out: string
  seed: string
  kind: PictureKind
  unsteady: number
  json?: boolean
}

export async function render(options: RenderOptions): Promise<void> {
  try {
    await mkdir(options.out, { recursive: true })
  } catch (cause) {
    throw new FileUnwritableError(options.out, cause)
  }
  const tasks: RenderTask[] = []
  for (let first = 1; first <= options.count; first += PALMS_A_TASK) {
    const palms = Array.from({ length: Math.min(PALMS_A_TASK, options.count - first + 1) }, (_, i) => first + i)
    tasks.push({
      kind: 'render',
      pictureKind: options.kind,
      seed: options.seed,
      palms,
      sessions: SESSIONS,
      captures: options.captures,
      unsteadiness: options.unsteady,
      directory: options.out,
    })
  }
  await using pool = createPalmPool()
  const progress = createProgress()
  const results = await pool.run(tasks, (done) =>
    progress('palms', Math.min(options.count, done * PALMS_A_TASK), options.count),
  )
  const pictures = results.reduce((sum, result) => sum + result.pictures, 0)
  printResult(
    options.json,
    {
      ok: true,
      out: options.out,
      kind: options.kind,
      seed: options.seed,
      palms: options.count,
      sessions: SESSIONS,
      pictures,
    },
    `${pictures} pictures of ${options.count} synthetic palms in ${options.out}`,
  )
}
