/** A port that is not free, for whatever listens. */

import { PalmError } from '@palmhold/base'

/** Another program listens on the port. */
export class PortTakenError extends PalmError {
  constructor(port: number) {
    super('PALM_PORT_TAKEN', `port ${port} is taken by another program`, {
      hints: ['Stop that program, or give another port, or none for a free one.'],
    })
  }
}
