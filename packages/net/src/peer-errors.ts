/**
 * What can go wrong on the way to another node, on the control plane and the data plane alike. Of a failure at the
 * remote node only its code is known here: messages and stacks never cross the wire.
 */

import { PalmError, type PalmErrorCode } from '@palmhold/base'

/** No connection to the node could be made, or it was lost before an answer came. */
export class PeerUnreachableError extends PalmError {
  constructor(peer: string, cause?: unknown) {
    super('PALM_PEER_UNREACHABLE', `the node ${peer} can't be reached`, {
      hints: ['See whether it runs, and whether its address and port are reachable from here.'],
      ...(cause === undefined ? {} : { cause }),
    })
  }
}

/** The node did not answer in time. */
export class PeerTimeoutError extends PalmError {
  constructor(peer: string, timeoutMs: number) {
    super('PALM_PEER_TIMEOUT', `the node ${peer} gave no answer within ${timeoutMs} ms`, {
      hints: ['It is overloaded or stopped: try again, or go on without it where a quorum allows.'],
    })
  }
}

/** The node answered, and its answer is no; `remoteCode` says why in the remote node's words. */
export class PeerRefusedError extends PalmError {
  readonly remoteCode: PalmErrorCode

  constructor(peer: string, remoteCode: PalmErrorCode) {
    super('PALM_PEER_REFUSED', `the node ${peer} refused: ${remoteCode}`, {
      hints: ['Look the code up in docs/errors.md; the remote node has the details in its log.'],
    })
    this.remoteCode = remoteCode
  }
}

/** The caller ended the operation through its AbortSignal, or this node is stopping. */
export class PeerAbortedError extends PalmError {
  constructor(peer: string) {
    super('PALM_PEER_ABORTED', `the exchange with the node ${peer} was ended on this side`, {
      hints: ['Ask again if the answer is still wanted.'],
    })
  }
}

/** The port to listen on belongs to another process. */
export class PortTakenError extends PalmError {
  constructor(host: string, port: number) {
    super('PALM_PORT_TAKEN', `port ${port} on ${host} is taken by another process`, {
      hints: ['End the other process, choose another port, or give port 0 for a free one.'],
    })
  }
}

/** The host or port to listen on is not usable on this machine. */
export class ListenError extends PalmError {
  constructor(host: string, port: number, cause: unknown) {
    super('PALM_LISTEN_FAILED', `this machine can't listen on ${host}, port ${port}`, {
      hints: ['Give an address of this machine and a port that this user may open.'],
      cause,
    })
  }
}
