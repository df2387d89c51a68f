/**
 * Entry of the process that bundles the terminal page: `main.ts FOLDER`. A process of its own, so that the bundler and
 * its plugins never run where a verifier's keys are.
 */

import { fileURLToPath } from 'node:url'
import { build, defaultClientConditions } from 'vite'

const [outDir] = process.argv.slice(2)

await build({
  configFile: false,
  root: fileURLToPath(new URL('../../terminal', import.meta.url)),
  base: '/terminal/',
  logLevel: 'warn',
  publicDir: false,
  resolve: { conditions: ['@palmhold/source', ...defaultClientConditions] },
  oxc: { jsx: { runtime: 'automatic' } },
  build: {
    outDir: outDir!,
    emptyOutDir: true,
    target: 'es2024',
    // Data URLs would need a laxer content security policy.
    assetsInlineLimit: 0,
    modulePreload: false,
    chunkSizeWarningLimit: 2_000,
  },
})
