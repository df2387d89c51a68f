/** The delays and limits a deployment starts with: short ones for local chains, and what a public chain should have. */

import { PalmError } from '@palmhold/base'
import type { PalmholdParameters } from '../contracts/ignition/palmhold.ts'

const HOUR_S = 3600
const DAY_S = 24 * HOUR_S
/** Token units in a euro, at 6 decimals. */
const EURO_UNITS = 1_000_000

/** Waits of seconds, so that a demo shows every step. */
export const LOCAL_PARAMETERS: PalmholdParameters = {
  minimumStake: 1000 * EURO_UNITS,
  unbondingDelayS: 5,
  epochGraceS: 2,
  rewardBps: 1000,
  maxEnrolmentsPerOwner: 4,
  maxEnrolmentOperations: 32,
  enrolmentWindowS: 60,
  limitDelayS: 0,
  unfreezeDelayS: 1,
  disputeWindowS: 3,
  arbitrationWindowS: 3,
  phonePerPaymentMinor: 500_00,
  phonePerDayMinor: 2000_00,
}

/**
 * A stolen owner's key has to wait a day before it can raise limits, which is long enough to be noticed; a dispute can be
 * raised over a long weekend; stakes stay within reach for longer than any dispute.
 */
export const PRODUCTION_PARAMETERS: PalmholdParameters = {
  minimumStake: 10_000 * EURO_UNITS,
  unbondingDelayS: 21 * DAY_S,
  epochGraceS: HOUR_S,
  rewardBps: 1000,
  maxEnrolmentsPerOwner: 4,
  maxEnrolmentOperations: 8,
  enrolmentWindowS: 7 * DAY_S,
  limitDelayS: DAY_S,
  unfreezeDelayS: HOUR_S,
  disputeWindowS: 4 * DAY_S,
  arbitrationWindowS: 14 * DAY_S,
  phonePerPaymentMinor: 500_00,
  phonePerDayMinor: 2000_00,
}

const DELAYS = [
  'unbondingDelayS',
  'epochGraceS',
  'enrolmentWindowS',
  'limitDelayS',
  'unfreezeDelayS',
  'disputeWindowS',
  'arbitrationWindowS',
] as const

/**
 * @param isLocal whether the chain is a development node
 * @throws {DeploymentUnsafeError} a delay of 0 elsewhere, or a stake that can leave before a dispute ends
 */
export function checkParameters(parameters: PalmholdParameters, isLocal: boolean): void {
  const zero = DELAYS.find((name) => parameters[name] === 0)
  if (!isLocal && zero) throw new DeploymentUnsafeError(`${zero} is 0`)
  if (parameters.unbondingDelayS < parameters.epochGraceS + parameters.disputeWindowS)
    throw new DeploymentUnsafeError('unbondingDelayS is shorter than epochGraceS + disputeWindowS')
}

/** Parameters that would leave accounts or stakes unprotected. */
export class DeploymentUnsafeError extends PalmError {
  constructor(what: string) {
    super('PALM_DEPLOYMENT_UNSAFE', `these parameters must not be deployed: ${what}`, {
      hints: ['Use the production parameters, or a local chain for experiments.'],
    })
  }
}
