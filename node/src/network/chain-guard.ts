/**
 * Entry of the process that holds the local chain: starts anvil and ends it when its own parent goes, however that
 * happens, since anvil itself watches nobody. Its process id is left in a file, for whoever finds anvil alive after this
 * process was killed. Arguments: that file, the path of anvil, then what to pass to it.
 */

import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { keepChainState } from './chain-state.ts'

const KEEP_EVERY_MS = 1_000

const [pidFile, binary, ...args] = process.argv.slice(2)
const anvil = spawn(binary!, args, { stdio: ['ignore', 'inherit', 'inherit'] })

if (anvil.pid !== undefined) writeFileSync(pidFile!, String(anvil.pid), { mode: 0o600 })
setInterval(() => keepChainState(dirname(pidFile!)), KEEP_EVERY_MS).unref()
const stop = () => void anvil.kill('SIGTERM')
process.on('disconnect', stop)
// The parent may have gone before this ran.
if (!process.connected) stop()
process.on('SIGTERM', stop)
// Ctrl-C goes to the whole group; who ends the chain, and when, is the parent's business.
process.on('SIGINT', () => {})
anvil.on('error', (error) => {
  process.stderr.write(`${error.message}\n`)
  process.exit(1)
})
anvil.on('spawn', () => process.send?.({ kind: 'spawned', pid: anvil.pid }))
anvil.on('exit', (code) => process.exit(code ?? 0))
