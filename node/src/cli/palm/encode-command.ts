/** `palm encode`: is this picture good enough, and what would be enrolled? The code itself is never printed. */

import { open } from 'node:fs/promises'
import { PalmError } from '@palmhold/base'
import { CODE_BITS, encodeProbe, NO_SHIFT, PROBE_SHIFTS_25, PROBE_SHIFTS_81, packCodes } from '@palmhold/palm'
import type { Command } from 'commander'
import { readPalm } from '../../pictures/read-palm.ts'
import { printResult, shiftCount, withJson } from './command-input.ts'

const OWNER_ONLY = 0o600

export function addEncodeCommand(palm: Command): void {
  withJson(palm.command('encode'))
    .description('check a palm picture and encode it; the code goes to a file only, never to the terminal')
    .argument('<image>', 'PNG, JPEG or BMP: a 128 x 128 region of interest, or an open hand on a plain ground')
    .option('--shifts <25|81>', 'encode a probe at so many shifts instead of one code', shiftCount)
    .option('--out <file>', 'write the code, readable by you only; keep it secret, it stands for your palm')
    .addHelpText('after', '\nExample:\n  $ npx palmhold palm encode hand.jpg\n')
    .action(encodeAction)
}

async function encodeAction(image: string, options: { shifts?: 25 | 81; out?: string; json?: boolean }): Promise<void> {
  const { roi, picture, found, quality } = await readPalm(image)
  const shifts = options.shifts === 81 ? PROBE_SHIFTS_81 : options.shifts === 25 ? PROBE_SHIFTS_25 : NO_SHIFT
  const codes = encodeProbe(roi, shifts)
  if (options.out) await writeSecret(options.out, packCodes(codes))
  const report = {
    ok: true,
    image,
    picture,
    roi: found ?? 'whole picture',
    quality,
    codes: codes.length,
    codeBits: CODE_BITS,
  }
  const place = found
    ? `found, ${found.sidePx} px wide in the picture, turned by ${found.turnDegrees} degrees`
    : 'the whole picture'
  printResult(
    options.json,
    { ...report, ...(options.out ? { out: options.out } : {}) },
    [
      `picture            ${picture.width} x ${picture.height}`,
      `region of interest ${place}`,
      `quality            good (sharpness ${quality.sharpness.toFixed(1)}, mean luminance ${quality.meanLuminance.toFixed(0)})`,
      `code               ${codes.length} x ${CODE_BITS} bits${options.out ? `, written to ${options.out}` : ', not shown'}`,
    ].join('\n'),
  )
}

async function writeSecret(path: string, bytes: Uint8Array): Promise<void> {
  try {
    await using file = await open(path, 'w', OWNER_ONLY)
    // The mode above is for new files only; one that was there before keeps its own.
    await file.chmod(OWNER_ONLY)
    await file.writeFile(bytes)
  } catch (cause) {
    throw new FileUnwritableError(path, cause)
  }
}

/** A file or folder that cannot be written. */
export class FileUnwritableError extends PalmError {
  constructor(path: string, cause: unknown) {
    super('PALM_FILE_UNWRITABLE', `cannot write ${path}`, {
      hints: ['Check that the folder exists, that you may write there, and that the disk is not full.'],
      cause,
    })
  }
}
