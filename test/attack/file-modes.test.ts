/** A data folder that was made by hand may be readable by all; what a node writes into it must not be. */

import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'

const source = (path: string) => JSON.stringify(new URL(`../../node/src/${path}`, import.meta.url).href)

describe('the files of a node', () => {
  const folder = mkdtempSync(join(tmpdir(), 'palmhold-attack-'))
  after(() => rmSync(folder, { recursive: true }))

  it('are readable by their owner alone, whatever the folder is', () => {
    chmodSync(folder, 0o755)
    writeFileSync(join(folder, 'config.json'), '{}', { mode: 0o644 })
    const program = `
      import { z } from 'zod'
      import { runNodeProcess } from ${source('runtime/node-process.ts')}
      import { openOperatorDatabase } from ${source('operator/operator-database.ts')}
      await runNodeProcess(z.object({}), async () => {
        openOperatorDatabase(${JSON.stringify(join(folder, 'operator.sqlite'))}).setFact('name', 'value')
        process.exit(0)
      })`
    const args = [
      '--conditions=@palmhold/source',
      '--input-type=module',
      '-e',
      program,
      'main.ts',
      join(folder, 'config.json'),
    ]
    execFileSync(process.execPath, args, { cwd: import.meta.dirname, stdio: 'inherit' })
    const written = readdirSync(folder).filter((name) => name !== 'config.json')
    expect(written).to.include('operator.sqlite')
    for (const name of written) expect(statSync(join(folder, name)).mode & 0o077, name).to.equal(0)
  })
})
