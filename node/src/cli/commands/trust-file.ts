/** What commands that check documents read: a trust file, and the documents. */

import { PalmError } from '@palmhold/base'
import { parseTrust, type Trust } from '@palmhold/protocol'
import { networkPaths } from '../../network/network-record.ts'
import { readFileIfThere } from '../../storage/disk.ts'
import { folderOf } from './folder-option.ts'

/** The trust file of `--trust`, or of the network's folder. @throws {TrustMissingError} @throws {ShapeError} */
export function readTrust(options: { folder: string; trust?: string }): Trust {
  const path = options.trust ?? networkPaths(folderOf(options)).trust
  const text = readFileIfThere(path)
  if (!text) throw new TrustMissingError(path)
  return parseTrust(text.toString('utf8'))
}

/** The text of a document. @throws {DocumentMissingError} */
export function readTextFile(path: string): string {
  const text = readFileIfThere(path)
  if (!text) throw new DocumentMissingError(path)
  return text.toString('utf8')
}

/** No trust file. */
export class TrustMissingError extends PalmError {
  constructor(path: string) {
    super('PALM_TRUST_MISSING', `there is no trust file ${path}`, {
      hints: ['Give one with --trust. A network writes its own to .palmhold/trust.json.'],
    })
  }
}

/** No such document. */
export class DocumentMissingError extends PalmError {
  constructor(path: string) {
    super('PALM_FILE_UNREADABLE', `cannot read ${path}`, { hints: ['Check the path.'] })
  }
}
