/** Taking in enrolments: what an operator stores, what it acknowledges, and who takes part in matching. */

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ELEMENT_BYTES, GALLERY_ROW_BYTES, packRow } from '@palmhold/matching'
import { CODE_BITS } from '@palmhold/palm'
import {
  ENROLMENT_PURPOSE,
  enrolmentBinding,
  isSignedBy,
  merkleProof,
  merkleRoot,
  packageLeaf,
  receiptHash,
  type SignedReceipt,
  seal,
  signDigest,
} from '@palmhold/protocol'
import type { DealtEnrolment } from '@palmhold/wallet'
import { expect } from 'chai'
import { type Gallery, openGallery } from '../../node/src/operator/gallery.ts'
import { createGalleryPools } from '../../node/src/operator/gallery-pools.ts'
import { openOperatorDatabase } from '../../node/src/operator/operator-database.ts'
import { NodeDownError } from '../../node/src/runtime/links.ts'
import { openSegments } from '../../node/src/storage/segment-store.ts'
import { randomTemplate } from '../matching/in-memory.ts'
import { addressOf, DOMAIN, hashOf, keyOf, operatorKeys } from '../protocol/signed.ts'
import { noted } from '../wallet/deal-around.ts'
import { dealTemplates, startCommittee, type TestCommittee, type TestOperator } from './in-memory-committee.ts'

const NOBODY = addressOf('nobody')
/** Salt, share of the secret, two points, two template commitments, hands: before the share of bits, where t = 1. */
const PACKAGE_HEAD_BYTES = 32 + 32 + 2 * 64 + 2 * 32 + 1

describe('enrolments', function () {
  this.timeout(20_000)
  let world: TestCommittee
  let operator: TestOperator

  before(async () => {
    world = await startCommittee('enrolments')
    operator = world.operators[0]!
  })
  after(() => world.close())

  /** Deals a row and notes it on chain. */
  function deal(index: number, hands: 'left' | 'both' = 'left'): DealtEnrolment {
    const templates = {
      left: randomTemplate(world.random),
      ...(hands === 'both' ? { right: randomTemplate(world.random) } : {}),
    }
    const dealt = dealTemplates(templates, world)
    world.chain.set(index, noted(index, NOBODY, dealt))
    return dealt
  }

  async function sealedFor(
    to: TestOperator,
    index: number,
    bytes: Uint8Array,
    purpose = ENROLMENT_PURPOSE,
  ): Promise<Uint8Array> {
    const bound = enrolmentBinding(index, to.address)
    return seal({ publicKey: to.sealing.publicKey, purpose, bound }, bytes, world.random)
  }

  async function deliverAll(index: number, dealt: DealtEnrolment): Promise<SignedReceipt[]> {
    return Promise.all(
      dealt.packages.map(async ({ member, bytes, proof }) => {
        const to = world.operator(member)
        return to.enrolments.deliver(index, await sealedFor(to, index, bytes), proof)
      }),
    )
  }

  async function codeOf(promise: Promise<unknown>): Promise<string> {
    return promise.then(
      () => 'taken',
      (error: { code?: string }) => error.code ?? String(error),
    )
  }

  it('are acknowledged with a receipt that names what is held', async () => {
    const dealt = deal(0)
    const [receipt] = await deliverAll(0, dealt)
    expect(receipt!.receipt).to.deep.equal({
      index: 0,
      sharesRoot: dealt.sharesRoot,
      committeeId: world.committee.committeeId,
      committeeEpoch: 1,
      operator: operator.address,
      coinCommitment: receipt!.receipt.coinCommitment,
    })
    expect(isSignedBy(operator.address, receiptHash(DOMAIN, receipt!.receipt), receipt!.signature)).to.equal(true)
    expect(operator.gallery.enrolment(0)).to.include({ state: 'stored', owner: NOBODY, hands: 1 })
    expect(operator.gallery.activeRows()).to.equal(0)
  })

  it('may be delivered again: the same receipt, nothing twice', async () => {
    const dealt = deal(1, 'both')
    const first = await deliverAll(1, dealt)
    expect(await deliverAll(1, dealt)).to.deep.equal(first)
    await world.activate(1, first)
    expect(await deliverAll(1, dealt)).to.deep.equal(first)
    expect(operator.gallery.activeRows()).to.equal(2)
    expect(operator.gallery.enrolment(1)!.state).to.equal('active')
  })

  describe('are refused', () => {
    let dealt: DealtEnrolment
    const INDEX = 2
    const mine = () => dealt.packages[0]!
    const cases: [name: string, code: string, deliver: () => Promise<unknown>][] = [
      [
        'that the chain does not know',
        'PALM_ENROLMENT_UNKNOWN',
        async () => operator.enrolments.deliver(99, await sealedFor(operator, 99, mine().bytes), mine().proof),
      ],
      [
        'with the share of another operator',
        'PALM_SHARE_INVALID',
        async () => {
          const { bytes, proof } = dealt.packages[1]!
          return operator.enrolments.deliver(INDEX, await sealedFor(operator, INDEX, bytes), proof)
        },
      ],
      [
        'with the proof of another operator',
        'PALM_SHARE_INVALID',
        async () =>
          operator.enrolments.deliver(INDEX, await sealedFor(operator, INDEX, mine().bytes), dealt.packages[1]!.proof),
      ],
      [
        'without proof',
        'PALM_SHARE_INVALID',
        async () => operator.enrolments.deliver(INDEX, await sealedFor(operator, INDEX, mine().bytes), []),
      ],
      [
        'with one bit of the share changed',
        'PALM_SHARE_INVALID',
        async () => {
          const bytes = mine().bytes.map((byte, i) => (i === 500 ? byte ^ 1 : byte))
          return operator.enrolments.deliver(INDEX, await sealedFor(operator, INDEX, bytes), mine().proof)
        },
      ],
      [
        'with the shares of another enrolment',
        'PALM_SHARE_INVALID',
        async () => {
          const other = dealTemplates({ left: randomTemplate(world.random) }, world).packages[0]!
          return operator.enrolments.deliver(INDEX, await sealedFor(operator, INDEX, other.bytes), other.proof)
        },
      ],
      [
        'sealed for another enrolment',
        'PALM_SEAL_INVALID',
        async () =>
          operator.enrolments.deliver(INDEX, await sealedFor(operator, INDEX + 1, mine().bytes), mine().proof),
      ],
      [
        'sealed to another operator',
        'PALM_SEAL_INVALID',
        async () =>
          operator.enrolments.deliver(INDEX, await sealedFor(world.operators[1]!, INDEX, mine().bytes), mine().proof),
      ],
      [
        'sealed for another purpose',
        'PALM_SEAL_INVALID',
        async () =>
          operator.enrolments.deliver(
            INDEX,
            await sealedFor(operator, INDEX, mine().bytes, 'palmhold/probe/1'),
            mine().proof,
          ),
      ],
      [
        'not sealed at all',
        'PALM_SEAL_INVALID',
        async () => operator.enrolments.deliver(INDEX, mine().bytes, mine().proof),
      ],
      [
        'that their owner has revoked',
        'PALM_ENROLMENT_UNKNOWN',
        async () => {
          const noted = world.chain.get(INDEX)!
          world.chain.set(INDEX, { ...noted, live: false })
          try {
            return await operator.enrolments.deliver(
              INDEX,
              await sealedFor(operator, INDEX, mine().bytes),
              mine().proof,
            )
          } finally {
            world.chain.set(INDEX, noted)
          }
        },
      ],
    ]
    before(() => {
      dealt = deal(INDEX)
    })
    for (const [name, code, deliver] of cases)
      it(`${name}: ${code}`, async () => {
        expect(await codeOf(deliver())).to.equal(code)
        expect(operator.gallery.enrolment(INDEX)).to.equal(undefined)
      })

    it('with a package that is committed to and is none', async () => {
      const bytes = dealt.packages[0]!.bytes.subarray(1)
      const leaves = world.committee.members.map((member) => packageLeaf(member, bytes))
      world.chain.set(3, noted(3, NOBODY, { commitment: dealt.commitment, sharesRoot: merkleRoot(leaves) }))
      const sealed = await sealedFor(operator, 3, bytes)
      expect(await codeOf(operator.enrolments.deliver(3, sealed, merkleProof(leaves, 0)))).to.equal(
        'PALM_SHARE_INVALID',
      )
      expect(operator.gallery.enrolment(3)).to.equal(undefined)
    })
  })

  describe('become active', () => {
    let receipts: SignedReceipt[]
    let askMember: TestCommittee['askMember']
    const INDEX = 4
    before(async () => {
      askMember = world.askMember
      receipts = await deliverAll(INDEX, deal(INDEX))
    })
    const again = (i: number, changes: object, key = operatorKeys()[i]!): SignedReceipt[] => {
      const receipt = { ...receipts[i]!.receipt, ...changes }
      return receipts.with(i, { receipt, signature: signDigest(receiptHash(DOMAIN, receipt), key) })
    }
    const cases: [name: string, code: string, take: () => readonly SignedReceipt[]][] = [
      ['no receipt', 'PALM_RECEIPTS_MISSING', () => []],
      ['one receipt missing', 'PALM_RECEIPTS_MISSING', () => receipts.slice(0, 2)],
      ['one receipt three times', 'PALM_RECEIPTS_MISSING', () => Array(3).fill(receipts[0])],
      ['a receipt of another enrolment', 'PALM_RECEIPTS_MISSING', () => again(2, { index: 1 })],
      ['a receipt for other shares', 'PALM_RECEIPTS_MISSING', () => again(2, { sharesRoot: hashOf('other shares') })],
      ['a receipt of another epoch', 'PALM_RECEIPTS_MISSING', () => again(2, { committeeEpoch: 2 })],
      ['a receipt of another committee', 'PALM_RECEIPTS_MISSING', () => again(2, { committeeId: hashOf('x') })],
      ['a receipt in the name of another', 'PALM_RECEIPTS_MISSING', () => again(2, { operator: NOBODY })],
      ['a receipt that another signed', 'PALM_RECEIPTS_MISSING', () => again(2, {}, keyOf('stranger'))],
      [
        'two signatures swapped',
        'PALM_RECEIPTS_MISSING',
        () => [
          { ...receipts[0]!, signature: receipts[1]!.signature },
          { ...receipts[1]!, signature: receipts[0]!.signature },
          receipts[2]!,
        ],
      ],
    ]
    for (const [name, code, take] of cases)
      it(`not with ${name}: ${code}`, async () => {
        expect(await codeOf(operator.enrolments.activate({ index: INDEX, receipts: take() }))).to.equal(code)
        expect(operator.gallery.enrolment(INDEX)!.state).to.equal('stored')
      })

    it('not where nothing was delivered', async () => {
      expect(await codeOf(operator.enrolments.activate({ index: 98, receipts }))).to.equal('PALM_ENROLMENT_UNKNOWN')
    })

    it('with the receipts of all, in any order, and once', async () => {
      // The third opens, but nobody tells it what the others opened.
      world.askMember = (from, to, question) =>
        from === world.operators[2]!.address && question.nonces.length > 0
          ? Promise.reject(new NodeDownError(to))
          : askMember(from, to, question)
      const rows = operator.gallery.activeRows()
      const activation = { index: INDEX, receipts: [...receipts].reverse() }
      await Promise.all([operator.enrolments.activate(activation), operator.enrolments.activate(activation)])
      await operator.enrolments.activate(activation)
      expect(operator.gallery.activeRows()).to.equal(rows + 1)
      expect(operator.gallery.ownerOf(2 * INDEX)).to.include({ index: INDEX, owner: NOBODY })
      // The slot of the hand that was not enrolled belongs to nobody.
      expect(operator.gallery.ownerOf(2 * INDEX + 1)).to.equal(undefined)
    })

    it('at an operator that the wallet never told, by what another one keeps', async () => {
      const late = world.operators[2]!
      expect(late.gallery.enrolment(INDEX)!.state).to.equal('stored')
      world.askMember = askMember
      const activations = operator.enrolments.activationsBeyond(new Set([1]), [0, 1, INDEX, 98])
      expect(activations.map(({ index }) => index)).to.deep.equal([INDEX])
      for (const activation of activations) await late.enrolments.activate(activation)
      expect(late.gallery.enrolment(INDEX)!.state).to.equal('active')
    })
  })

  describe('renewed on chain', () => {
    it('replace what was dealt before, which is active no more until all have acknowledged', async () => {
      const first = deal(5)
      const receipts = await deliverAll(5, first)
      await world.activate(5, receipts)
      const root = operator.gallery.snapshot().root
      const second = deal(5)
      const renewed = await deliverAll(5, second)
      expect(operator.gallery.enrolment(5)).to.include({ state: 'stored', sharesRoot: second.sharesRoot })
      expect(await codeOf(operator.enrolments.activate({ index: 5, receipts }))).to.equal('PALM_RECEIPTS_MISSING')
      await world.activate(5, renewed)
      expect(operator.gallery.snapshot().root).not.to.equal(root)
      const [one, , third] = world.operators
      expect(third!.gallery.snapshot().root).to.equal(one!.gallery.snapshot().root)
    })
  })

  describe('erased', () => {
    it('leave no share on disk or in the database, and do not come back', async () => {
      const dealt = deal(6)
      const receipts = await deliverAll(6, dealt)
      await world.activate(6, receipts)
      const share = Buffer.from(
        packRow(dealt.packages[0]!.bytes.subarray(PACKAGE_HEAD_BYTES, PACKAGE_HEAD_BYTES + ELEMENT_BYTES * CODE_BITS)),
      )
      const ofSecret = Buffer.from(dealt.packages[0]!.bytes.subarray(32, 64))
      const rowsFile = join(operator.folder, 'segments', 'segment-00000.rows')
      const holdsShareOfSecret = () =>
        ['operator.sqlite', 'operator.sqlite-wal'].some((name) =>
          readFileSync(join(operator.folder, name)).includes(ofSecret),
        )
      expect(readFileSync(rowsFile).includes(share)).to.equal(true)
      expect(holdsShareOfSecret()).to.equal(true)
      await operator.enrolments.erase(6)
      await operator.enrolments.erase(6)
      expect(readFileSync(rowsFile).includes(share)).to.equal(false)
      const { identityShare, identityCommitments } = operator.gallery.enrolment(6)!
      expect([identityShare.length, identityCommitments.length]).to.deep.equal([0, 0])
      expect(operator.gallery.ownerOf(12)).to.equal(undefined)
      expect(await codeOf(operator.enrolments.activate({ index: 6, receipts }))).to.equal('PALM_ENROLMENT_UNKNOWN')
      expect(await codeOf(deliverAll(6, dealt))).to.equal('PALM_ENROLMENT_UNKNOWN')
      expect(holdsShareOfSecret()).to.equal(false)
    })
  })

  describe('after a restart', () => {
    /** Opens the operator's folder anew, as a restarted process does. */
    async function reopened(work: (gallery: Gallery, row: (slot: number) => Uint8Array) => void) {
      const pool = createGalleryPools({ threads: 1, capacityRows: 64 })
      const gallery = await openGallery(
        openOperatorDatabase(join(operator.folder, 'operator.sqlite')),
        openSegments(join(operator.folder, 'segments'), GALLERY_ROW_BYTES),
        pool,
      )
      try {
        work(gallery, (slot) => pool.codes.row(slot).slice())
      } finally {
        gallery.close()
        await pool.close()
      }
    }

    it('take part as before; a row that the disk damaged is left out and named', async () => {
      const { root } = operator.gallery.snapshot()
      const rows = operator.gallery.activeRows()
      const owner = operator.gallery.ownerOf(8)!
      operator.closeGallery()
      await reopened((gallery, row) => {
        expect(gallery.snapshot().root).to.equal(root)
        expect(gallery.activeRows()).to.equal(rows)
        expect(gallery.ownerOf(8)).to.deep.equal(owner)
        expect(gallery.damaged()).to.deep.equal([])
        expect(row(8).some((byte) => byte !== 0)).to.equal(true)
      })

      const rowsFile = join(operator.folder, 'segments', 'segment-00000.rows')
      const bytes = readFileSync(rowsFile)
      bytes[8 * GALLERY_ROW_BYTES + 7]! ^= 1
      writeFileSync(rowsFile, bytes)
      await reopened((gallery) => {
        expect(gallery.damaged().map(({ index }) => index)).to.deep.equal([4])
        expect(gallery.activeRows()).to.equal(rows - 1)
        expect(gallery.ownerOf(8)).to.equal(undefined)
        expect(gallery.snapshot().root).not.to.equal(root)
      })
    })
  })
})
