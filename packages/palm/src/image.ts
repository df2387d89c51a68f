/**
 * Pictures as plain arrays: no codec, no canvas, so that the same code runs on Node and in a browser.
 * Rows run from top to bottom, pixels in a row from left to right.
 */

import { PalmError } from '@palmhold/base'

/** A grey picture, one byte a pixel: `data.length === width * height`. */
export type GreyImage = { readonly width: number; readonly height: number; readonly data: Uint8Array }

/** A colour picture, four bytes a pixel (red, green, blue, alpha), as a canvas' ImageData holds it. */
export type RgbaImage = {
  readonly width: number
  readonly height: number
  readonly data: Uint8ClampedArray | Uint8Array
}

/** Whether `image` has one byte a pixel. */
export function isGrey(image: GreyImage | RgbaImage): image is GreyImage {
  return image.data.length === image.width * image.height
}

/**
 * The luma (ITU-R BT.601 weights in 256ths) of a colour picture; alpha is ignored. The weights sum to 256, so a picture
 * that is grey already keeps its exact values.
 * @throws {ImageShapeError} `data` does not hold four bytes a pixel
 */
export function toGrey(image: RgbaImage): GreyImage {
  const { width, height, data } = image
  checkShape(image, 4)
  const grey = new Uint8Array(width * height)
  for (let i = 0, j = 0; i < grey.length; i++, j += 4)
    grey[i] = (77 * data[j]! + 150 * data[j + 1]! + 29 * data[j + 2]! + 128) >> 8
  return { width, height, data: grey }
}

/**
 * Checks that `image` has sane sizes and `channels` bytes a pixel.
 * @throws {ImageShapeError} it has not
 */
export function checkShape(image: GreyImage | RgbaImage, channels: 1 | 4): void {
  const { width, height, data } = image
  if (!Number.isSafeInteger(width) || !Number.isSafeInteger(height) || width < 1 || height < 1)
    throw new ImageShapeError('its width or height is not a positive whole number')
  if (data.length !== width * height * channels)
    throw new ImageShapeError(`${width} x ${height} pixels need ${width * height * channels} bytes, got ${data.length}`)
}

/** A picture whose data does not fit its width and height. */
export class ImageShapeError extends PalmError {
  constructor(detail: string) {
    super('PALM_IMAGE_SHAPE', `the picture is malformed: ${detail}`, {
      hints: ['Give grey pictures as one byte a pixel and colour pictures as four (red, green, blue, alpha).'],
    })
  }
}
