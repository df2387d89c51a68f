/** Makes snarkjs work on this thread: the threads of its own would keep a finished test run alive. */

import * as snarkjs from 'snarkjs'

const { curves } = snarkjs as unknown as {
  curves: { getCurveFromName(name: 'bn128', options: { singleThread: boolean }): Promise<object> }
}

let ready: Promise<void> | undefined

/** To be awaited before anything else of snarkjs is called; it takes the curve from this global cell where there is one. */
export function useOneThread(): Promise<void> {
  ready ??= curves.getCurveFromName('bn128', { singleThread: true }).then((curve) => {
    Object.assign(globalThis, { curve_bn128: curve })
  })
  return ready
}
