/** That no file tells where somebody's checkout or home lies: such a path works on one machine. */

import type { Findings } from './check.ts'
import { listRepositoryFiles, readText } from './repository-files.ts'

/**
 * An absolute path below a folder that is a person's or a machine's own; not a part of a URL or a longer path. The homes
 * of `someone` and `you` are examples.
 */
const MACHINE_PATH = /(?:^|[\s"'`(=,:])\/(?:work|root|(?:home|Users)(?!\/(?:someone|you)\b))\/[\w.-]/

/** The lines of `files`, texts by path, that name a machine's path. */
export function findMachinePaths(files: ReadonlyMap<string, string>): Findings {
  return [...files].flatMap(([path, text]) =>
    text
      .split('\n')
      .flatMap((line, i) => (MACHINE_PATH.test(line) ? [`${path}:${i + 1} names a path of one machine`] : [])),
  )
}

/** {@link findMachinePaths} for the repository at `root`. */
export async function checkMachinePaths(root: string): Promise<Findings> {
  const files = new Map<string, string>()
  for (const path of await listRepositoryFiles(root)) {
    const text = await readText(root, path)
    if (text !== undefined) files.set(path, text)
  }
  return findMachinePaths(files)
}
