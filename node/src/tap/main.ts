/**
 * Loaded before a node's own code where its launcher watches it (`startChild` with `tap`), and in no other way. Worker
 * threads inherit the option; they send nothing.
 */

import { isMainThread } from 'node:worker_threads'

if (isMainThread) (await import('./tap-process.ts')).tapThisProcess()
