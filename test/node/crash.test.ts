/** Killed at any moment, a node finds again whatever it has acknowledged. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { openOperatorDatabase } from '../../node/src/operator/operator-database.ts'
import { openSegments } from '../../node/src/storage/segment-store.ts'
import { CRASH_ROW_BYTES, contentOf, nameOf, rowOf } from './crash-work.ts'
import { temporaryFolder } from './temporary-folder.ts'

const ROUNDS = 10
const CHILD = fileURLToPath(new URL('./crash-child.ts', import.meta.url))

describe('a process killed with SIGKILL', function () {
  this.timeout(60_000)
  const at = temporaryFolder()

  it(`${ROUNDS} times in a row has lost nothing that it acknowledged`, async () => {
    const acknowledged: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      // The number after the last one may be half done; it was promised to nobody, and stays so.
      const first = (acknowledged.at(-1) ?? -2) + 2
      const last = await runAndKill(first, first + 1 + round)
      for (let n = first; n <= last; n++) acknowledged.push(n)
      expect(last).to.be.at.least(first)

      const database = openOperatorDatabase(at('operator.sqlite'))
      const segments = openSegments(at('segments'), CRASH_ROW_BYTES)
      const row = new Uint8Array(CRASH_ROW_BYTES)
      for (const n of acknowledged) {
        const stored = database.enrolment(n)!
        expect(stored, `enrolment ${n}`).to.include({ state: 'stored', sharesRoot: nameOf('shares', n) })
        segments.read(n, stored.rowHashes, row)
        expect(row, `row ${n}`).to.deep.equal(rowOf(n))
        expect(database.spend(nameOf('request', n), nameOf('scan', n), 1)).to.equal(`reply ${n}`)
      }
      // What the index speaks of beyond that is whole too: a row is synced before it.
      for (const { index, rowHashes } of database.enrolments()) segments.read(index, rowHashes, row)
      segments.close()
      database.close()

      // The file holds the last content or the one that was being written, and never parts of two.
      const content = readFileSync(at('latest'))
      const whole = [contentOf(last), contentOf(last + 1)].map((each) => content.equals(each))
      expect(whole).to.include(true)
    }
  })

  /** Runs the child from `first` and kills it as soon as it has acknowledged `last`; returns the last one heard. */
  async function runAndKill(first: number, last: number): Promise<number> {
    const child = spawn(process.execPath, ['--conditions=@palmhold/source', CHILD, at(), String(first)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const ended = once(child, 'close')
    let heard = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      heard += text
      if (lastOf(heard) >= last) child.kill('SIGKILL')
    })
    await ended
    expect(signalOf(child)).to.equal('SIGKILL')
    return lastOf(heard)
  }
})

function lastOf(heard: string): number {
  return Number(heard.split('\n').at(-2) ?? -1)
}

function signalOf(child: ChildProcess): NodeJS.Signals | null {
  return child.signalCode
}
