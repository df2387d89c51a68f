/** Bundles a TypeScript file for a page, as the wallet is bundled: from the sources of the packages. */

import { fileURLToPath } from 'node:url'
import { build, defaultClientConditions } from 'vite'

/** One script that defines the exports of `entry` as the global `name`. */
export async function bundleForPage(entry: URL, name: string): Promise<string> {
  const output = await build({
    configFile: false,
    root: fileURLToPath(new URL('.', import.meta.url)),
    logLevel: 'error',
    resolve: { conditions: ['@palmhold/source', ...defaultClientConditions] },
    build: {
      write: false,
      minify: false,
      lib: { entry: fileURLToPath(entry), formats: ['iife'], name },
    },
  })
  const [bundle] = [output].flat()
  if (!bundle || !('output' in bundle)) return ''
  return bundle.output[0].code
}
