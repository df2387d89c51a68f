/** What `palm encode` does. */

import { open } from 'node:fs/promises'
import { CODE_BITS, encodeProbe, NO_SHIFT, PROBE_SHIFTS_25, PROBE_SHIFTS_81, packCodes } from '@palmhold/palm'
import { readPalm } from '../../pictures/read-palm.ts'
import { printResult } from '../output.ts'
import { FileUnwritableError } from './file-unwritable-error.ts'

const OWNER_ONLY = 0o600

export type EncodeOptions = { shifts?: 25 | 81; out?: string; json?: boolean }

export async function encode(image: string, options: EncodeOptions): Promise<void> {
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
