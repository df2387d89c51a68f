/** Makes this process tell its launcher all it sends, over the pipe that the launcher made for it (tap-record.ts). */

import { Socket } from 'node:net'
import { onOutgoing } from '@palmhold/net'
import { encodeTapRecord, TAP_FD, type TapRecord } from './tap-record.ts'
import { tapSockets } from './tap-sockets.ts'

const NOTHING = new Uint8Array()

/** From here on; for the whole life of the process. */
export function tapThisProcess(): void {
  const pipe = new Socket({ fd: TAP_FD, readable: true, writable: true })
  const tell = (record: TapRecord) => {
    if (pipe.writable) pipe.write(encodeTapRecord(record))
  }
  // The launcher may go first, and the pipe must not keep this process.
  pipe.on('error', () => pipe.destroy())
  pipe.unref()
  pipe.on('data', (questions: Uint8Array) => {
    for (const _ of questions) tell({ plane: 'mark', to: '', bytes: NOTHING })
  })
  onOutgoing(tell)
  tapSockets((to, bytes, socket) => {
    if (socket !== pipe) tell({ plane: 'socket', to, bytes })
  })
}
