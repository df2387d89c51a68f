/** Picture files: what is read exactly, and what is refused by name. */

import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSyntheticPalm, renderRoi, toGrey } from '@palmhold/palm'
import { expect } from 'chai'
import { decodePicture, encodePng, MAX_PICTURE_BYTES } from '../../node/src/pictures/decode-picture.ts'
import { readPicture } from '../../node/src/pictures/read-picture.ts'

const roi = renderRoi(createSyntheticPalm('file'), { session: 1, index: 1 })

async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise
  } catch (error) {
    return (error as { code?: unknown }).code
  }
  return 'no error'
}

/** An 8-bit grey BMP with a palette, as cameras and old data sets write it: rows from the bottom. */
function greyBmp(width: number, height: number, data: Uint8Array): Buffer {
  const stride = (width + 3) & ~3
  const bytes = Buffer.alloc(54 + 1024 + stride * height)
  bytes.write('BM')
  bytes.writeUInt32LE(bytes.length, 2)
  bytes.writeUInt32LE(54 + 1024, 10)
  bytes.writeUInt32LE(40, 14)
  bytes.writeInt32LE(width, 18)
  bytes.writeInt32LE(height, 22)
  bytes.writeUInt16LE(1, 26)
  bytes.writeUInt16LE(8, 28)
  bytes.writeUInt32LE(stride * height, 34)
  bytes.writeUInt32LE(256, 46)
  for (let i = 0; i < 256; i++) bytes.writeUInt32LE(i * 0x010101, 54 + 4 * i)
  for (let y = 0; y < height; y++)
    bytes.set(data.subarray((height - 1 - y) * width, (height - y) * width), 1078 + y * stride)
  return bytes
}

/** A JPEG of 16 x 12 pixels of the colour #b08060. */
const JPEG = Buffer.from(
  [
    '/9j/4AAQSkZJRgABAQAAAQABAAD/4gHYSUNDX1BST0ZJTEUAAQEAAAHIAAAAAAQwAABtbnRyUkdCIFhZWiAH4AABAAEAAAAAAABh',
    'Y3NwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAQAA9tYAAQAAAADTLQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
    'AAAAAAAAAAAAAAAAAAAAAAAAAAlkZXNjAAAA8AAAACRyWFlaAAABFAAAABRnWFlaAAABKAAAABRiWFlaAAABPAAAABR3dHB0AAAB',
    'UAAAABRyVFJDAAABZAAAAChnVFJDAAABZAAAAChiVFJDAAABZAAAAChjcHJ0AAABjAAAADxtbHVjAAAAAAAAAAEAAAAMZW5VUwAA',
    'AAgAAAAcAHMAUgBHAEJYWVogAAAAAAAAb6IAADj1AAADkFhZWiAAAAAAAABimQAAt4UAABjaWFlaIAAAAAAAACSgAAAPhAAAts9Y',
    'WVogAAAAAAAA9tYAAQAAAADTLXBhcmEAAAAAAAQAAAACZmYAAPKnAAANWQAAE9AAAApbAAAAAAAAAABtbHVjAAAAAAAAAAEAAAAM',
    'ZW5VUwAAACAAAAAcAEcAbwBvAGcAbABlACAASQBuAGMALgAgADIAMAAxADb/2wBDAA0JCgsKCA0LCgsODg0PEyAVExISEyccHhcg',
    'LikxMC4pLSwzOko+MzZGNywtQFdBRkxOUlNSMj5aYVpQYEpRUk//2wBDAQ4ODhMREyYVFSZPNS01T09PT09PT09PT09PT09PT09P',
    'T09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT0//wAARCAAMABADASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAP/',
    'xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFAEBAAAAAAAAAAAAAAAAAAAABP/EABQRAQAAAAAAAAAAAAAAAAAAAAD/2gAMAwEAAhED',
    'EQA/ALgAnv/Z',
  ].join(''),
  'base64',
)

describe('decodePicture', () => {
  it('gives back the exact grey values of a PNG', async () => {
    const picture = await decodePicture(encodePng(roi))
    expect([picture.width, picture.height]).to.deep.equal([128, 128])
    expect(toGrey(picture).data).to.deep.equal(roi.data)
  })

  it('gives back the exact grey values of an 8-bit BMP', async () => {
    const picture = await decodePicture(greyBmp(128, 128, roi.data))
    expect(toGrey(picture).data).to.deep.equal(roi.data)
  })

  it('reads JPEG, and colours', async () => {
    const picture = await decodePicture(JPEG)
    expect([picture.width, picture.height]).to.deep.equal([16, 12])
    const [r, g, b, a] = picture.data.subarray(0, 4)
    expect(r).to.be.closeTo(0xb0, 6)
    expect(g).to.be.closeTo(0x80, 6)
    expect(b).to.be.closeTo(0x60, 6)
    expect(a).to.equal(255)
  })

  const png = encodePng(roi)
  const huge = Buffer.from(png)
  huge.writeUInt32BE(60_000, 16)
  huge.writeUInt32BE(60_000, 20)
  const refused: [string, string, Uint8Array][] = [
    ['nothing', 'PALM_NOT_A_PICTURE', new Uint8Array(0)],
    ['text', 'PALM_NOT_A_PICTURE', Buffer.from('this is not a picture, however long it goes on')],
    ['an SVG', 'PALM_NOT_A_PICTURE', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')],
    ['a PNG cut short', 'PALM_NOT_A_PICTURE', png.subarray(0, 60)],
    ['a PNG cut in half', 'PALM_NOT_A_PICTURE', png.subarray(0, png.length >> 1)],
    ['a JPEG cut short in its header', 'PALM_NOT_A_PICTURE', JPEG.subarray(0, 40)],
    ['a JPEG without its end', 'PALM_NOT_A_PICTURE', JPEG.subarray(0, -2)],
    ['a BMP without its last row', 'PALM_NOT_A_PICTURE', greyBmp(128, 128, roi.data).subarray(0, -128)],
    ['a PNG head before other bytes', 'PALM_NOT_A_PICTURE', Buffer.concat([png.subarray(0, 33), Buffer.alloc(99, 7)])],
    ['a PNG that claims 3.6 thousand million pixels', 'PALM_PICTURE_TOO_LARGE', huge],
    ['a file that is too long', 'PALM_PICTURE_TOO_LARGE', new Uint8Array(MAX_PICTURE_BYTES + 1)],
  ]
  for (const [name, code, bytes] of refused)
    it(`refuses ${name}: ${code}`, async () => {
      expect(await codeOf(decodePicture(bytes))).to.equal(code)
    })
})

describe('readPicture', () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'palm-pictures-'))
  })
  after(() => rm(folder, { recursive: true }))

  it('reads a file', async () => {
    await writeFile(join(folder, 'palm.png'), encodePng(roi))
    expect((await readPicture(join(folder, 'palm.png'))).width).to.equal(128)
  })

  it('says that a file is missing, or is a folder', async () => {
    expect(await codeOf(readPicture(join(folder, 'none.png')))).to.equal('PALM_FILE_UNREADABLE')
    expect(await codeOf(readPicture(folder))).to.equal('PALM_FILE_UNREADABLE')
  })

  it('says that a file may not be read', async function () {
    // The superuser may read everything.
    if (process.getuid?.() === 0) this.skip()
    await writeFile(join(folder, 'secret.png'), encodePng(roi))
    await chmod(join(folder, 'secret.png'), 0)
    expect(await codeOf(readPicture(join(folder, 'secret.png')))).to.equal('PALM_FILE_UNREADABLE')
  })

  it('says that a file is no picture', async () => {
    await writeFile(join(folder, 'notes.png'), 'notes')
    expect(await codeOf(readPicture(join(folder, 'notes.png')))).to.equal('PALM_NOT_A_PICTURE')
  })
})
