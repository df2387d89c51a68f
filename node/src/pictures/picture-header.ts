/**
 * What the first bytes of a picture say: its format and its size in pixels. Read before decoding, so that a small file
 * that claims a huge picture is refused before memory is spent on it. PNG: W3C PNG section 11.2.2; JPEG: ITU-T T.81
 * annex B; BMP: the BITMAPINFOHEADER family.
 */

export type PictureHeader = { readonly format: 'png' | 'jpeg' | 'bmp'; readonly width: number; readonly height: number }

/** File and information header up to the compression; the shortest PNG and JPEG are longer. */
const BMP_HEADER_BYTES = 34

/** The header of a PNG, JPEG or BMP picture; nothing for everything else. */
export function readPictureHeader(bytes: Uint8Array): PictureHeader | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < BMP_HEADER_BYTES) return undefined
  // A decoder passes over a chunk it does not know: the size stands in IHDR, which has to come first.
  if (view.getUint32(0) === 0x89504e47 && view.getUint32(4) === 0x0d0a1a0a && view.getUint32(12) === 0x49484452)
    return sized('png', view.getUint32(16), view.getUint32(20))
  // Heights below zero mean rows from top to bottom.
  if (view.getUint16(0) === 0x424d && view.getUint32(14, true) >= 40)
    return sized('bmp', view.getInt32(18, true), Math.abs(view.getInt32(22, true)))
  if (view.getUint16(0) === 0xffd8) return jpegHeader(view)
  return undefined
}

function jpegHeader(view: DataView): PictureHeader | undefined {
  let at = 2
  while (at + 9 <= view.byteLength && view.getUint8(at) === 0xff) {
    const marker = view.getUint8(at + 1)
    // Fill bytes may stand before a marker.
    if (marker === 0xff) at++
    else if (hasNoLength(marker)) return undefined
    else if (isFrameHeader(marker)) return sized('jpeg', view.getUint16(at + 7), view.getUint16(at + 5))
    else at += 2 + view.getUint16(at + 2)
  }
  return undefined
}

/**
 * Whether the file goes on to its end: decoders fill what is missing with grey and say nothing. PNG ends with an IEND
 * chunk, JPEG with an EOI marker behind its first scan, a plain BMP with its last row. What follows is not looked at.
 */
export function isCompletePicture(bytes: Uint8Array, header: PictureHeader): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (header.format === 'png') return reachesPngEnd(view)
  if (header.format === 'jpeg') return reachesJpegEnd(view)
  const rowBytes = 4 * Math.ceil((header.width * view.getUint16(28, true)) / 32)
  const compressed = view.getUint32(30, true) === 1 || view.getUint32(30, true) === 2
  return compressed || view.getUint32(10, true) + rowBytes * header.height <= bytes.length
}

function reachesPngEnd(view: DataView): boolean {
  let at = 8
  while (at + 12 <= view.byteLength) {
    if (view.getUint32(at + 4) === 0x49454e44) return true
    at += 12 + view.getUint32(at)
  }
  return false
}

function reachesJpegEnd(view: DataView): boolean {
  let at = 2
  while (at + 4 <= view.byteLength && view.getUint8(at + 1) !== 0xda)
    at += view.getUint8(at + 1) === 0xff ? 1 : 2 + view.getUint16(at + 2)
  // Inside a scan 0xff is always followed by 0 or a restart marker.
  for (; at + 2 <= view.byteLength; at++) if (view.getUint16(at) === 0xffd9) return true
  return false
}

/**
 * Markers that stand alone (TEM, RST0..RST7, SOI, EOI) have no place before a frame: read as a segment they would hide the
 * frame that a decoder sees.
 */
function hasNoLength(marker: number): boolean {
  return marker <= 0x01 || (marker >= 0xd0 && marker <= 0xd9)
}

/** SOF0..SOF15 without DHT, JPG and DAC, which share their range. */
function isFrameHeader(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc
}

function sized(format: PictureHeader['format'], width: number, height: number): PictureHeader | undefined {
  return width > 0 && height > 0 ? { format, width, height } : undefined
}
