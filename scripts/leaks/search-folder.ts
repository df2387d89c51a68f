/** Searches every file below a folder, as its bytes lie on disk: databases, logs, segments, keys, settings. */

import { closeSync, type Dirent, openSync, readdirSync, readSync } from 'node:fs'
import { join, relative } from 'node:path'
import { onDisk } from '../../node/src/storage/disk.ts'
import type { Finding, LeakSearch } from './leak-search.ts'

const CHUNK_BYTES = 1 << 20

export type Searched = { readonly bytes: number; readonly findings: readonly Finding[] }

/**
 * Searches all files below `folder` except those in the folders `excluded`; sources are paths from `folder`.
 * @throws {DiskError} a file that may not be read; one that is gone by then is left out
 */
export function searchFolder(search: LeakSearch, folder: string, excluded: readonly string[] = []): Searched {
  let bytes = 0
  const findings: Finding[] = []
  for (const path of filesBelow(folder, excluded)) {
    const stream = search.stream(relative(folder, path))
    bytes += readFile(path, stream.push)
    findings.push(...stream.end())
  }
  return { bytes, findings }
}

function filesBelow(folder: string, excluded: readonly string[]): string[] {
  const pathOf = (entry: Dirent) => join(entry.parentPath, entry.name)
  return onDisk(() => readdirSync(folder, { withFileTypes: true })).flatMap((entry) => {
    if (entry.isDirectory()) return excluded.includes(pathOf(entry)) ? [] : filesBelow(pathOf(entry), excluded)
    return entry.isFile() ? [pathOf(entry)] : []
  })
}

/** Reads a file in pieces; returns how many bytes it had, 0 where it is gone. */
function readFile(path: string, onChunk: (chunk: Uint8Array) => void): number {
  return onDisk(() => {
    const file = openIfThere(path)
    if (file === undefined) return 0
    const chunk = new Uint8Array(CHUNK_BYTES)
    let total = 0
    try {
      for (;;) {
        const length = readSync(file, chunk)
        if (length === 0) return total
        onChunk(chunk.subarray(0, length))
        total += length
      }
    } finally {
      closeSync(file)
    }
  })
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, 'r')
  } catch (error) {
    // Databases and atomic writes have files that come and go.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
