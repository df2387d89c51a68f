/**
 * Entry of the process that holds the local chain: starts anvil and ends it when its own parent goes, however that
 * happens, since anvil itself watches nobody. Arguments: the path of anvil, then what to pass to it.
 */

import { spawn } from 'node:child_process'

const [binary, ...args] = process.argv.slice(2)
const anvil = spawn(binary!, args, { stdio: ['ignore', 'inherit', 'inherit'] })

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
