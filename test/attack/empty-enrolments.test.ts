/**
 * Anybody may register enrolments on chain and deliver no shares. A verifier counts them, the operators do not; however
 * many there are, they must still agree on a policy, or nobody could pay any more.
 */

import { isPolicyAccepted, policyFor } from '@palmhold/protocol'
import { expect } from 'chai'

describe('enrolments without a palm', () => {
  it('do not part verifier and operators, however many there are', () => {
    for (const active of [1, 40, 1000, 100_000])
      for (let counted = active; counted < 2 ** 33; counted *= 2)
        expect(isPolicyAccepted(policyFor(counted), active), `${counted} counted, ${active} active`).to.equal(true)
  })
})
