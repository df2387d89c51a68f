/** `palm benchmark`: error rates on a folder of pictures, in the manner of ISO/IEC 19795-1. */

import { type Command, Option } from 'commander'
import { CODERS } from '../../workers/coder-name.ts'
import type { BenchmarkCommandOptions } from './benchmark.ts'
import { rate, shiftCount, wholeNumber, withJson } from './command-input.ts'

const POOLED_BIT_COUNTS = ['512', '768', '1024']

export function addBenchmarkCommand(palm: Command): void {
  withJson(palm.command('benchmark'))
    .description('measure error rates: first session as the gallery, second session as the probes')
    .argument('<dir>', 'pictures as DIR/<palm>/<session>/<picture>.png (or .jpg, .bmp)')
    .addOption(
      new Option('--kind <kind>', 'regions of interest or whole hands').choices(['roi', 'hand']).default('roi'),
    )
    .option('--shifts <25|81>', 'shifts of a probe', shiftCount, 25)
    .addOption(
      new Option('--coder <coder>', 'compare palm codes, pooled codes, both, or one after the other')
        .choices(CODERS)
        .default('bocv'),
    )
    .option('--soft', 'compare responses of -3..3 in place of the palm code’s bits')
    .addOption(
      new Option('--pooled-bits <bits>', 'bits of the pooled code that count')
        .choices(POOLED_BIT_COUNTS)
        .default('1024'),
    )
    .option('--pass-rate <rate>', 'part of the impostor pairs that pass a cascade’s first stage', rate, 0.1)
    .addOption(
      new Option('--decision <coder>', 'what decides behind a cascade’s first stage')
        .choices(['bocv', 'fused'])
        .default('fused'),
    )
    .option('--plot <file.svg>', 'draw the DET curve')
    .option('--max-palms <n>', 'take the first palms only', wholeNumber)
    .addHelpText('after', '\nExample:\n  $ npx palmhold palm benchmark palms --plot det.svg\n')
    .action(async (directory: string, options: BenchmarkCommandOptions) =>
      (await import('./benchmark.ts')).benchmark(directory, options),
    )
}
