/** The files of the hand finder, served to a page by the process that drives it. */

import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { MEDIAPIPE_FILES } from '@palmhold/capture'
import type { Page } from 'playwright-core'

/** Where {@link serveHandFiles} serves them. */
export const HAND_FILES_PATH = '/hands/'

const TYPES: Readonly<Record<string, string>> = { js: 'text/javascript', wasm: 'application/wasm' }

/** The folder in which the package of the capture's choice has them. */
export function handFilesFolder(): string {
  const capture = createRequire(new URL('../../packages/capture/package.json', import.meta.url))
  return dirname(capture.resolve('@mediapipe/hands'))
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
