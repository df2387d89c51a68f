/**
 * Failures as the sources know them: that docs/errors.md lists exactly the PALM_ codes that the sources can raise, and
 * that nothing throws an error without a code.
 */

import type { Findings } from './check.ts'
import { listRepositoryFiles, readText } from './repository-files.ts'

const LIST = 'docs/errors.md'
/** What ships or runs for a user; tests raise nothing of their own. */
const SOURCES = /^(packages\/[^/]+\/(src|kernel|circuits)|node\/(src|terminal)|wallet\/src|scripts)\/.*\.(ts|tsx|mjs)$/
/** A code stands alone in its quotes, which tells it from constants like PALM_LANE. */
const QUOTED_CODE = /(['"`])(PALM_[A-Z0-9_]+)\1/g
const LISTED_CODE = /\bPALM_[A-Z0-9_]+\b/g
const PLAIN_ERROR = /\bnew (Error|TypeError|RangeError|SyntaxError)\(/

/** Codes in the sources that the list lacks, and codes in the list that no source knows. */
export function compareErrorCodes(sources: ReadonlyMap<string, string>, list: string | undefined): Findings {
  const places = new Map<string, string>()
  for (const [path, text] of sources)
    for (const [, , code] of text.matchAll(QUOTED_CODE)) if (!places.has(code!)) places.set(code!, path)
  if (list === undefined) return [`${LIST} is missing; it has to list ${places.size} codes`]
  const listed = new Set(list.match(LISTED_CODE))
  return [
    ...[...places]
      .filter(([code]) => !listed.has(code))
      .map(([code, path]) => `${code} (${path}) is missing in ${LIST}`)
      .sort(),
    ...[...listed]
      .filter((code) => !places.has(code))
      .map((code) => `${code} is in ${LIST} and in no source`)
      .sort(),
  ]
}

/** Lines of the sources that make an error without a code. */
export function findPlainErrors(sources: ReadonlyMap<string, string>): Findings {
  return [...sources].flatMap(([path, text]) =>
    text
      .split('\n')
      .flatMap((line, i) => (PLAIN_ERROR.test(line) ? [`${path}:${i + 1} makes an error that is no PalmError`] : [])),
  )
}

/** {@link compareErrorCodes} for the repository at `root`. */
export async function checkErrorList(root: string): Promise<Findings> {
  return compareErrorCodes(await readSources(root), await readText(root, LIST))
}

/** {@link findPlainErrors} for the repository at `root`. */
export async function checkPlainErrors(root: string): Promise<Findings> {
  return findPlainErrors(await readSources(root))
}

async function readSources(root: string): Promise<Map<string, string>> {
  const paths = (await listRepositoryFiles(root)).filter((path) => SOURCES.test(path) && !path.includes('/generated/'))
  const texts = await Promise.all(paths.map((path) => readText(root, path)))
  return new Map(paths.map((path, i) => [path, texts[i] ?? '']))
}
