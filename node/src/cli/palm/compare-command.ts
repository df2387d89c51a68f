/**
 * `palm compare`: do two pictures show one palm? The distance is shown, because both pictures are the person's own and
 * stay on their machine; nowhere else is one.
 */

import type { Command } from 'commander'
import { shiftCount, withJson } from './command-input.ts'
import type { CompareOptions } from './compare.ts'

export function addCompareCommand(palm: Command): void {
  withJson(palm.command('compare'))
    .description('compare two palm pictures')
    .argument('<a>', 'the picture that stands for the enrolled palm')
    .argument('<b>', 'the picture that stands for the new scan')
    .option('--shifts <25|81>', 'shifts of the new scan', shiftCount, 81)
    .addHelpText('after', '\nExample:\n  $ npx palmhold palm compare monday.jpg tuesday.jpg\n')
    .action(async (a: string, b: string, options: CompareOptions) =>
      (await import('./compare.ts')).compare(a, b, options),
    )
}
