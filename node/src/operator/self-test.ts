/**
 * What an operator proves to itself before it serves: a probe of random codes passes the check of its dealing, a match on
 * shares, all three roles in this process, decides as the plaintext engine does, and a signature it makes is its own. A
 * machine or a build that computes wrongly does not start, nor refuses what honest dealers deal. (It also leaves the code of a match compiled, so that the first customer does not wait.)
 */

import { PalmError, type RandomBytes, toHex } from '@palmhold/base'
import {
  COIN_BYTES,
  type ComparisonResult,
  type ComparisonState,
  checkValues,
  createComparison,
  createPairwisePrf,
  type DealLayout,
  dealBits,
  decideWinner,
  dotProducts,
  ELEMENT_BYTES,
  type Message,
  packProbe,
  plaintextEngine,
  prepareProbe,
  probeLayout,
  type Role,
  shareRow,
  step,
  verifyDealing,
} from '@palmhold/matching'
import { CODE_BITS, CODE_BYTES, type PalmCode, POOLED_BYTES, palmCode } from '@palmhold/palm'
import { addressOfKey, isSignedBy, signDigest } from '@palmhold/protocol'
import { aesCtr } from './aes-ctr.ts'

const ROLES = [0, 1, 2] as const
const PARAMS = { n: 3, t: 1 }
const ROWS = 64
const SHIFTS = 25
const THRESHOLDS = [520, 552]
const ROUNDS = 3

/** @throws {SelfTestError} this machine or build computes wrongly */
export function selfTest(privateKey: Uint8Array, random: RandomBytes): void {
  const digest = toHex(random(32))
  if (!isSignedBy(addressOfKey(privateKey), digest, signDigest(digest, privateKey))) throw new SelfTestError('signing')
  for (let round = 0; round < ROUNDS; round++) {
    const gallery = Array.from({ length: ROWS }, () => randomCode(random))
    const probe = Array.from({ length: SHIFTS }, () => randomCode(random))
    // One row is the probe's, the others are strangers'.
    probe[round] = gallery[7]!
    const active = new Uint8Array(ROWS / 8).fill(0xff)
    const expected = plaintextEngine.match({ rows: gallery, probe, thresholds: THRESHOLDS, active })
    const { bitmaps } = matchOnShares(gallery, probe, random)
    const decision = decideWinner({ bitmaps, active })
    if (JSON.stringify(decision) !== JSON.stringify(expected.decision)) throw new SelfTestError('matching')
  }
}

function matchOnShares(
  gallery: readonly PalmCode[],
  probe: readonly PalmCode[],
  random: RandomBytes,
): ComparisonResult {
  const rows = gallery.map((code) => shareRow(code, PARAMS, random))
  const probes = checkedProbe(probe, random)
  const sid = random(32)
  const pairKeys = [random(32), random(32), random(32)]
  const states = new Map<Role, ComparisonState>()
  const queue: Message[] = []
  let result: ComparisonResult | undefined
  for (const role of ROLES) {
    const share = Buffer.concat(rows.map((shares) => shares[role]!))
    const scores = dotProducts(share, prepareProbe(probes[role]!, role + 1, [1, 2, 3]))
    // The key that two roles share is numbered by the third.
    const others = ROLES.filter((other) => other !== role)
    const keys = Object.fromEntries(others.map((other) => [other, pairKeys[3 - role - other]!]))
    const prf = createPairwisePrf({ keys, sid, aesCtr })
    const first = createComparison({ role, sid, rows: ROWS, shifts: SHIFTS, thresholds: THRESHOLDS, scores, prf })
    states.set(role, first.state)
    queue.push(...first.send)
  }
  for (let message = queue.shift(); message; message = queue.shift()) {
    const next = step(states.get(message.to)!, message)
    queue.push(...next.send)
    result = next.result ?? result
  }
  if (!result) throw new SelfTestError('matching')
  return result
}

/** The shares of a probe's codes, dealt, checked and packed as in a match. The codes are random, so that none of their bits are equal. */
function checkedProbe(probe: readonly PalmCode[], random: RandomBytes): Uint8Array[] {
  const layout: DealLayout = { ...probeLayout(SHIFTS), equal: new Uint32Array(0) }
  const shares = dealBits([...probe, random(POOLED_BYTES)], layout, PARAMS, random)
  const seed = random(COIN_BYTES)
  const answers = shares.map((share, i) => ({ id: i + 1, values: checkValues(share, layout, 0, seed, aesCtr) }))
  if (!verifyDealing(answers, layout, PARAMS.t).ok) throw new SelfTestError('matching')
  return shares.map((share) => packProbe(share.subarray(0, ELEMENT_BYTES * SHIFTS * CODE_BITS)))
}

function randomCode(random: RandomBytes): PalmCode {
  return palmCode(random(CODE_BYTES))
}

/** The machine or the build computes wrongly. */
export class SelfTestError extends PalmError {
  constructor(what: 'signing' | 'matching') {
    super('PALM_SELF_TEST', `the self-test failed at ${what}: this node would answer wrongly`, {
      hints: ['Install again (`npm run generate` rebuilds the kernels); if it stays, the machine is faulty.'],
    })
  }
}
