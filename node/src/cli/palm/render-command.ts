/** `palm render`: synthetic palms as picture files, DIR/<palm>/<session>/<n>.png. */

import { mkdir } from 'node:fs/promises'
import { type Command, Option } from 'commander'
import { createPalmPool } from '../../workers/palm-pool.ts'
import type { PictureKind, RenderTask } from '../../workers/palm-tasks.ts'
import { createProgress, factor, printResult, wholeNumber, withJson } from './command-input.ts'
import { FileUnwritableError } from './encode-command.ts'

const SESSIONS = 2
const PALMS_A_TASK = 2

type RenderOptions = {
  count: number
  captures: number
  out: string
  seed: string
  kind: PictureKind
  unsteady: number
  json?: boolean
}

export function addRenderCommand(palm: Command): void {
  withJson(palm.command('render'))
    .description('draw synthetic palms; they serve tests and demonstrations and are no evidence of accuracy')
    .requiredOption('--count <n>', 'number of palms', wholeNumber)
    .requiredOption('--captures <m>', 'pictures of each palm in each of two sessions', wholeNumber)
    .requiredOption('--out <dir>', 'folder for DIR/<palm>/<session>/<n>.png')
    .option('--seed <seed>', 'the same seed draws the same pictures', 'palmhold')
    .addOption(
      new Option('--kind <kind>', 'regions of interest or whole hands').choices(['roi', 'hand']).default('roi'),
    )
    .option(
      '--unsteady <factor>',
      'cut regions of interest out badly: 1 is by some 3 px, 2.6 degrees, 3.5 %',
      factor,
      0,
    )
    .addHelpText('after', '\nExample:\n  $ npx palmhold palm render --count 20 --captures 5 --out palms\n')
    .action(renderAction)
}

async function renderAction(options: RenderOptions): Promise<void> {
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
