/**
 * Valid messages of every kind, with values at the edges of their ranges: what the targets bend. fast-check draws them,
 * so that each field takes every length and sign that its schema allows.
 */

import { toHex } from '@palmhold/base'
import type { Abort, Countersign, Query, Reply } from '@palmhold/protocol'
import fc from 'fast-check'
import { makeDocument } from '../../protocol/signed.ts'

const SEEDS = { seed: 2026, numRuns: 24 }

const hexOf = (bytes: number) => fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((value) => toHex(value))
const hash = hexOf(32)
const address = hexOf(20)
const attempt = fc.integer({ min: 1, max: 65_535 })
const code = fc.constantFrom('PALM_NOT_RECOGNISED', 'PALM_AMBIGUOUS', 'PALM_NODE_SLOW')
const uint = (bits: number) => fc.maxSafeNat().map((value) => value % 2 ** Math.min(bits, 53))

const queries: fc.Arbitrary<Query> = fc.record({
  request: fc.constant(makeDocument().request),
  requestSignature: hexOf(65),
  scan: fc.constant(makeDocument().scan),
  scanSignature: hexOf(65),
  policy: fc.record({
    thresholdBits: uint(16),
    marginBits: uint(16),
    maxProbeCodes: uint(16),
    firstPassBits: uint(16),
  }),
  roles: fc.array(address, { minLength: 3, maxLength: 3 }),
  attempt,
  proof: fc.array(hash, { maxLength: 4 }),
  package: fc.uint8Array({ maxLength: 500 }),
})

const replies: fc.Arbitrary<Reply> = fc.oneof(
  fc.record({
    ok: fc.constant(true as const),
    requestHash: hash,
    attempt,
    attestation: fc.constant(makeDocument().attestation),
    signature: hexOf(65),
    matchMs: fc.double({ noNaN: true, noDefaultInfinity: true }),
  }),
  fc.record({ ok: fc.constant(false as const), requestHash: hash, attempt, code }),
)

const countersigns: fc.Arbitrary<Countersign> = fc.record({
  sid: hash,
  requestHash: hash,
  attempt,
  galleryRoot: hash,
  exchangeKey: hash,
  coinCommitment: hash,
  signature: hexOf(65),
})

const aborts: fc.Arbitrary<Abort> = fc.record({ requestHash: hash, attempt, code })

export const someQueries = () => fc.sample(queries, SEEDS)
export const someReplies = () => fc.sample(replies, SEEDS)
export const someCountersigns = () => fc.sample(countersigns, SEEDS)
export const someAborts = () => fc.sample(aborts, SEEDS)
