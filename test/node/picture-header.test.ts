/** Headers of pictures that were made to deceive: a size that the decoder would not see, or a file that ends in the header. */

import { expect } from 'chai'
import { decodePicture, encodePng } from '../../node/src/pictures/decode-picture.ts'
import { readPictureHeader } from '../../node/src/pictures/picture-header.ts'

/** PNG chunk: length, type, content and a checksum that is not looked at here. */
function chunk(type: string, content: readonly number[]): number[] {
  return [0, 0, 0, content.length, ...Buffer.from(type), ...content, 0, 0, 0, 0]
}

const PNG_SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
const SMALL = [0, 0, 0, 8, 0, 0, 0, 8]
const HUGE = [0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff, 8, 2, 0, 0, 0]
/** A frame header of 65,500 x 65,500 pixels, three components. */
const JPEG_FRAME = [0xff, 0xc0, 0, 17, 8, 0xff, 0xdc, 0xff, 0xdc, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1]

describe('a picture that deceives', () => {
  const cases: Record<string, number[]> = {
    'a PNG whose size stands in a chunk before IHDR': [
      ...PNG_SIGNATURE,
      ...chunk('abCd', SMALL),
      ...chunk('IHDR', HUGE),
    ],
    'a JPEG with a marker that would hide its frame': [0xff, 0xd8, 0xff, 0x01, ...JPEG_FRAME, ...Array(30).fill(0)],
    'a JPEG that begins twice': [0xff, 0xd8, 0xff, 0xd8, ...JPEG_FRAME, ...Array(30).fill(0)],
  }
  for (const [name, bytes] of Object.entries(cases))
    it(`has no header: ${name}`, () => {
      expect(readPictureHeader(Uint8Array.from(bytes))).to.equal(undefined)
    })

  it('is refused by name wherever it ends', async () => {
    const bitmap = new Uint8Array(60)
    const view = new DataView(bitmap.buffer)
    view.setUint16(0, 0x424d)
    view.setUint32(14, 40, true)
    view.setInt32(18, 1, true)
    view.setInt32(22, 1000, true)
    const png = encodePng({ width: 4, height: 4, data: new Uint8Array(16) })
    for (const whole of [bitmap, png])
      for (let length = 0; length < 54; length++) {
        const failure = await decodePicture(whole.subarray(0, length)).catch((error: unknown) => error)
        expect(failure, `${length} bytes`).to.have.property('code', 'PALM_NOT_A_PICTURE')
      }
  })
})
