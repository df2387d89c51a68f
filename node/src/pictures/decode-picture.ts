/**
 * Picture files to pixels and back, by Skia (@napi-rs/canvas). Only PNG, JPEG and BMP are taken: the decoder knows more
 * formats than anybody needs to attack.
 */

import { createCanvas, type Image, loadImage } from '@napi-rs/canvas'
import { PalmError } from '@palmhold/base'
import { type GreyImage, isGrey, type RgbaImage } from '@palmhold/palm'
import { isCompletePicture, readPictureHeader } from './picture-header.ts'

/** Largest file that is read, bytes. */
export const MAX_PICTURE_BYTES = 32 * 1024 * 1024
/** Largest picture that is decoded, pixels. */
export const MAX_PICTURE_PIXELS = 40_000_000

/**
 * The pixels of a PNG, JPEG or BMP file.
 * @throws {PictureError} PALM_PICTURE_TOO_LARGE or PALM_NOT_A_PICTURE
 */
export async function decodePicture(bytes: Uint8Array): Promise<RgbaImage> {
  if (bytes.length > MAX_PICTURE_BYTES) throw new PictureError('PALM_PICTURE_TOO_LARGE')
  const header = readPictureHeader(bytes)
  if (!header) throw new PictureError('PALM_NOT_A_PICTURE')
  if (header.width * header.height > MAX_PICTURE_PIXELS) throw new PictureError('PALM_PICTURE_TOO_LARGE')
  if (!isCompletePicture(bytes, header)) throw new PictureError('PALM_NOT_A_PICTURE')
  const image = await load(bytes)
  const { width, height } = image
  // The limit was kept by what the header says: a decoder that found another size must not be given a canvas.
  if (width * height !== header.width * header.height) throw new PictureError('PALM_NOT_A_PICTURE')
  const context = createCanvas(width, height).getContext('2d')
  context.drawImage(image, 0, 0)
  return { width, height, data: context.getImageData(0, 0, width, height).data }
}

/** `image` as a PNG file. */
export function encodePng(image: GreyImage | RgbaImage): Buffer {
  const { width, height } = image
  const canvas = createCanvas(width, height)
  const context = canvas.getContext('2d')
  const pixels = context.createImageData(width, height)
  if (isGrey(image))
    for (const [i, value] of image.data.entries()) {
      pixels.data.fill(value, 4 * i, 4 * i + 3)
      pixels.data[4 * i + 3] = 255
    }
  else pixels.data.set(image.data)
  context.putImageData(pixels, 0, 0)
  return canvas.toBuffer('image/png')
}

async function load(bytes: Uint8Array): Promise<Image> {
  try {
    return await loadImage(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
  } catch (cause) {
    throw new PictureError('PALM_NOT_A_PICTURE', cause)
  }
}

/** Bytes that cannot be used as a picture. */
export class PictureError extends PalmError {
  constructor(code: 'PALM_NOT_A_PICTURE' | 'PALM_PICTURE_TOO_LARGE', cause?: unknown) {
    if (code === 'PALM_NOT_A_PICTURE')
      super(code, 'the file is not a PNG, JPEG or BMP picture, or it is damaged', {
        hints: ['Save the picture as PNG or JPEG again. HEIC photos have to be converted first.'],
        cause,
      })
    else
      super(code, 'the picture is too large', {
        hints: [
          `Use a file of at most ${MAX_PICTURE_BYTES >> 20} MiB with at most ${MAX_PICTURE_PIXELS / 1e6} million pixels.`,
        ],
        cause,
      })
  }
}
