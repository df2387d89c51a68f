/**
 * Wallets and terminals that deal something else than they should, at three and at four operators: every operator refuses
 * with the same code, nothing is compared or kept, the dealer is told, and the next honest one is served.
 */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { babyjubjub } from '@noble/curves/misc.js'
import { fromHex, type Hex, toBigEndian, toHex } from '@palmhold/base'
import {
  coinCommitment as commitmentOf,
  commitmentsDigest,
  type DealLayout,
  dealBits,
  ELEMENT_BYTES,
  probeLayout,
  rowLayout,
} from '@palmhold/matching'
import {
  addPoints,
  BASE_POINT,
  createIdentitySecret,
  dealIdentity,
  decodeCountersign,
  ENROLMENT_PURPOSE,
  encodeAbort,
  encodeCheck,
  encodeCountersign,
  encodeProbePackage,
  encodeReveal,
  encodeRowPackage,
  enrolmentBinding,
  FRAME,
  manifestDigest,
  merkleProof,
  merkleRoot,
  multiplyPoint,
  packageLeaf,
  receiptHash,
  requestHash,
  type SignedReceipt,
  SUBGROUP_ORDER,
  seal,
  signDigest,
} from '@palmhold/protocol'
import { expect } from 'chai'
import { createRowCheck } from '../../node/src/operator/row-check.ts'
import { NodeDownError } from '../../node/src/runtime/links.ts'
import { dealElements } from '../../packages/matching/src/dealing.ts'
import { asUint16 } from '../../packages/matching/src/little-endian.ts'
import { shareVector } from '../../packages/matching/src/sharing.ts'
import { codesIn, seededRandom } from '../matching/in-memory.ts'
import {
  makeQuery,
  probeOf,
  queryFor,
  type SplitQuery,
  shortened,
  signed,
  startCommittee,
  type TestCommittee,
  templateOf,
} from '../node/in-memory-committee.ts'
import { addressOf, DOMAIN, operatorKeys } from '../protocol/signed.ts'
import { type Bend, dealAround, noted } from '../wallet/deal-around.ts'

const MALLORY = addressOf('mallory')
const ANNA = addressOf('anna')

/** The codes of one hand as they are dealt. */
const handCodes = (palm: string) => [templateOf(palm).code, templateOf(palm).pooled]

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'taken',
    (error: { code?: string }) => error.code ?? String(error),
  )

/** At four operators three compute, and the check of a row has one more to agree with; the rest is shown at three. */
for (const count of [3, 4])
  describe(`dishonest dealers at ${count} operators`, function () {
    this.timeout(30_000)
    let world: TestCommittee
    let params: { n: number; t: number }

    before(async () => {
      world = await startCommittee(`dishonest dealers at ${count}`, count)
      params = { n: count, t: 1 }
      await world.enrol('anna', ANNA)
    })
    after(() => world.close())
    const settled = async () => {
      for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate)
    }

    /** Each computing operator hears from another that it gives up. */
    function giveUp({ request, roles }: SplitQuery, attempt: number): void {
      const abort = encodeAbort({ requestHash: requestHash(DOMAIN, request), attempt, code: 'PALM_NODE_SLOW' })
      for (const [i, role] of roles.entries())
        world.operator(role).matcher.onFrame(roles[(i + 1) % 3]!, abort, async () => undefined)
    }

    /** Shares of bits in which the bit at `at` is shared by a polynomial of degree 2. */
    function quadratic(codes: readonly Uint8Array[], layout: DealLayout, at: number): Uint8Array[] {
      const bit = shareVector(new Uint16Array(4), count, 2, world.random)
      return dealBits(codes, layout, params, world.random).map((share, k) => {
        share.set(bit[k]!, ELEMENT_BYTES * at)
        return share
      })
    }
    const randomElements = (layout: DealLayout) =>
      dealElements(asUint16(world.random(ELEMENT_BYTES * layout.bits)), layout, params, world.random)

    describe('a wallet', () => {
      /** Deals `shares` as a left hand, commits to them on chain, and delivers them. */
      async function deliver(
        shares: readonly Uint8Array[],
        { index = world.chain.size, bend, secret }: { index?: number; bend?: Bend; secret?: bigint } = {},
      ): Promise<{ index: number; receipts: SignedReceipt[]; packages: Uint8Array[] }> {
        const dealt = dealAround(shares, world.committee, world.random, bend, secret)
        world.chain.set(index, noted(index, MALLORY, dealt))
        const receipts: SignedReceipt[] = []
        for (const { member, bytes, proof } of dealt.packages) {
          const { enrolments, sealing } = world.operator(member)
          const to = {
            publicKey: sealing.publicKey,
            purpose: ENROLMENT_PURPOSE,
            bound: enrolmentBinding(index, member),
          }
          receipts.push(await enrolments.deliver(index, await seal(to, bytes, world.random), proof))
        }
        return { index, receipts, packages: dealt.packages.map(({ bytes }) => bytes) }
      }

      for (const [name, code, shares] of [
        ['a row of random ring elements', 'PALM_SHARES_NOT_BITS', () => randomElements(rowLayout(1))],
        [
          'a row with a number that is no bit',
          'PALM_SHARES_NOT_BITS',
          () => {
            const elements = new Uint16Array(4 * rowLayout(1).bits)
            elements[4 * 1000] = 3
            return dealElements(elements, rowLayout(1), params, world.random)
          },
        ],
        [
          'a row whose pooled code is scaled up',
          'PALM_SHARES_NOT_BITS',
          () => {
            const elements = new Uint16Array(4 * rowLayout(1).bits)
            // 1 - 2 b = 33 in place of 1: near to every probe in the first pass.
            for (let bit = 1536; bit < 1536 + 1024; bit++) elements[4 * bit] = (1 - 33) / 2
            return dealElements(elements, rowLayout(1), params, world.random)
          },
        ],
        ['a row of too high a degree', 'PALM_SHARES_DEGREE', () => quadratic(handCodes('anna'), rowLayout(1), 7)],
        [
          'a good share to all but the last operator',
          'PALM_SHARES_DEGREE',
          () => {
            const shares = dealBits(handCodes('anna'), rowLayout(1), params, world.random)
            shares.at(-1)![0]! ^= 1
            return shares
          },
        ],
      ] as const)
        it(`that deals ${name}: ${code} at all, erased at all, and never taken again`, async () => {
          const roots = world.operators.map(({ gallery }) => gallery.snapshot().root)
          const refusals = world.operators.map((operator) => operator.refusals.length)
          const { index, receipts, packages } = await deliver(shares())
          // The wallet tells one; the others decide with it.
          expect(await codeOf(world.operators[0]!.enrolments.activate({ index, receipts }))).to.equal(code)
          await settled()
          for (const [k, operator] of world.operators.entries()) {
            expect(operator.refusals.slice(refusals[k])).to.deep.equal([code])
            expect(operator.gallery.enrolment(index)!.state).to.equal('erased')
            expect(operator.dealings.dealing(index)).to.deep.include({ refusal: code, share: new Uint8Array(0) })
            expect(await codeOf(operator.enrolments.activate({ index, receipts }))).to.equal(code)
            for (const file of ['operator.sqlite', 'operator.sqlite-wal'])
              expect(
                readFileSync(join(operator.folder, file)).includes(Buffer.from(packages[k]!.subarray(1000, 1100))),
              ).to.equal(false)
          }
          expect(world.operators.map(({ gallery }) => gallery.snapshot().root)).to.deep.equal(roots)
        })

      const honestShares = () => dealBits(handCodes('mallory'), rowLayout(1), params, world.random)
      const someoneElse = createIdentitySecret(seededRandom('someone else'))

      for (const [name, code, bend] of [
        [
          'a share of s that does not fit the commitments to it',
          'PALM_IDENTITY_SHARE',
          (row) => ({ ...row, identity: { ...row.identity, share: row.identity.share + 1n } }),
        ],
        [
          'the share of another operator',
          'PALM_IDENTITY_SHARE',
          (row, at) => ({ ...row, identity: dealIdentity(9n, params, seededRandom('one'))[(at + 1) % count]! }),
        ],
        [
          'another identity than the chain commits to',
          'PALM_IDENTITY_MISMATCH',
          (row, at) => ({ ...row, identity: dealIdentity(someoneElse, params, seededRandom('other'))[at]! }),
        ],
        [
          'another template than the chain commits to',
          'PALM_IDENTITY_MISMATCH',
          (row) => ({ ...row, templates: { ...row.templates, left: row.templates.left + 1n } }),
        ],
        [
          'a share of s that is not below l',
          'PALM_POINT_INVALID',
          (row) => {
            const bytes = encodeRowPackage(row)
            bytes.set(toBigEndian(row.identity.share + SUBGROUP_ORDER, 32), 32)
            return bytes
          },
        ],
        [
          'both hands under the commitment to one',
          'PALM_SHARE_INVALID',
          (row) => ({ ...row, templates: { ...row.templates, right: 5n } }),
        ],
      ] as [name: string, code: string, bend: Bend][])
        it(`that deals ${name}: ${code}, before anything is kept`, async () => {
          // The second case is to reach the check of the share: it has the S that the chain has.
          const index = world.chain.size
          expect(await codeOf(deliver(honestShares(), { index, bend, secret: 9n }))).to.equal(code)
          for (const { gallery } of world.operators) expect(gallery.enrolment(index)).to.equal(undefined)
        })

      it('that knows S and not s, and deals each operator commitments of its own: PALM_IDENTITY_UNEQUAL', async () => {
        const S = multiplyPoint(BASE_POINT, someoneElse)
        const minusS = multiplyPoint(S, SUBGROUP_ORDER - 1n)
        // Any share fits some line through S: i F_1 = s_i B - S.
        const bend: Bend = (row, at) => {
          const share = createIdentitySecret(world.random)
          const line = addPoints(multiplyPoint(BASE_POINT, share), minusS)
          const slope = multiplyPoint(line, babyjubjub.Point.Fn.inv(BigInt(at + 1)))
          return { ...row, identity: { share, commitments: [S, slope] } }
        }
        const { index, receipts } = await deliver(honestShares(), { bend, secret: someoneElse })
        const codes = await Promise.all(
          world.operators.map(({ enrolments }) => codeOf(enrolments.activate({ index, receipts }))),
        )
        expect(codes).to.deep.equal(Array(count).fill('PALM_IDENTITY_UNEQUAL'))
        await settled()
        for (const { gallery, dealings } of world.operators) {
          expect(gallery.enrolment(index)!.state).to.equal('erased')
          expect(dealings.dealing(index)).to.deep.include({
            refusal: 'PALM_IDENTITY_UNEQUAL',
            share: new Uint8Array(0),
          })
        }
      })

      it('that deals a row as it should is taken, and its bits are forgotten once checked', async () => {
        const { index, receipts, packages } = await deliver(
          dealBits(handCodes('mallory'), rowLayout(1), params, world.random),
        )
        const [operator] = world.operators
        const holdsBits = () =>
          ['operator.sqlite', 'operator.sqlite-wal'].some((file) =>
            readFileSync(join(operator!.folder, file)).includes(Buffer.from(packages[0]!.subarray(1000, 1100))),
          )
        expect(holdsBits()).to.equal(true)
        await world.activate(index, receipts)
        for (const { gallery } of world.operators) expect(gallery.enrolment(index)!.state).to.equal('active')
        expect(holdsBits()).to.equal(false)
        await Promise.all(world.operators.map(({ enrolments }) => enrolments.erase(index)))
      })

      it('that renews a refused row by a good one is taken under the new root', async () => {
        const bad = await deliver(randomElements(rowLayout(1)))
        expect(await codeOf(world.activate(bad.index, bad.receipts))).to.equal('PALM_SHARES_NOT_BITS')
        await settled()
        const good = await deliver(dealBits(handCodes('mallory'), rowLayout(1), params, world.random), {
          index: bad.index,
        })
        await world.activate(good.index, good.receipts)
        for (const { gallery } of world.operators) expect(gallery.enrolment(good.index)!.state).to.equal('active')
        await Promise.all(world.operators.map(({ enrolments }) => enrolments.erase(good.index)))
      })

      it('finds nobody to check with while an operator is down; once it is back it decides from the same values', async () => {
        const { index, receipts } = await deliver(dealBits(handCodes('mallory'), rowLayout(1), params, world.random))
        const down = world.operators.at(-1)!
        const { askMember } = world
        world.askMember = (from, to, question) =>
          [from, to].includes(down.address) ? Promise.reject(new NodeDownError(to)) : askMember(from, to, question)
        for (const { enrolments } of world.operators)
          expect(await codeOf(enrolments.activate({ index, receipts }))).to.equal('PALM_NODE_DOWN')
        world.askMember = askMember
        for (const { gallery } of world.operators) expect(gallery.enrolment(index)!.state).to.equal('stored')
        await world.activate(index, receipts)
        // Those that decided long ago still answer, and say the same.
        const opened = world.operators.map(({ dealings }) => toHex(dealings.dealing(index)!.opened!.values))
        const nonces = world.operators.map(({ dealings }) => toHex(dealings.dealing(index)!.nonce))
        const asked = { index, receipts, nonces }
        const again = await Promise.all(world.operators.map(({ enrolments }) => enrolments.answer(asked)))
        expect(again.map((answer) => answer.opened)).to.deep.equal(opened)
        await Promise.all(world.operators.map(({ enrolments }) => enrolments.erase(index)))
      })

      it('with an operator that commits to several nonces has nobody open: two coins would give bits away', async () => {
        const { index, receipts } = await deliver(dealBits(handCodes('mallory'), rowLayout(1), params, world.random))
        const [liar, second, third] = world.operators
        const { askMember, committee } = world
        const nonces = world.operators.map(({ dealings }) => toHex(dealings.dealing(index)!.nonce))
        const nonce = world.random(32)
        const { commitmentOf } = createRowCheck({
          domain: DOMAIN,
          self: liar!.address,
          committee: () => committee,
          dealings: liar!.dealings,
          ask: () => Promise.reject(new NodeDownError(liar!.address)),
        })
        const { receipt } = receipts[0]!
        const coinCommitment = commitmentOf({ ...receipt, nonce })
        const another = { ...receipt, coinCommitment }
        const signature = signDigest(receiptHash(DOMAIN, another), operatorKeys(count)[0]!)
        // Towards each it keeps to what it told that one.
        world.askMember = async (from, to, question) =>
          to === liar!.address
            ? {
                nonce: question.receipts[0]!.receipt === receipt ? nonces[0]! : toHex(nonce),
                identity: toHex(liar!.dealings.dealing(index)!.identity),
                opened: '',
              }
            : askMember(from, to, question)
        const answers = [
          second!.enrolments.answer({ index, receipts, nonces }),
          third!.enrolments.answer({
            index,
            receipts: receipts.with(0, { receipt: another, signature }),
            nonces: nonces.with(0, toHex(nonce)),
          }),
        ]
        expect(await Promise.all(answers.map(codeOf))).to.deep.equal(Array(2).fill('PALM_COIN_MISMATCH'))
        await settled()
        for (const { dealings } of world.operators) expect(dealings.dealing(index)!.opened).to.equal(undefined)
        world.askMember = askMember
        await Promise.all(world.operators.map(({ enrolments }) => enrolments.erase(index)))
      })

      it('learns no nonce without all receipts, and nobody opens under a coin that was not committed to', async () => {
        const { index, receipts } = await deliver(dealBits(handCodes('mallory'), rowLayout(1), params, world.random))
        const [operator] = world.operators
        const nonces = world.operators.map(({ dealings }) => toHex(dealings.dealing(index)!.nonce))
        const asked = (question: { receipts: SignedReceipt[]; nonces: Hex[] }) =>
          codeOf(Promise.resolve().then(() => operator!.enrolments.answer({ index, ...question })))
        expect(await asked({ receipts: receipts.slice(1), nonces: [] })).to.equal('PALM_RECEIPTS_MISSING')
        expect(await asked({ receipts, nonces: nonces.slice(1) })).to.equal('PALM_COIN_MISMATCH')
        expect(await asked({ receipts, nonces: [...nonces].reverse() })).to.equal('PALM_COIN_MISMATCH')
        expect(await asked({ receipts, nonces: nonces.with(1, toHex(world.random(32))) })).to.equal(
          'PALM_COIN_MISMATCH',
        )
        expect(operator!.dealings.dealing(index)!.opened).to.equal(undefined)
        expect(await asked({ receipts, nonces })).to.equal('taken')
        await settled()
        await Promise.all(world.operators.map(({ enrolments }) => enrolments.erase(index)))
      })
    })

    describe('a terminal', () => {
      const codesOf = async (query: SplitQuery) =>
        (await world.askAll(query)).map((reply) => (reply.ok ? reply.attestation.payer : reply.code))
      const compared = () => world.frames.filter(({ frame }) => frame[0] === FRAME.compare).length

      /** A query whose probe is dealt as `shares`. */
      function queryWith(shares: readonly Uint8Array[], codes: number): SplitQuery {
        const { members } = world.committee
        const packages = shares.map((share) => encodeProbePackage(share, world.random))
        const leaves = members.map((member, i) => packageLeaf(member, packages[i]!))
        const query = makeQuery(world, shortened(probeOf('anna'), codes))
        return signed({
          ...query,
          roles: members.slice(0, 3),
          scan: { ...query.scan, probeSharesRoot: merkleRoot(leaves) },
          packageOf: (member) => {
            const at = members.indexOf(member)
            return { package: packages[at]!, proof: merkleProof(leaves, at) }
          },
        })
      }
      const honest = () => queryWith(dealBits(codesIn(probeOf('anna')), probeLayout(25), params, world.random), 25)

      const dealings = [
        [
          'a probe that reads one coordinate of every row',
          'PALM_SHARES_NOT_BITS',
          1,
          () => {
            const elements = new Uint16Array(4 * probeLayout(1).bits)
            // 1 - 2 b = 1001 at one coordinate.
            elements[4 * 500] = (1 - 1001) / 2
            for (let bit = 0; bit < 1536; bit += 2) if (bit !== 500) elements[4 * bit] = 1
            return dealElements(elements, probeLayout(1), params, world.random)
          },
        ],
        ['a probe of random ring elements', 'PALM_SHARES_NOT_BITS', 25, () => randomElements(probeLayout(25))],
        [
          'a probe of 25 unrelated hands',
          'PALM_PROBE_INCONSISTENT',
          25,
          () => {
            const hands = Array.from({ length: 25 }, () => world.random(192))
            return dealBits([...hands, world.random(128)], probeLayout(25), params, world.random)
          },
        ],
        [
          'a pooled code that reads one coordinate of every row',
          'PALM_SHARES_NOT_BITS',
          1,
          () => {
            const elements = new Uint16Array(4 * probeLayout(1).bits)
            elements[4 * (1536 + 500)] = (1 - 1001) / 2
            for (let bit = 1536; bit < 1536 + 1024; bit += 2) if (bit !== 1536 + 500) elements[4 * bit] = 1
            return dealElements(elements, probeLayout(1), params, world.random)
          },
        ],
        [
          'a probe of too high a degree',
          'PALM_SHARES_DEGREE',
          25,
          () => quadratic(codesIn(probeOf('anna')), probeLayout(25), 30_000),
        ],
        [
          'a good share to one operator and noise to another',
          'PALM_SHARES_DEGREE',
          25,
          () => {
            const shares = dealBits(codesIn(probeOf('anna')), probeLayout(25), params, world.random)
            shares[1]!.set(world.random(8), 8 * 38_000)
            return shares
          },
        ],
      ] as const
      for (const [name, code, codes, shares] of dealings.slice(count === 4 ? -1 : 0))
        it(`that deals ${name}: ${code} from all, for good, and nothing is compared`, async () => {
          const before = compared()
          const counted = async () =>
            (await world.operators[0]!.metrics.dealerRefusals.get()).values.find(({ labels }) => labels.code === code)
              ?.value ?? 0
          const refusals = await counted()
          const query = queryWith(shares(), codes)
          expect(await codesOf(query)).to.deep.equal(Array(3).fill(code))
          expect(compared()).to.equal(before)
          expect(await counted()).to.equal(refusals + 1)
          // The scan has its answer; it is not checked again under another coin.
          expect(await codesOf({ ...query, attempt: 2 })).to.deep.equal(Array(3).fill(code))
          expect(await counted()).to.equal(refusals + 1)
          expect(await codesOf(honest())).to.deep.equal(Array(3).fill(ANNA))
        })

      if (count === 4) return

      it('that sends a share to the wrong operator: PALM_SHARE_INVALID, before anything is opened', async () => {
        const query = honest()
        const [first, second] = query.roles
        const swapped: SplitQuery = {
          ...query,
          packageOf: (member) => query.packageOf(member === first ? second! : member === second ? first! : member),
        }
        const frames = world.frames.length
        for (const role of [first!, second!]) {
          const reply = await world.ask(world.operator(role), queryFor(swapped, role))
          expect(reply).to.deep.include({ ok: false, code: 'PALM_SHARE_INVALID' })
        }
        expect(world.frames.length).to.equal(frames)
        expect(await codesOf(query)).to.deep.equal(Array(3).fill(ANNA))
      })

      it('that asks with the probe of another request or epoch', async () => {
        const query = honest()
        const { scan, scanSignature } = makeQuery(world, probeOf('anna'))
        expect(await codesOf({ ...query, scan, scanSignature })).to.deep.equal(Array(3).fill('PALM_SCAN_ALTERED'))
        const ofNextEpoch = { ...query, request: { ...query.request, committeeEpoch: 2 } }
        expect(await codesOf(signed(ofNextEpoch))).to.deep.equal(Array(3).fill('PALM_SCAN_ALTERED'))
        const next = { ...makeQuery(world, probeOf('anna'), { request: { committeeEpoch: 2 } }), roles: query.roles }
        expect(await codesOf(next)).to.deep.equal(Array(3).fill('PALM_COMMITTEE_UNKNOWN'))
        expect(await codesOf(query)).to.deep.equal(Array(3).fill(ANNA))
      })

      it('that asks for more attempts than it dealt masks for: PALM_MASKS_SPENT', async () => {
        expect(await codesOf({ ...honest(), attempt: 4 })).to.deep.equal(Array(3).fill('PALM_MASKS_SPENT'))
        expect(await codesOf({ ...honest(), attempt: 3 })).to.deep.equal(Array(3).fill(ANNA))
      })

      it('opens other values at every attempt: coin and masks are new', async () => {
        const query = honest()
        const openings: string[][] = []
        for (const attempt of [1, 2]) {
          const { promise: allOpened, resolve } = Promise.withResolvers<void>()
          const seen: string[] = []
          world.deliver = ({ frame }) => {
            if (frame[0] !== FRAME.check) return true
            if (seen.push(toHex(frame.subarray(33))) === 6) resolve()
            return false
          }
          const codes = codesOf({ ...query, attempt })
          await allOpened
          giveUp(query, attempt)
          expect(await codes).to.deep.equal(Array(3).fill('PALM_NODE_SLOW'))
          openings.push(seen)
        }
        world.deliver = () => true
        for (const values of openings[1]!) expect(openings[0]).not.to.include(values)
        expect(await codesOf({ ...query, attempt: 3 })).to.deep.equal(Array(3).fill(ANNA))
      })
    })

    describe('an operator', () => {
      const codesOf = async (query: SplitQuery) =>
        (await world.askAll(query)).map((reply) => (reply.ok ? reply.attestation.payer : reply.code))
      const query = () => ({ ...makeQuery(world, probeOf('anna')), roles: world.committee.members.slice(0, 3) })
      afterEach(() => {
        world.deliver = () => true
      })
      const sidOf = (frame: Uint8Array) => toHex(frame.subarray(1, 33))

      const lies = [
        ['reveals twice', 'PALM_MESSAGE_REPEATED', FRAME.reveal, (frame: Uint8Array) => frame],
        ['opens twice', 'PALM_MESSAGE_REPEATED', FRAME.check, (frame: Uint8Array) => frame],
        [
          'opens before it reveals',
          'PALM_SESSION_MISMATCH',
          FRAME.reveal,
          (frame: Uint8Array) => encodeCheck({ sid: sidOf(frame), values: new Uint8Array(240) }),
        ],
        [
          'reveals another nonce than it committed to',
          'PALM_COIN_MISMATCH',
          FRAME.reveal,
          (frame: Uint8Array) =>
            encodeReveal({
              sid: sidOf(frame),
              nonce: fromHex(`0x${'11'.repeat(32)}`),
              commitments: frame.subarray(65),
            }),
        ],
        [
          'opens too little',
          'PALM_SHARE_LENGTH',
          FRAME.check,
          (frame: Uint8Array) => encodeCheck({ sid: sidOf(frame), values: new Uint8Array(232) }),
        ],
      ] as const
      for (const [name, code, kind, again] of count === 3 ? lies : [])
        it(`that ${name} ends the attempt for all: ${code}`, async () => {
          const [first, second] = world.operators
          let bent = 0
          world.deliver = ({ from, to, frame }) => {
            if (frame[0] === FRAME.compare) return false
            if (from !== first!.address || to !== second!.address || frame[0] !== kind || bent++ > 0) return true
            second!.matcher.onFrame(from, again(Uint8Array.from(frame)), async () => undefined)
            return true
          }
          expect(await codesOf(query())).to.deep.equal(Array(3).fill(code))
          expect(bent).to.equal(1)
        })

      it('that commits to another nonce towards each gets neither to open: two coins would give bits away', async () => {
        const [first, second, third] = world.committee.members
        const asked = query()
        const nonce = world.random(32)
        const told = new Map<Hex, Hex>()
        const opened: Hex[] = []
        /** What the liar says to the third in the place of what it says to the second. */
        const bent = (frame: Uint8Array): Uint8Array | undefined => {
          if (frame[0] === FRAME.countersign) {
            const message = decodeCountersign(frame.subarray(1))
            const { sid, exchangeKey } = message
            const coinCommitment = toHex(commitmentOf(fromHex(sid), first!, nonce))
            told.set(first!, coinCommitment)
            const digest = manifestDigest(sid, exchangeKey, coinCommitment)
            const signature = signDigest(digest, operatorKeys(count)[0]!)
            return encodeCountersign({ ...message, coinCommitment, signature })
          }
          if (frame[0] !== FRAME.reveal) return undefined
          const sid = sidOf(frame)
          const commitments = commitmentsDigest(
            fromHex(sid),
            asked.roles.map((role) => fromHex(told.get(role)!)),
          )
          return encodeReveal({ sid, nonce, commitments })
        }
        world.deliver = ({ from, to, frame }) => {
          if (from !== first) {
            if (frame[0] === FRAME.countersign) told.set(from, decodeCountersign(frame.subarray(1)).coinCommitment)
            if (frame[0] === FRAME.check) opened.push(from)
          }
          const instead = from === first && to === third ? bent(frame) : undefined
          if (instead) world.operator(third!).matcher.onFrame(first!, instead, async () => undefined)
          return instead === undefined
        }
        const replies = await Promise.all(
          [second!, third!, first!].map((role) => world.ask(world.operator(role), queryFor(asked, role))),
        )
        expect(opened).to.deep.equal([])
        for (const reply of replies) expect(reply).to.deep.include({ ok: false, code: 'PALM_COIN_MISMATCH' })
      })

      it('that opens something else makes the probe count as none at the others, and nobody says who it was', async () => {
        const [first] = world.operators
        world.deliver = ({ from, frame }) => {
          if (from === first!.address && frame[0] === FRAME.check) frame[40]! ^= 1
          return frame[0] !== FRAME.compare
        }
        const asked = query()
        const replies = asked.roles.map((role) => world.ask(world.operator(role), queryFor(asked, role)))
        for (const reply of await Promise.all(replies.slice(1)))
          expect(reply).to.deep.include({ ok: false, code: 'PALM_SHARES_DEGREE' })
        // The liar alone saw what is right, and waits for the comparison in vain.
        giveUp(asked, 1)
        expect(await replies[0]).to.deep.include({ ok: false, code: 'PALM_NODE_SLOW' })
      })

      it('that has no part in the match, or speaks of a session that is over, changes nothing', async () => {
        const stranger = world.operators.at(-1)!.address
        const sid = toHex(world.random(32))
        for (const frame of [
          encodeReveal({ sid, nonce: new Uint8Array(32), commitments: new Uint8Array(32) }),
          encodeCheck({ sid, values: new Uint8Array(240) }),
        ])
          world.operators[0]!.matcher.onFrame(stranger, frame, async () => undefined)
        world.deliver = ({ frame }) => {
          const isCheck = frame[0] === FRAME.reveal || frame[0] === FRAME.check
          if (count === 4 && isCheck)
            for (const { matcher } of world.operators.slice(0, 3))
              matcher.onFrame(stranger, Uint8Array.from(frame), async () => undefined)
          return true
        }
        expect(await codesOf(query())).to.deep.equal(Array(3).fill(ANNA))
      })
    })
  })
