/** The files that belong to the repository: what git tracks, or where there is no git, what its ignore list leaves. */

import { execFile } from 'node:child_process'
import { glob, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const LIST_BYTES = 16 << 20

/** Paths from `root`, sorted, with forward slashes. */
export async function listRepositoryFiles(root: string): Promise<string[]> {
  try {
    const { stdout } = await promisify(execFile)(
      'git',
      ['ls-files', '-z', '--cached', '--others', '--exclude-standard'],
      {
        cwd: root,
        maxBuffer: LIST_BYTES,
      },
    )
    return stdout.split('\0').filter(Boolean).sort()
  } catch {
    return walk(root)
  }
}

/** The text of the file, or undefined where it is gone or holds no text. */
export async function readText(root: string, path: string): Promise<string | undefined> {
  try {
    const bytes = await readFile(join(root, path))
    return bytes.includes(0) ? undefined : bytes.toString('utf8')
  } catch {
    return undefined
  }
}

async function walk(root: string): Promise<string[]> {
  const lines = ((await readText(root, '.gitignore')) ?? '').split('\n').filter(Boolean)
  const folders = ['.git', ...lines.filter((line) => line.endsWith('/')).map((line) => line.slice(0, -1))]
  const suffixes = lines.filter((line) => line.startsWith('*.')).map((line) => line.slice(1))
  const paths: string[] = []
  for await (const entry of glob('**/*', {
    cwd: root,
    withFileTypes: true,
    exclude: ({ name }) => folders.includes(name),
  }))
    if (entry.isFile()) paths.push(join(entry.parentPath, entry.name).slice(root.length + 1))
  return paths.filter((path) => !suffixes.some((suffix) => path.endsWith(suffix))).sort()
}
