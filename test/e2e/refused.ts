/** Expecting a failure by its code, whatever side it comes from. */

import { isPalmError, type PalmError } from '@palmhold/base'
import { AssertionError } from 'chai'

/** Resolves to the error with `code` that `work` fails with. */
export async function refused(work: Promise<unknown>, code: string): Promise<PalmError> {
  try {
    await work
  } catch (error) {
    if (!isPalmError(error)) throw error
    if (error.code !== code) throw new AssertionError(`expected ${code}, got ${error.code}: ${error.message}`)
    return error
  }
  throw new AssertionError(`expected ${code}, but nothing was refused`)
}
