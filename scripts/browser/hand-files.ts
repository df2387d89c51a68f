/** The files of the hand finder, served to a page by the process that drives it. */

import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { MEDIAPIPE_FILES } from '@palmhold/capture'
import type { Page } from 'playwright-core'

/** Where {@link serveHandFiles} serves them. */
export const HAND_FILES_PATH = '/hands/'

const TYPES: Readonly<Record<string, string>> = { js: 'text/javascript', wasm: 'application/wasm' }

/** The folder in which the package has them. */
export function handFilesFolder(): string {
  return dirname(fileURLToPath(import.meta.resolve('@mediapipe/hands')))
}

/** Answers `page`'s requests below {@link HAND_FILES_PATH}. */
export async function serveHandFiles(page: Page): Promise<void> {
  const folder = handFilesFolder()
  for (const name of MEDIAPIPE_FILES)
    await page.route(`**${HAND_FILES_PATH}${name}`, (route) =>
      route.fulfill({
        path: join(folder, name),
        contentType: TYPES[name.split('.').at(-1)!] ?? 'application/octet-stream',
      }),
    )
}
