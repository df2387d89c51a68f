import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { openSegments } from '../../node/src/storage/segment-store.ts'
import { HASH_BYTES, LOAD_ROWS, loadRows } from '../../node/src/workers/row-loader.ts'
import { seededRandom } from '../matching/in-memory.ts'
import { temporaryFolder } from './temporary-folder.ts'

const ROW_BYTES = 96

describe('row loader', () => {
  const at = temporaryFolder()
  const random = seededRandom('loader')

  it('brings the wanted rows, names the damaged ones, and leaves zeros in place of all others', async () => {
    const rows = 3 * LOAD_ROWS + 7
    const wanted = [0, 1, LOAD_ROWS - 1, LOAD_ROWS, 2 * LOAD_ROWS + 5, 3 * LOAD_ROWS + 6]
    const unwanted = [2, LOAD_ROWS + 1]
    const folder = at('rows')
    const segments = openSegments(folder, ROW_BYTES)
    const written = new Map([...wanted, ...unwanted].map((slot) => [slot, random(ROW_BYTES)]))
    const hashes = new Uint8Array(new SharedArrayBuffer(HASH_BYTES * rows))
    for (const [slot, row] of written) {
      const hash = segments.write(slot, row)
      if (wanted.includes(slot)) hashes.set(hash, HASH_BYTES * slot)
    }
    // One row that was written otherwise, and one that never was.
    const damaged = [LOAD_ROWS, 3 * LOAD_ROWS + 1]
    segments.write(damaged[0]!, random(ROW_BYTES))
    hashes.set(random(HASH_BYTES), HASH_BYTES * damaged[1]!)
    segments.close()

    const target = new Uint8Array(new SharedArrayBuffer(rows * ROW_BYTES)).fill(0xee)
    expect(await loadRows({ folder, rowBytes: ROW_BYTES, target, hashes })).to.deep.equal(damaged)
    for (let slot = 0; slot < rows; slot++) {
      const isThere = wanted.includes(slot) && !damaged.includes(slot)
      const expected = isThere ? written.get(slot)! : new Uint8Array(ROW_BYTES)
      if (!Buffer.from(expected).equals(target.subarray(slot * ROW_BYTES, (slot + 1) * ROW_BYTES)))
        expect.fail(`slot ${slot}`)
    }
  })

  it('has nothing to do for no rows', async () => {
    const nothing = new Uint8Array(new SharedArrayBuffer(0))
    expect(await loadRows({ folder: at('none'), rowBytes: ROW_BYTES, target: nothing, hashes: nothing })).to.deep.equal(
      [],
    )
  })

  it('names a folder that cannot be read', async () => {
    const file = join(at('file'))
    writeFileSync(file, '')
    const target = new Uint8Array(new SharedArrayBuffer(ROW_BYTES))
    const hashes = new Uint8Array(new SharedArrayBuffer(HASH_BYTES))
    const error = await loadRows({ folder: file, rowBytes: ROW_BYTES, target, hashes }).catch((reason) => reason)
    expect(error.code).to.equal('PALM_WORKER_FAILED')
  })
})
