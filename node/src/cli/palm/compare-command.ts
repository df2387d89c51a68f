/**
 * `palm compare`: do two pictures show one palm? The distance is shown, because both pictures are the person's own and
 * stay on their machine; nowhere else is one.
 */

import {
  CODE_BITS,
  encodePalm,
  encodeProbe,
  nearestShift,
  PROBE_SHIFTS_25,
  PROBE_SHIFTS_81,
  thresholdFor,
} from '@palmhold/palm'
import type { Command } from 'commander'
import { readPalm } from '../../pictures/read-palm.ts'
import { printResult, shiftCount, withJson } from './command-input.ts'

export function addCompareCommand(palm: Command): void {
  withJson(palm.command('compare'))
    .description('compare two palm pictures')
    .argument('<a>', 'the picture that stands for the enrolled palm')
    .argument('<b>', 'the picture that stands for the new scan')
    .option('--shifts <25|81>', 'shifts of the new scan', shiftCount, 81)
    .addHelpText('after', '\nExample:\n  $ npx palmhold palm compare monday.jpg tuesday.jpg\n')
    .action(compareAction)
}

async function compareAction(a: string, b: string, options: { shifts: 25 | 81; json?: boolean }): Promise<void> {
  const enrolled = encodePalm((await readPalm(a)).roi)
  const probe = encodeProbe((await readPalm(b)).roi, options.shifts === 25 ? PROBE_SHIFTS_25 : PROBE_SHIFTS_81)
  const { distanceBits } = nearestShift(enrolled, probe)
  const { thresholdBits } = thresholdFor({ rows: 1, shifts: options.shifts })
  const match = distanceBits < thresholdBits
  printResult(
    options.json,
    { ok: true, match, distanceBits, distance: distanceBits / CODE_BITS, thresholdBits, shifts: options.shifts },
    `${match ? 'the same palm' : 'different palms'}: ${distanceBits} of ${CODE_BITS} bits differ, fewer than ${thresholdBits} are a match`,
  )
}
