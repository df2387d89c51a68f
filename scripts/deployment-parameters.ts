/** The delays and limits a deployment starts with: short ones for local chains, and what a public chain should have. */

import { PalmError } from '@palmhold/base'
import { CLOCK_SKEW_S, REQUEST_LIFETIME_S } from '@palmhold/protocol'
import type { PalmholdParameters } from '../contracts/ignition/palmhold.ts'

const HOUR_S = 3600
const DAY_S = 24 * HOUR_S
/** A revoked enrolment counts at most so long. */
const MOST_REVOCATION_S = 600
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
  minRootAgeS: 0,
  maxRootAgeS: HOUR_S,
  checkpointIntervalS: 1,
  checkpointDelayS: 2,
  limitDelayS: 0,
  unfreezeDelayS: 1,
  disputeWindowS: 3,
  arbitrationWindowS: 3,
  phonePerPaymentMinor: 500_00,
  phonePerDayMinor: 2000_00,
}

/**
 * A stolen owner's key has to wait a day before it can raise limits, which is long enough to be noticed; a dispute can be
 * raised over a long weekend; stakes stay within reach for longer than any dispute. A root is older than any scan of the
 * request it answers, and what was revoked is dead within ten minutes.
 */
export const PRODUCTION_PARAMETERS: PalmholdParameters = {
  minimumStake: 10_000 * EURO_UNITS,
  unbondingDelayS: 21 * DAY_S,
  epochGraceS: HOUR_S,
  rewardBps: 1000,
  maxEnrolmentsPerOwner: 4,
  maxEnrolmentOperations: 8,
  enrolmentWindowS: 7 * DAY_S,
  minRootAgeS: 180,
  maxRootAgeS: DAY_S,
  checkpointIntervalS: 270,
  checkpointDelayS: 330,
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
  'minRootAgeS',
  'maxRootAgeS',
  'checkpointIntervalS',
  'checkpointDelayS',
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
  if (parameters.checkpointIntervalS === 0) throw new DeploymentUnsafeError('checkpointIntervalS is 0')
  if (isLocal) return
  // A wallet sees the probe of its request: a root from then on must not count for it, whatever the clocks.
  if (parameters.minRootAgeS <= REQUEST_LIFETIME_S + CLOCK_SKEW_S)
    throw new DeploymentUnsafeError("minRootAgeS is not above a request's life and the skew of clocks")
  // Else there are times at which older roots are refused and newer ones too young: whoever leaves would stop the phone lane.
  if (parameters.checkpointDelayS < parameters.minRootAgeS + REQUEST_LIFETIME_S + CLOCK_SKEW_S)
    throw new DeploymentUnsafeError(
      "checkpointDelayS is shorter than minRootAgeS, a request's life and the skew of clocks",
    )
  if (parameters.checkpointIntervalS + parameters.checkpointDelayS > MOST_REVOCATION_S)
    throw new DeploymentUnsafeError('a revoked enrolment would count for more than ten minutes')
}

/** Parameters that would leave accounts or stakes unprotected. */
export class DeploymentUnsafeError extends PalmError {
  constructor(what: string) {
    super('PALM_DEPLOYMENT_UNSAFE', `these parameters must not be deployed: ${what}`, {
      hints: ['Use the production parameters, or a local chain for experiments.'],
    })
  }
}
