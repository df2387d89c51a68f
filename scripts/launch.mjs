/**
 * The first thing that runs on a fresh machine, so it has no dependencies and is plain JavaScript for Node 20 and later.
 * It installs what the lockfile asks for when that is not there yet, then runs the TypeScript of a command under the
 * Node that came with the packages:
 *
 *     node scripts/launch.mjs COMMAND [ARGUMENT ...]      runs scripts/COMMAND.ts
 *
 * The child holds an IPC channel to this process and ends when it closes, so that even a SIGKILL here leaves nothing
 * running.
 */
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const isWindows = process.platform === 'win32'
const nodeVersion = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).devDependencies.node

/** Runs scripts/COMMAND.ts with `args`, after installing what is missing. */
export function launch(command, args) {
  if (Number(process.versions.node.split('.')[0]) < 20)
    fail('PALM_NODE_TOO_OLD', `Node ${process.version} is too old.`, 'Install Node 20 or later from nodejs.org.')
  install()
  run(command, args)
}

function install() {
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
  const stamp = join(root, 'node_modules', '.palmhold-lock')
  if (existsSync(nodeBinary()) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  process.stderr.write('Installing packages (about a minute, once) ...\n')
  // npm run by an older Node skips platform packages that ask for a newer one, so it runs under the pinned Node.
  const done = spawnSync('npx', ['-y', '-p', `node@${nodeVersion}`, 'npm', 'install', '--no-audit', '--no-fund'], {
    cwd: root,
    // stdout stays clean for --json
    stdio: ['ignore', 2, 2],
    shell: isWindows,
  })
  if (done.status !== 0)
    fail(
      'PALM_INSTALL_FAILED',
      'npm install failed.',
      'Read its messages above; check the network and the disk, then try again.',
    )
  if (!existsSync(nodeBinary()))
    fail(
      'PALM_INSTALL_FAILED',
      `npm installed no Node ${nodeVersion} (node_modules/.bin/node is missing).`,
      'Is npm set to ignore scripts? `npm config get ignore-scripts` should print false. Delete node_modules and try again.',
    )
  mkdirSync(dirname(stamp), { recursive: true })
  const installed = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
  writeFileSync(stamp, installed)
}

function run(command, args) {
  const script = join(root, 'scripts', `${command}.ts`)
  const child = spawn(nodeBinary(), ['--conditions=@palmhold/source', script, ...args], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: {
      ...process.env,
      PATH: `${join(root, 'node_modules', '.bin')}${isWindows ? ';' : ':'}${process.env.PATH ?? ''}`,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(root, 'node_modules', '.cache', 'palmhold-compile'),
    },
  })
  // A terminal's Ctrl-C reaches the child by itself; the others are handed on.
  process.on('SIGINT', () => {})
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 1)))
}

function nodeBinary() {
  return join(root, 'node_modules', '.bin', isWindows ? 'node.cmd' : 'node')
}

function fail(code, message, hint) {
  process.stderr.write(`${code}: ${message}\n  ${hint}\n`)
  process.exit(1)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [command, ...args] = process.argv.slice(2)
  launch(command, args)
}
