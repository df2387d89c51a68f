/** The enrolment tree on chain is the tree of @zk-kit/lean-imt over the leaves of packages/protocol, whatever happens to it. */

import type { Hex } from '@palmhold/base'
import { enrolmentLeaf, enrolmentNode, FIELD_ORDER, fieldToHex, merchantIdOf, scopePointOf } from '@palmhold/protocol'
import { LeanIMT } from '@zk-kit/lean-imt'
import { expect } from 'chai'
import type { EventLog } from 'ethers'
import fc from 'fast-check'
import { field } from './phone-lane.ts'
import {
  type Actor,
  actor,
  bytes32,
  GOVERNANCE,
  openWorld,
  PARAMETERS,
  PAYER,
  refusalOf,
  type World,
  ZERO_HASH,
} from './world.ts'

/** Taken in turn, so that none reaches its limit of live enrolments. */
const OWNERS = Array.from({ length: 10 }, (_, i) => actor(10 + i))

type Step = { readonly do: 'enrol' | 'renew' | 'revoke'; readonly pick: number }

const step: fc.Arbitrary<Step> = fc.record({
  do: fc.constantFrom('enrol' as const, 'enrol', 'enrol', 'renew', 'revoke'),
  pick: fc.nat(),
})

describe('the enrolment tree on chain', function () {
  this.timeout(60_000)
  let fresh: () => Promise<World>
  let world: World

  before(async () => {
    fresh = await openWorld()
    world = await fresh()
  })

  it('has the roots of @zk-kit/lean-imt, and events that a wallet builds it from', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 30 }), async (steps) => {
        world = await fresh()
        const tree = new LeanIMT<bigint>(enrolmentNode)
        const owners: { by: Actor; live: boolean }[] = []
        const operations = new Map(OWNERS.map((by) => [by, 0]))
        let changes = 0
        for (const { do: what, pick } of steps) {
          const label = `commitment ${changes}`
          const live = [...owners.keys()].filter((i) => owners[i]!.live)
          if (what === 'enrol' || live.length === 0) {
            const by = OWNERS[changes % OWNERS.length]!
            operations.set(by, operations.get(by)! + 1)
            await registry(by).getFunction('enrol')(field(label), ZERO_HASH)
            owners.push({ by, live: true })
            tree.insert(leafOf(by, label))
          } else {
            const index = live[pick % live.length]!
            const { by } = owners[index]!
            // a renewal takes one of the owner's changes, of which an enrolment may still want one
            if (what === 'renew' && operations.get(by)! < PARAMETERS.maxEnrolmentOperations - 3) {
              operations.set(by, operations.get(by)! + 1)
              await registry(by).getFunction('renew')(index, field(label), ZERO_HASH)
              tree.update(index, leafOf(by, label))
            } else {
              await registry(by).getFunction('revoke')(index)
              owners[index]!.live = false
              tree.update(index, 0n)
            }
          }
          changes++
          expect(BigInt(await world.palmRegistry.getFunction('currentRoot')())).to.equal(tree.root)
        }
        await rebuilt(tree, changes)
      }),
      { numRuns: 6, seed: 4 },
    )
  })

  it('numbers its roots, and knows when each came and went', async () => {
    world = await fresh()
    const roots: Hex[] = []
    for (const label of ['a', 'b', 'c']) {
      await registry(PAYER).getFunction('enrol')(field(label), ZERO_HASH)
      roots.push(await world.palmRegistry.getFunction('currentRoot')())
    }
    const read = await Promise.all(roots.map((root) => world.palmRegistry.getFunction('rootOf')(root)))
    expect(read.map(({ sequence }) => sequence)).to.deep.equal([1n, 2n, 3n])
    expect(read.map(({ supersededAt }) => supersededAt)).to.deep.equal([read[1]!.createdAt, read[2]!.createdAt, 0n])
    expect(read.map(({ refusedFrom }) => refusedFrom)).to.deep.equal([0n, 0n, 0n])
    for (const unknown of [field('never'), ZERO_HASH])
      expect(await refusalOf(world.palmRegistry.getFunction('rootOf')(unknown))).to.equal('RootUnknown')
  })

  it('has the root 0 where its only leaf was revoked, which counts for nothing, and goes on from there', async () => {
    world = await fresh()
    await registry(PAYER).getFunction('enrol')(field('a'), ZERO_HASH)
    await registry(PAYER).getFunction('revoke')(0)
    expect(await world.palmRegistry.getFunction('currentRoot')()).to.equal(ZERO_HASH)
    expect(await refusalOf(world.palmRegistry.getFunction('requireUsableRoot')(ZERO_HASH, 2n ** 40n, 0))).to.equal(
      'RootUnknown',
    )
    await registry(PAYER).getFunction('enrol')(field('b'), ZERO_HASH)
    const root: Hex = await world.palmRegistry.getFunction('currentRoot')()
    expect((await world.palmRegistry.getFunction('rootOf')(root)).sequence).to.equal(3n)
    expect(BigInt(root)).to.equal(enrolmentNode(0n, leafOf(PAYER, 'b')))
  })

  it('puts the sender into the leaf, whatever the commitment', async () => {
    world = await fresh()
    for (const [i, by] of OWNERS.slice(0, 2).entries()) {
      await registry(by).getFunction('enrol')(field(`of ${i}`), ZERO_HASH)
      expect(BigInt(await world.palmRegistry.getFunction('leafOf')(i))).to.equal(leafOf(by, `of ${i}`))
    }
    expect(await refusalOf(world.palmRegistry.getFunction('leafOf')(2))).to.equal('EnrolmentUnknown')
  })

  it('takes elements of the field alone', async () => {
    world = await fresh()
    const most = fieldToHex(FIELD_ORDER - 1n)
    for (const value of [FIELD_ORDER, FIELD_ORDER + 1n, 2n ** 256n - 1n]) {
      const commitment = `0x${value.toString(16).padStart(64, '0')}`
      expect(await refusalOf(registry(PAYER).getFunction('enrol')(commitment, ZERO_HASH))).to.equal(
        'CommitmentNotInField',
      )
    }
    await registry(PAYER).getFunction('enrol')(most, ZERO_HASH)
    const alias = `0x${(FIELD_ORDER + 5n).toString(16).padStart(64, '0')}`
    expect(await refusalOf(registry(PAYER).getFunction('renew')(0, alias, ZERO_HASH))).to.equal('CommitmentNotInField')
  })

  it('gives every merchant the scope point of packages/protocol', async () => {
    world = await fresh()
    for (let i = 0; i < 24; i++) {
      const did = `did:web:shop-${i}.example`
      await world.merchantRegistry.getFunction('registerFor')(did, GOVERNANCE.address, GOVERNANCE.address)
      const [x, y] = await world.merchantRegistry.getFunction('scopePointOf')(merchantIdOf(did))
      expect({ x, y }).to.deep.equal(scopePointOf({ chainId: 31337, merchantId: merchantIdOf(did) }))
    }
    expect(await refusalOf(world.merchantRegistry.getFunction('scopePointOf')(bytes32(9)))).to.equal('MerchantUnknown')
  })

  const registry = (by: Actor) => world.as(world.palmRegistry, by)

  async function rebuilt(tree: LeanIMT<bigint>, changes: number): Promise<void> {
    const events = await world.palmRegistry.queryFilter('LeafChanged')
    expect(events).to.have.length(changes)
    const copy = new LeanIMT<bigint>(enrolmentNode)
    for (const [i, event] of events.entries()) {
      const { index, sequence, leaf, root, replaces } = (event as EventLog).args
      if (replaces) copy.update(Number(index), BigInt(leaf))
      else copy.insert(BigInt(leaf))
      expect([sequence, replaces || Number(index) === copy.size - 1]).to.deep.equal([BigInt(i + 1), true])
      expect(BigInt(root)).to.equal(copy.root)
    }
    expect(copy.root).to.equal(tree.root)
  }
})

function leafOf(by: Actor, label: string): bigint {
  return enrolmentLeaf(BigInt(field(label)), by.address)
}
