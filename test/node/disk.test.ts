import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { PalmError } from '@palmhold/base'
import { expect } from 'chai'
import {
  asDiskError,
  DiskError,
  DiskFullError,
  ensureFolder,
  onDisk,
  readFileIfThere,
  writeFileAtomically,
} from '../../node/src/storage/disk.ts'
import { FULL_DEVICE, hasFullDevice, temporaryFolder } from './temporary-folder.ts'

describe('files on disk', () => {
  const at = temporaryFolder()

  it('are written whole, with their folders, for their owner alone', () => {
    writeFileAtomically(at('a', 'b', 'file'), 'first')
    writeFileAtomically(at('a', 'b', 'file'), Uint8Array.of(1, 2, 3))
    expect(readFileIfThere(at('a', 'b', 'file'))).to.deep.equal(Buffer.of(1, 2, 3))
    expect(statSync(at('a', 'b', 'file')).mode & 0o777).to.equal(0o600)
    expect(statSync(at('a', 'b')).mode & 0o777).to.equal(0o700)
    expect(readdirSync(at('a', 'b'))).to.deep.equal(['file'])
  })

  it('may be empty, and may be missing', () => {
    writeFileAtomically(at('empty'), '')
    expect(readFileIfThere(at('empty'))?.length).to.equal(0)
    expect(readFileIfThere(at('missing'))).to.equal(undefined)
  })

  it('keep their old content when the disk is full, and nothing half-written beside it', function () {
    if (!hasFullDevice) this.skip()
    const path = at('precious')
    writeFileAtomically(path, 'old')
    // What is written next goes to a device without room.
    symlinkSync(FULL_DEVICE, `${path}.${process.pid}.new`)
    expect(() => writeFileAtomically(path, 'new'))
      .to.throw(DiskFullError)
      .with.property('code', 'PALM_DISK_FULL')
    expect(readFileSync(path, 'utf8')).to.equal('old')
    expect(readdirSync(at()).filter((name) => name.startsWith('precious'))).to.deep.equal(['precious'])
    writeFileAtomically(path, 'new')
    expect(readFileSync(path, 'utf8')).to.equal('new')
  })

  it('are named when they are in the way', () => {
    writeFileSync(at('a file'), '')
    mkdirSync(at('a folder'))
    for (const work of [
      () => writeFileAtomically(at('a file', 'below'), 'x'),
      () => readFileIfThere(at('a folder')),
      () => writeFileAtomically(at('a folder'), 'x'),
    ])
      expect(work).to.throw(DiskError).with.property('code', 'PALM_DISK_FAILED')
    expect(() => ensureFolder(at('a file'))).to.throw(DiskError)
  })
})

describe('what a disk refuses', () => {
  const failure = (fields: object) => Object.assign(new Error('secret path'), fields)

  for (const [name, cause, code] of [
    ['ENOSPC', failure({ code: 'ENOSPC' }), 'PALM_DISK_FULL'],
    ['EDQUOT', failure({ code: 'EDQUOT' }), 'PALM_DISK_FULL'],
    ['SQLITE_FULL', failure({ code: 'ERR_SQLITE_ERROR', errcode: 13 }), 'PALM_DISK_FULL'],
    ['EACCES', failure({ code: 'EACCES' }), 'PALM_DISK_FAILED'],
    ['EROFS', failure({ code: 'EROFS' }), 'PALM_DISK_FAILED'],
    ['EIO', failure({ code: 'EIO' }), 'PALM_DISK_FAILED'],
    ['SQLITE_IOERR', failure({ code: 'ERR_SQLITE_ERROR', errcode: 10 }), 'PALM_DISK_FAILED'],
    ['SQLITE_IOERR_FSYNC', failure({ code: 'ERR_SQLITE_ERROR', errcode: 10 | (4 << 8) }), 'PALM_DISK_FAILED'],
    ['SQLITE_READONLY', failure({ code: 'ERR_SQLITE_ERROR', errcode: 8 }), 'PALM_DISK_FAILED'],
    ['SQLITE_CANTOPEN', failure({ code: 'ERR_SQLITE_ERROR', errcode: 14 }), 'PALM_DISK_FAILED'],
  ] as const)
    it(`${name} is ${code}, with its cause and without its text`, () => {
      const named = asDiskError(cause) as DiskError
      expect(named).to.be.instanceOf(DiskError)
      expect(named).to.include({ code, cause })
      expect(named.message).not.to.include('secret')
      expect(named.hints.length).to.be.greaterThan(0)
      expect(asDiskError(named)).to.equal(named)
    })

  it('is not whatever else fails', () => {
    for (const cause of [new RangeError('x'), failure({ code: 'ENOENT' }), new PalmError('PALM_X', 'x'), null, 'text'])
      expect(asDiskError(cause)).to.equal(cause)
    const inner = new RangeError('inner')
    expect(() =>
      onDisk(() => {
        throw inner
      }),
    ).to.throw(inner)
    expect(onDisk(() => 7)).to.equal(7)
  })
})
