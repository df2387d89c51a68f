/** A command ends at its time limit with all that it started, and what it printed and how it ended are known. */

import { join } from 'node:path'
import { expect } from 'chai'
import { type GroupResult, runInGroup } from '../../scripts/process-group.ts'

const ROOT = join(import.meta.dirname, '../..')
const LONG_MS = 60_000

/** Runs `script` under Node. */
function run(script: string, timeoutMs = LONG_MS): Promise<GroupResult> {
  return runInGroup(process.execPath, ['--eval', script], { cwd: '.', timeoutMs, output: 'capture' })
}

/**
 * A process that prints the pid of one that it starts and that would never end, then runs `rest`. The other one holds its
 * stdout, so a run gives a result only once that is gone too.
 */
const withChild = (rest: string) => `
  const child = require('node:child_process').spawn(process.execPath, ['--eval', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' })
  require('node:fs').writeSync(1, child.pid + '\\n')
  ${rest}`

describe('a command in a group of its own', () => {
  it('gives its output and exit code', async () => {
    const result = await run("console.log('out'); console.error('err'); process.exit(7)")
    expect(result).to.deep.equal({ exitCode: 7, timedOut: false, stdout: 'out\n', stderr: 'err\n' })
  })

  it('gives 128 and the signal that ended it', async () => {
    expect((await run("process.kill(process.pid, 'SIGKILL')")).exitCode).to.equal(137)
  })

  it('says so when there is no such command', async () => {
    const options = { cwd: '.', timeoutMs: LONG_MS, output: 'capture' } as const
    const { exitCode, stderr } = await runInGroup('no-such-command-here', [], options)
    expect(exitCode).to.equal(-1)
    expect(stderr).to.include('no-such-command-here')
  })

  it('is ended at its time limit with all that it started', async () => {
    const { timedOut, exitCode, stdout } = await run(withChild('setInterval(() => {}, 1000)'), 3000)
    expect(timedOut).to.equal(true)
    expect(exitCode).not.to.equal(0)
    expect(Number(stdout)).to.be.above(0)
  })

  it('leaves nothing of its group behind when it ends by itself', async () => {
    const { timedOut, exitCode, stdout } = await run(withChild('process.exit(0)'))
    expect(Number(stdout)).to.be.above(0)
    expect({ timedOut, exitCode }).to.deep.equal({ timedOut: false, exitCode: 0 })
  })

  it('leaves its script the exit code that it ends with, behind the launcher too', async () => {
    const launched = async (...args: string[]) =>
      (
        await runInGroup(process.execPath, ['scripts/launch.mjs', ...args], {
          cwd: ROOT,
          timeoutMs: LONG_MS,
          output: 'capture',
        })
      ).exitCode
    // The first runs a command in a group, and the launcher's channel closes after it.
    expect(await launched('check', 'lint')).to.equal(0)
    expect(await launched('check', 'no-such-check')).to.equal(1)
  })
})
