/**
 * `npm run generate`: makes again what is committed but made by a program: the WebAssembly kernels, the circuits'
 * witness generators, and the contracts' ABIs and artifacts. Run it after a change of their sources; tests fail where it was forgotten.
 */

import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { readOptions, runScript } from './command-line.ts'
import { runInGroup } from './process-group.ts'

const BUILDERS = [
  { path: 'packages/palm/kernel/build.ts', makes: 'the kernel that encodes and compares palms' },
  {
    path: 'packages/palm/statistics/build.ts',
    makes: 'the statistics of pooled codes, from synthetic palms (minutes)',
  },
  { path: 'packages/matching/kernel/build.ts', makes: 'the kernel of matching on shares' },
  { path: 'packages/zk/circuits/build.ts', makes: 'the witness generators of the circuits' },
  { path: 'scripts/generate-bindings.ts', makes: 'ABIs and artifacts of the contracts' },
]
/** The statistics take minutes on a busy machine, where they are made again at all. */
const TIMEOUT_MS = 1_800_000

/** The command line; returns the exit code. */
async function main(argv: readonly string[]): Promise<number> {
  const { values } = readOptions(argv, { options: { help: { type: 'boolean' } } })
  if (values.help) {
    process.stdout.write(HELP)
    return 0
  }
  const root = dirname(import.meta.dirname)
  for (const { path, makes } of BUILDERS) {
    process.stdout.write(`${makes} (${path})\n`)
    const args = ['--conditions=@palmhold/source', join(root, path)]
    const { exitCode } = await runInGroup(process.execPath, args, {
      cwd: root,
      timeoutMs: TIMEOUT_MS,
      output: 'inherit',
    })
    if (exitCode !== 0) return 1
  }
  return 0
}

const HELP = `Usage: npm run generate

${BUILDERS.map(({ path, makes }) => `  ${path.padEnd(36)}${makes}\n`).join('')}`

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await runScript(main)
