/** `palm render`: synthetic palms as picture files, DIR/<palm>/<session>/<n>.png. */

import { type Command, Option } from 'commander'
import { factor, wholeNumber, withJson } from './command-input.ts'
import type { RenderOptions } from './render.ts'

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
    .action(async (options: RenderOptions) => (await import('./render.ts')).render(options))
}
