/** Pictures: their headers, which are read before memory is spent, and the whole way to pixels. */

import { createCanvas } from '@napi-rs/canvas'
import { createSyntheticPalm, renderRoi } from '@palmhold/palm'
import { decodePicture, encodePng, MAX_PICTURE_PIXELS } from '../../../node/src/pictures/decode-picture.ts'
import { isCompletePicture, readPictureHeader } from '../../../node/src/pictures/picture-header.ts'
import type { FuzzTarget } from '../fuzz-target.ts'
import { nearBytes } from './near-seeds.ts'

/** Pixels of 4 bytes, decoded and drawn: what the largest picture may take, however small its file. */
const DECODED_BYTES = 3 * 4 * MAX_PICTURE_PIXELS

function somePictures(): Uint8Array[] {
  const palm = renderRoi(createSyntheticPalm('fuzz'), { session: 1, index: 1 })
  const canvas = createCanvas(24, 16)
  const context = canvas.getContext('2d')
  context.fillStyle = '#7a5'
  context.fillRect(2, 2, 9, 9)
  return [
    encodePng(palm),
    canvas.toBuffer('image/png'),
    canvas.toBuffer('image/jpeg'),
    bitmap(24),
    bitmap(8),
    bitmap(1),
  ]
}

/** An uncompressed 8 x 4 bitmap with a BITMAPINFOHEADER. */
function bitmap(bitsPerPixel: number): Uint8Array {
  const [width, height] = [8, 4]
  const rowBytes = (Math.ceil((width * bitsPerPixel) / 8) + 3) & ~3
  const palette = bitsPerPixel <= 8 ? 4 * 2 ** bitsPerPixel : 0
  const bytes = new Uint8Array(54 + palette + rowBytes * height)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, 0x424d)
  view.setUint32(2, bytes.length, true)
  view.setUint32(10, 54 + palette, true)
  view.setUint32(14, 40, true)
  view.setInt32(18, width, true)
  view.setInt32(22, height, true)
  view.setUint16(26, 1, true)
  view.setUint16(28, bitsPerPixel, true)
  return bytes
}

export const pictureTargets: readonly FuzzTarget[] = [
  nearBytes(somePictures, {
    name: 'pictures/header',
    weight: 60,
    decode(input) {
      const header = readPictureHeader(input)
      if (!header) return { ok: false, reason: 'no header' }
      return isCompletePicture(input, header) ? header : { ok: false, reason: 'not complete' }
    },
  }),
  nearBytes(somePictures, {
    name: 'pictures/pixels',
    weight: 3,
    decode: decodePicture,
    memoryBytes: () => DECODED_BYTES,
    complaint(result) {
      const { width, height, data } = result as { width: number; height: number; data: Uint8Array }
      return data.length === 4 * width * height && width * height <= MAX_PICTURE_PIXELS ? undefined : 'too many pixels'
    },
  }),
]
