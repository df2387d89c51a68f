/** Passphrases for commands: from a file, or typed at a terminal that shows nothing of it. */

import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { PalmError } from '@palmhold/base'
import { readFileIfThere } from '../storage/disk.ts'

/** Where a passphrase is typed; the process's own terminal unless told. */
export type Terminal = {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean }
  readonly output: NodeJS.WritableStream
}

const OWN: Terminal = { input: process.stdin, output: process.stderr }

/** The first line of `path`. @throws {PassphraseFileError} */
export function passphraseIn(path: string): string {
  const line = readFileIfThere(path)?.toString('utf8').split(/\r?\n/, 1)[0]
  if (!line) throw new PassphraseFileError(path)
  return line
}

/** Asks for a passphrase, without an echo. @throws {PassphraseMissingError} nobody is there to ask */
export async function askPassphrase(question: string, { input, output }: Terminal = OWN): Promise<string> {
  if (!input.isTTY) throw new PassphraseMissingError()
  output.write(`${question}: `)
  // readline echoes what is typed to its output, so that goes nowhere.
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input, output: silent, terminal: true })
  try {
    const typed = await new Promise<string>((resolve, reject) => {
      lines.once('line', resolve)
      for (const event of ['close', 'SIGINT'] as const) lines.once(event, () => reject(new PassphraseMissingError()))
    })
    return typed
  } finally {
    lines.close()
    output.write('\n')
  }
}

/** Asks twice for a new passphrase. @throws {PassphraseMismatchError} */
export async function askNewPassphrase(question: string, terminal?: Terminal): Promise<string> {
  const first = await askPassphrase(question, terminal)
  if ((await askPassphrase('once more', terminal)) !== first) throw new PassphraseMismatchError()
  return first
}

/** Nobody can be asked for a passphrase. */
export class PassphraseMissingError extends PalmError {
  constructor() {
    super('PALM_PASSPHRASE_MISSING', 'a passphrase is needed, and there is no terminal to ask at', {
      hints: ['Give --passphrase-file, a file whose first line is the passphrase.'],
    })
  }
}

/** The second passphrase is another than the first. */
export class PassphraseMismatchError extends PalmError {
  constructor() {
    super('PALM_PASSPHRASE_MISMATCH', 'the two passphrases differ', { hints: ['Nothing was written. Try again.'] })
  }
}

/** A file without a passphrase. */
export class PassphraseFileError extends PalmError {
  constructor(path: string) {
    super('PALM_PASSPHRASE_MISSING', `there is no passphrase in ${path}`, {
      hints: ['Its first line is the passphrase.'],
    })
  }
}
