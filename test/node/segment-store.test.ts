import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sha256 } from '@noble/hashes/sha2.js'
import { expect } from 'chai'
import { DiskFullError } from '../../node/src/storage/disk.ts'
import { openSegments, ROWS_PER_SEGMENT, RowDamagedError } from '../../node/src/storage/segment-store.ts'
import { seededRandom } from '../matching/in-memory.ts'
import { FULL_DEVICE, hasFullDevice, temporaryFolder } from './temporary-folder.ts'

const ROW_BYTES = 96
const FIRST = 'segment-00000.rows'

describe('segments', () => {
  const at = temporaryFolder()
  const random = seededRandom('segments')
  const target = new Uint8Array(ROW_BYTES)

  it('give back each row that was written, under its SHA-256, after a restart too', () => {
    const slots = [3, 0, 7, 1]
    const rows = slots.map(() => random(ROW_BYTES))
    const segments = openSegments(at('rows'), ROW_BYTES)
    const hashes = slots.map((slot, i) => segments.write(slot, rows[i]!))
    for (const [i, hash] of hashes.entries()) expect(new Uint8Array(hash)).to.deep.equal(sha256(rows[i]!))
    segments.close()
    const again = openSegments(at('rows'), ROW_BYTES)
    for (const [i, slot] of slots.entries()) {
      again.read(slot, hashes[i]!, target)
      expect(target).to.deep.equal(rows[i])
    }
    again.close()
    expect(statSync(at('rows', FIRST)).mode & 0o777).to.equal(0o600)
    expect(readFileSync(at('rows', FIRST)).subarray(3 * ROW_BYTES, 4 * ROW_BYTES)).to.deep.equal(Buffer.from(rows[0]!))
  })

  it('overwrite a row in place', () => {
    const segments = openSegments(at('overwrite'), ROW_BYTES)
    const old = segments.write(5, random(ROW_BYTES))
    const row = random(ROW_BYTES)
    const hash = segments.write(5, row)
    segments.read(5, hash, target)
    expect(target).to.deep.equal(row)
    expect(() => segments.read(5, old, target)).to.throw(RowDamagedError)
    expect(statSync(at('overwrite', FIRST)).size).to.equal(6 * ROW_BYTES)
    segments.close()
  })

  it('begin a file of their own every 65,536 rows', () => {
    const segments = openSegments(at('many'), ROW_BYTES)
    const slots = [ROWS_PER_SEGMENT - 1, ROWS_PER_SEGMENT, 3 * ROWS_PER_SEGMENT + 2]
    const rows = slots.map(() => random(ROW_BYTES))
    const hashes = slots.map((slot, i) => segments.write(slot, rows[i]!))
    for (const [i, slot] of slots.entries()) {
      segments.read(slot, hashes[i]!, target)
      expect(target).to.deep.equal(rows[i])
    }
    segments.close()
    expect(readdirSync(at('many')).sort()).to.deep.equal([FIRST, 'segment-00001.rows', 'segment-00003.rows'])
  })

  it('give back ranges across files, with zeros where nothing was written, and check them row by row', () => {
    const folder = at('ranges')
    const segments = openSegments(folder, ROW_BYTES)
    const slots = [ROWS_PER_SEGMENT - 3, ROWS_PER_SEGMENT - 1, ROWS_PER_SEGMENT, ROWS_PER_SEGMENT + 1]
    const rows = slots.map(() => random(ROW_BYTES))
    const hashes = slots.map((slot, i) => segments.write(slot, rows[i]!))
    const first = ROWS_PER_SEGMENT - 4
    const range = new Uint8Array(new SharedArrayBuffer(8 * ROW_BYTES)).fill(0xee)
    segments.readRange(first, range)
    const rowAt = (slot: number) => range.subarray((slot - first) * ROW_BYTES, (slot - first + 1) * ROW_BYTES)
    for (let slot = first; slot < first + 8; slot++) {
      const written = slots.indexOf(slot)
      expect([...rowAt(slot)], `slot ${slot}`).to.deep.equal(
        written < 0 ? Array(ROW_BYTES).fill(0) : [...rows[written]!],
      )
      if (written < 0) continue
      segments.check(slot, hashes[written]!, rowAt(slot))
      expect([...rowAt(slot)]).to.deep.equal([...rows[written]!])
    }
    rowAt(slots[2]!)[5]! ^= 1
    expect(() => segments.check(slots[2]!, hashes[2]!, rowAt(slots[2]!)))
      .to.throw(RowDamagedError)
      .with.property('code', 'PALM_ROW_DAMAGED')
    expect(new Set(rowAt(slots[2]!))).to.deep.equal(new Set([0]))
    segments.close()
  })

  describe('refuse, and give no byte of, a row', () => {
    const cases: [name: string, damage: (path: string) => void][] = [
      ['whose first byte was flipped', (path) => flip(path, 0)],
      ['whose last byte was flipped', (path) => flip(path, ROW_BYTES - 1)],
      ['that was torn', (path) => truncateSync(path, ROW_BYTES / 2)],
      ['that was never there', (path) => truncateSync(path, 0)],
    ]
    for (const [name, damage] of cases)
      it(name, () => {
        const folder = at(`damage ${name}`)
        const segments = openSegments(folder, ROW_BYTES)
        const hash = segments.write(0, random(ROW_BYTES))
        segments.close()
        damage(join(folder, FIRST))
        const again = openSegments(folder, ROW_BYTES)
        target.fill(0xaa)
        expect(() => again.read(0, hash, target))
          .to.throw(RowDamagedError)
          .with.property('code', 'PALM_ROW_DAMAGED')
        expect(target).to.deep.equal(new Uint8Array(ROW_BYTES))
        again.close()
      })

    it('of another slot', () => {
      const segments = openSegments(at('slots'), ROW_BYTES)
      const [hash] = [segments.write(0, random(ROW_BYTES)), segments.write(1, random(ROW_BYTES))]
      expect(() => segments.read(1, hash!, target)).to.throw(RowDamagedError)
      segments.close()
    })
  })

  it('name a disk without room', function () {
    if (!hasFullDevice) this.skip()
    mkdirSync(at('full'))
    symlinkSync(FULL_DEVICE, at('full', FIRST))
    const segments = openSegments(at('full'), ROW_BYTES)
    expect(() => segments.write(0, random(ROW_BYTES)))
      .to.throw(DiskFullError)
      .with.property('code', 'PALM_DISK_FULL')
    segments.close()
  })
})

function flip(path: string, at: number): void {
  const bytes = readFileSync(path)
  bytes[at]! ^= 1
  writeFileSync(path, bytes)
}
