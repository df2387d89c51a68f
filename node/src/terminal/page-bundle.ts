/**
 * The bundle of the terminal page, made from its sources when it is first wanted (some seconds) and kept under a hash of
 * them, so that nothing has to be built by hand and a change of a source makes a new one.
 */

import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { PalmError } from '@palmhold/base'
import { onDisk } from '../storage/disk.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const BUILDER = fileURLToPath(new URL('../page-builder/main.ts', import.meta.url))
/** What the page is made of. */
const SOURCES = [
  'node/terminal',
  'node/src/terminal',
  'node/src/page-builder',
  'packages',
  'wallet/src',
  'node/package.json',
]
const IS_SOURCE = /\.(json|tsx?|html|css)$/
const BUILD_TIMEOUT_MS = 120_000
/** Bundles of older sources that are left for whoever still runs them. */
const KEPT = 3

let building: Promise<string> | undefined

/** The folder of the finished bundle, built where it is not there yet. @throws {PageBuildError} */
export function terminalBundle(): Promise<string> {
  building ??= findOrBuild().catch((error) => {
    // The next who asks tries again.
    building = undefined
    throw error
  })
  return building
}

async function findOrBuild(): Promise<string> {
  const cache = join(ROOT, 'node_modules', '.cache', 'palmhold-terminal')
  const folder = join(cache, hashOfSources())
  if (existsSync(join(folder, 'index.html'))) return folder
  onDisk(() => mkdirSync(cache, { recursive: true }))
  const beside = `${folder}.${process.pid}.new`
  try {
    await promisify(execFile)(process.execPath, ['--conditions=@palmhold/source', BUILDER, beside], {
      cwd: ROOT,
      timeout: BUILD_TIMEOUT_MS,
      killSignal: 'SIGKILL',
      // The inspector, loaders and what else the verifier was started with is not for the bundler.
      env: { ...process.env, NODE_OPTIONS: '' },
    })
    prune(cache)
    // Another process may have been quicker.
    if (!existsSync(folder)) renameSync(beside, folder)
  } catch (cause) {
    if (!existsSync(join(folder, 'index.html'))) throw new PageBuildError(cause)
  } finally {
    rmSync(beside, { recursive: true, force: true })
  }
  return folder
}

function hashOfSources(): string {
  const hash = createHash('sha256')
  for (const path of SOURCES.flatMap((source) => filesAt(join(ROOT, source)))) {
    hash.update(`${path.slice(ROOT.length)}\0`)
    hash.update(readFileSync(path))
  }
  return hash.digest('hex').slice(0, 24)
}

/** Files of sources below `folder`, or the file itself. */
function filesAt(path: string): string[] {
  if (IS_SOURCE.test(path)) return [path]
  return readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && IS_SOURCE.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !file.includes('node_modules', path.length))
    .sort()
}

/** Takes the oldest bundles away. */
function prune(cache: string): void {
  const finished = readdirSync(cache).filter((name) => !name.endsWith('.new'))
  const byAge = finished
    .map((name) => ({ name, madeAtMs: statSync(join(cache, name)).mtimeMs }))
    .sort((a, b) => b.madeAtMs - a.madeAtMs)
  for (const { name } of byAge.slice(KEPT)) rmSync(join(cache, name), { recursive: true, force: true })
}

/** The page cannot be bundled. */
export class PageBuildError extends PalmError {
  constructor(cause: unknown) {
    super('PALM_PAGE_BUILD', 'the terminal page cannot be built', {
      hints: ['Run `npm install` again, and see that node_modules can be written to.'],
      cause,
    })
  }
}
