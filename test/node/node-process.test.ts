/** How a node's process ends: at once while it starts, and cleanly once it runs. */

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { expect } from 'chai'
import { temporaryFolder } from './temporary-folder.ts'

/** What a node that runs is given to stop; one that starts has to be quicker. */
const STOP_TIMEOUT_MS = 8_000

describe('the process of a node', function () {
  this.timeout(30_000)
  const at = temporaryFolder()

  /** Ends a node by `end` once it has told something; what it wrote, and how it ended, in time or not. */
  async function ended(hangs: boolean, end: (child: ReturnType<typeof fork>) => void) {
    const config = at(`config-${hangs}.json`)
    writeFileSync(config, JSON.stringify({ hangs }))
    const child = fork(new URL('./node-process-child.ts', import.meta.url), [config], {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    })
    let output = ''
    child.stdout!.on('data', (chunk) => {
      output += chunk
    })
    await once(child, 'message')
    // A child that was disconnected tells no `close`.
    const gone = Promise.all([once(child, 'exit'), once(child.stdout!, 'close')])
    const late = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
    end(child)
    const [[code]] = await gone
    clearTimeout(late)
    return { code, output }
  }

  it('does not wait for a start that comes to nothing, told to end or left alone', async () => {
    expect(await ended(true, (child) => child.kill('SIGTERM'))).to.deep.equal({ code: 0, output: '' })
    expect(await ended(true, (child) => child.disconnect())).to.deep.equal({ code: 0, output: '' })
  })

  it('stops what runs to its end', async () => {
    expect(await ended(false, (child) => child.kill('SIGTERM'))).to.deep.equal({ code: 0, output: 'stopped\n' })
  })
})
