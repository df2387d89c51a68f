/** Pictures from disk. */

import { open } from 'node:fs/promises'
import { PalmError } from '@palmhold/base'
import type { RgbaImage } from '@palmhold/palm'
import { decodePicture, MAX_PICTURE_BYTES, PictureError } from './decode-picture.ts'

/**
 * The pixels of the picture file at `path`.
 * @throws {FileUnreadableError} no such file, a folder, or no permission
 * @throws {PictureError} not a picture, or too large a one
 */
export async function readPicture(path: string): Promise<RgbaImage> {
  return decodePicture(await readLimited(path))
}

async function readLimited(path: string): Promise<Uint8Array> {
  try {
    await using file = await open(path, 'r')
    const { size } = await file.stat()
    if (size > MAX_PICTURE_BYTES) throw new PictureError('PALM_PICTURE_TOO_LARGE')
    return await file.readFile()
  } catch (cause) {
    if (cause instanceof PictureError) throw cause
    throw new FileUnreadableError(path, cause)
  }
}

/** A file or folder that cannot be read. */
export class FileUnreadableError extends PalmError {
  constructor(path: string, cause: unknown) {
    super('PALM_FILE_UNREADABLE', `cannot read ${path}${reason(cause)}`, {
      hints: ['Check the path, and that you may read it.'],
      cause,
    })
  }
}

function reason(cause: unknown): string {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code
  if (code === 'ENOENT') return ': there is no such file or folder'
  if (code === 'EISDIR') return ': it is a folder'
  if (code === 'ENOTDIR') return ': it is not a folder'
  if (code === 'EACCES' || code === 'EPERM') return ': no permission'
  return ''
}
