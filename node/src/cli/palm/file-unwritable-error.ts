/** Where a command's output cannot go. */

import { PalmError } from '@palmhold/base'

/** A file or folder that cannot be written. */
export class FileUnwritableError extends PalmError {
  constructor(path: string, cause: unknown) {
    super('PALM_FILE_UNWRITABLE', `cannot write ${path}`, {
      hints: ['Check that the folder exists, that you may write there, and that the disk is not full.'],
      cause,
    })
  }
}
