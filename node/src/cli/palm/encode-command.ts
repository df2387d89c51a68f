/** `palm encode`: is this picture good enough, and what would be enrolled? The code itself is never printed. */

import type { Command } from 'commander'
import { shiftCount, withJson } from './command-input.ts'
import type { EncodeOptions } from './encode.ts'

export function addEncodeCommand(palm: Command): void {
  withJson(palm.command('encode'))
    .description('check a palm picture and encode it; the code goes to a file only, never to the terminal')
    .argument('<image>', 'PNG, JPEG or BMP: a 128 x 128 region of interest, or an open hand on a plain ground')
    .option('--shifts <25|81>', 'encode a probe at so many shifts instead of one code', shiftCount)
    .option('--out <file>', 'write the code, readable by you only; keep it secret, it stands for your palm')
    .addHelpText('after', '\nExample:\n  $ npx palmhold palm encode hand.jpg\n')
    .action(async (image: string, options: EncodeOptions) => (await import('./encode.ts')).encode(image, options))
}
