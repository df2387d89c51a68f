/**
 * The Ignition module: every contract of a deployment and what joins them. It deploys committed artifacts (the test of
 * the generated bindings holds them against the sources), so a deployment needs no compiler.
 *
 * Parameters (all strings or numbers, under `Palmhold`): see {@link PalmholdParameters}. Seconds, token units and cents as
 * the Solidity interfaces say.
 */

import { buildModule } from '@nomicfoundation/ignition-core'
import { EthereumDIDRegistry } from 'ethr-did-registry'
import { ANCHORS_ARTIFACT } from './generated/anchors.ts'
import { GROTH16_VERIFIER_ARTIFACT } from './generated/groth16-verifier.ts'
import { MATCH_VERIFIER_ARTIFACT } from './generated/match-verifier.ts'
import { MERCHANT_REGISTRY_ARTIFACT } from './generated/merchant-registry.ts'
import { OPERATOR_REGISTRY_ARTIFACT } from './generated/operator-registry.ts'
import { PALM_PAY_ARTIFACT } from './generated/palm-pay.ts'
import { PALM_REGISTRY_ARTIFACT } from './generated/palm-registry.ts'
import { POSEIDON_T3_ARTIFACT } from './generated/poseidon-t3.ts'
import { POSEIDON_T4_ARTIFACT } from './generated/poseidon-t4.ts'
import { TEST_EURC_ARTIFACT } from './generated/test-eurc.ts'

/** Delays, limits and stakes of a deployment; they are fixed in the contracts' code and cannot be changed afterwards. */
export type PalmholdParameters = {
  /** Token units an operator needs to count. */
  readonly minimumStake: number
  readonly unbondingDelayS: number
  readonly epochGraceS: number
  /** Reporter's share of a slashed stake in 1/10,000. */
  readonly rewardBps: number
  readonly maxEnrolmentsPerOwner: number
  readonly maxEnrolmentOperations: number
  readonly enrolmentWindowS: number
  /** How long a root must have stood before a request was issued, see IPalmRegistry. */
  readonly minRootAgeS: number
  /** How long a root counts after it was replaced. */
  readonly maxRootAgeS: number
  readonly checkpointIntervalS: number
  /** From a checkpoint until what left before it is refused. */
  readonly checkpointDelayS: number
  readonly limitDelayS: number
  readonly unfreezeDelayS: number
  readonly disputeWindowS: number
  readonly arbitrationWindowS: number
  readonly phonePerPaymentMinor: number
  readonly phonePerDayMinor: number
}

/** A verifying key as Groth16Verifier takes it: words of 32 bytes, see IProofVerifier.sol. */
export type VerifyingKeyWords = {
  readonly alpha: string[]
  readonly beta: string[]
  readonly gamma: string[]
  readonly delta: string[]
  readonly ic: string[]
}

/**
 * The module. With `token: 'test'` it deploys TestEurc, with `'given'` it uses the parameter `token`. The deployer wires
 * everything; with `governance: 'given'` it then offers ownership to the parameter `governance`, which has to accept.
 * The parameters `membershipKey` and `matchKey` are {@link VerifyingKeyWords}.
 */
export function palmholdModule(choice: { token: 'test' | 'given'; governance: 'deployer' | 'given' }) {
  return buildModule('Palmhold', (m) => {
    const deployer = m.getAccount(0)
    const treasury = m.getParameter('treasury', deployer)
    const arbiter = m.getParameter('arbiter', deployer)

    const token =
      choice.token === 'test'
        ? m.contract('TestEurc', TEST_EURC_ARTIFACT, [deployer])
        : m.contractAt('Token', TEST_EURC_ARTIFACT, m.getParameter<string>('token'))
    const didRegistry = m.contract('EthereumDIDRegistry', EthereumDIDRegistry)
    const merchantRegistry = m.contract('MerchantRegistry', MERCHANT_REGISTRY_ARTIFACT, [deployer])
    const anchors = m.contract('Anchors', ANCHORS_ARTIFACT)
    const poseidonT3 = m.library('PoseidonT3', POSEIDON_T3_ARTIFACT)
    const poseidonT4 = m.library('PoseidonT4', POSEIDON_T4_ARTIFACT)
    const palmRegistry = m.contract(
      'PalmRegistry',
      PALM_REGISTRY_ARTIFACT,
      [
        {
          maxLivePerOwner: m.getParameter('maxEnrolmentsPerOwner'),
          maxOperationsPerWindow: m.getParameter('maxEnrolmentOperations'),
          operationsWindow: m.getParameter('enrolmentWindowS'),
          minRootAge: m.getParameter('minRootAgeS'),
          maxRootAge: m.getParameter('maxRootAgeS'),
          checkpointInterval: m.getParameter('checkpointIntervalS'),
          checkpointDelay: m.getParameter('checkpointDelayS'),
        },
      ],
      { libraries: { PoseidonT3: poseidonT3, PoseidonT4: poseidonT4 } },
    )
    const operatorRegistry = m.contract('OperatorRegistry', OPERATOR_REGISTRY_ARTIFACT, [
      deployer,
      token,
      {
        minimumStake: m.getParameter('minimumStake'),
        unbondingDelay: m.getParameter('unbondingDelayS'),
        epochGrace: m.getParameter('epochGraceS'),
        rewardBps: m.getParameter('rewardBps'),
        treasury,
      },
    ])
    const verifierOf = (id: string, key: string) =>
      m.contract('Groth16Verifier', GROTH16_VERIFIER_ARTIFACT, [m.getParameter(key)], { id })
    const matchVerifier = m.contract('MatchVerifier', MATCH_VERIFIER_ARTIFACT, [
      deployer,
      operatorRegistry,
      merchantRegistry,
      palmRegistry,
      verifierOf('MembershipVerifier', 'membershipKey'),
      verifierOf('MatchProofVerifier', 'matchKey'),
    ])
    const palmPay = m.contract('PalmPay', PALM_PAY_ARTIFACT, [
      deployer,
      arbiter,
      token,
      matchVerifier,
      merchantRegistry,
      operatorRegistry,
      {
        limitDelay: m.getParameter('limitDelayS'),
        unfreezeDelay: m.getParameter('unfreezeDelayS'),
        disputeWindow: m.getParameter('disputeWindowS'),
        arbitrationWindow: m.getParameter('arbitrationWindowS'),
        phonePerPaymentMinor: m.getParameter('phonePerPaymentMinor'),
        phonePerDayMinor: m.getParameter('phonePerDayMinor'),
      },
    ])

    const consumerSet = m.call(matchVerifier, 'setPaymentConsumer', [palmPay])
    const verifierSet = m.call(operatorRegistry, 'setMatchVerifier', [matchVerifier])
    if (choice.governance === 'given') {
      const governance = m.getParameter<string>('governance')
      for (const contract of [merchantRegistry, operatorRegistry, matchVerifier, palmPay])
        m.call(contract, 'transferOwnership', [governance], { after: [consumerSet, verifierSet] })
    }
    return { token, didRegistry, operatorRegistry, merchantRegistry, palmRegistry, matchVerifier, palmPay, anchors }
  })
}
