import { writeFileSync } from 'node:fs'
import { errorCode } from '@palmhold/base'
import { expect } from 'chai'
import { openSegments } from '../../node/src/storage/segment-store.ts'
import { HASH_BYTES, LOAD_ROWS, type LoadTarget, loadRows } from '../../node/src/workers/row-loader.ts'
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

    const targets = [64, 32].map((rowBytes) => targetOf(rows, rowBytes))
    expect(await loadRows({ folder, targets, hashes })).to.deep.equal(damaged)
    for (let slot = 0; slot < rows; slot++) {
      const isThere = wanted.includes(slot) && !damaged.includes(slot)
      const expected = isThere ? written.get(slot)! : new Uint8Array(ROW_BYTES)
      const loaded = targets.map(({ memory, rowBytes }) => memory.subarray(slot * rowBytes, (slot + 1) * rowBytes))
      if (!Buffer.from(expected).equals(Buffer.concat(loaded))) expect.fail(`slot ${slot}`)
    }
  })

  it('has nothing to do for no rows', async () => {
    const hashes = new Uint8Array(new SharedArrayBuffer(0))
    expect(await loadRows({ folder: at('none'), targets: [targetOf(0, ROW_BYTES)], hashes })).to.deep.equal([])
  })

  for (const [name, rows, code] of [
    ['on the thread that calls', 1, 'PALM_DISK_FAILED'],
    ['on others', 2 * LOAD_ROWS, 'PALM_WORKER_FAILED'],
  ] as const)
    it(`names a folder that cannot be read, ${name}`, async () => {
      const file = at(`file ${rows}`)
      writeFileSync(file, '')
      const hashes = new Uint8Array(new SharedArrayBuffer(rows * HASH_BYTES))
      const loading = loadRows({ folder: file, targets: [targetOf(rows, ROW_BYTES)], hashes })
      expect(await loading.catch(errorCode)).to.equal(code)
    })
})

function targetOf(rows: number, rowBytes: number): LoadTarget {
  return { memory: new Uint8Array(new SharedArrayBuffer(rows * rowBytes)).fill(0xee), rowBytes }
}
