/** The command group `palm`: a person's own pictures, synthetic ones, and benchmarks. It needs no network. */

import type { Command } from 'commander'
import { addBenchmarkCommand } from './benchmark-command.ts'
import { addCompareCommand } from './compare-command.ts'
import { addEncodeCommand } from './encode-command.ts'
import { addRenderCommand } from './render-command.ts'

/** Adds `palm encode | compare | render | benchmark` to `program`. Actions throw PalmErrors; the caller prints them. */
export function registerPalmCommands(program: Command): void {
  const palm = program.command('palm').description('palm pictures: encode, compare, draw synthetic ones, benchmark')
  addEncodeCommand(palm)
  addCompareCommand(palm)
  addRenderCommand(palm)
  addBenchmarkCommand(palm)
}
