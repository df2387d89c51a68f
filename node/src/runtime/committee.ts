/** The committee an operator serves in, as the chain has it. */

import { type Hex, PalmError } from '@palmhold/base'

/** One epoch of a committee: members ascending, which is the order of their share numbers. */
export type Committee = {
  readonly committeeId: Hex
  readonly epoch: number
  readonly members: readonly Hex[]
  readonly threshold: number
  readonly quorum: number
}

/** The share number of a member: 1 for the first. @throws {NotAMemberError} */
export function shareIdOf(committee: Committee, operator: Hex): number {
  const at = committee.members.indexOf(operator)
  if (at < 0) throw new NotAMemberError(operator)
  return at + 1
}

/** An address that is no member of the committee. */
export class NotAMemberError extends PalmError {
  constructor(operator: Hex) {
    super('PALM_NOT_A_MEMBER', `${operator} is not a member of this committee epoch`, {
      hints: ['The committee may have moved to another epoch: fetch trust.json anew.'],
    })
  }
}
