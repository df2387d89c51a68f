/** Merkle trees: every leaf proves, and nothing else does. The verifier knows root and number of leaves beforehand. */

import { keccak_256 } from '@noble/hashes/sha3.js'
import { concatBytes, fromHex, type Hex, toBigEndian, toHex } from '@palmhold/base'
import { EmptyTreeError, isInMerkleTree, merkleProof, merkleRoot } from '@palmhold/protocol'
import { expect } from 'chai'
import fc from 'fast-check'
import { hashOf } from './signed.ts'

const RUNS = { numRuns: 120, seed: 6962 }
const count = fc.integer({ min: 1, max: 40 })
const leavesOf = (n: number) => Array.from({ length: n }, (_, i) => toBigEndian(1000 + i, 4))

/** The root by the definition, recursively: an odd node is carried up. */
function rootByDefinition(hashes: readonly Uint8Array[]): Uint8Array {
  if (hashes.length === 1) return hashes[0]!
  const above: Uint8Array[] = []
  for (let i = 0; i < hashes.length; i += 2)
    above.push(
      i + 1 < hashes.length ? keccak_256(concatBytes(Uint8Array.of(1), hashes[i]!, hashes[i + 1]!)) : hashes[i]!,
    )
  return rootByDefinition(above)
}

describe('Merkle trees', () => {
  it('have the root that their definition gives', () => {
    for (let n = 1; n <= 40; n++) {
      const leaves = leavesOf(n)
      const hashes = leaves.map((leaf) => keccak_256(concatBytes(Uint8Array.of(0), leaf)))
      expect(merkleRoot(leaves), `${n} leaves`).to.equal(toHex(rootByDefinition(hashes)))
    }
  })

  it('prove every leaf at its place', () => {
    for (let n = 1; n <= 40; n++) {
      const leaves = leavesOf(n)
      const root = merkleRoot(leaves)
      for (let i = 0; i < n; i++)
        expect(isInMerkleTree(root, n, i, leaves[i]!, merkleProof(leaves, i)), `${i} of ${n}`).to.equal(true)
    }
  })

  it('prove no leaf at another place, and no other leaf', () => {
    fc.assert(
      fc.property(count, fc.nat(), fc.nat(), (n, a, b) => {
        const leaves = leavesOf(n)
        const [i, j] = [a % n, b % n]
        const proof = merkleProof(leaves, i)
        expect(isInMerkleTree(merkleRoot(leaves), n, j, leaves[i]!, proof)).to.equal(i === j)
        expect(isInMerkleTree(merkleRoot(leaves), n, i, Uint8Array.of(1), proof)).to.equal(false)
      }),
      RUNS,
    )
  })

  it('refuse a proof with any hash changed, dropped, added or swapped', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 40 }), fc.nat(), fc.nat(), (n, a, b) => {
        const leaves = leavesOf(n)
        const root = merkleRoot(leaves)
        const i = a % n
        const proof = merkleProof(leaves, i)
        const holds = (bent: readonly Hex[]) => isInMerkleTree(root, n, i, leaves[i]!, bent)
        const at = b % Math.max(1, proof.length)
        expect(holds(proof)).to.equal(true)
        if (proof.length > 0) {
          expect(holds(proof.with(at, hashOf('another')))).to.equal(false)
          expect(holds(proof.toSpliced(at, 1))).to.equal(false)
          expect(holds(proof.with(at, proof[at]!.toUpperCase() as Hex))).to.equal(false)
        }
        if (proof.length > 1) expect(holds([...proof].reverse())).to.equal(false)
        expect(holds([...proof, hashOf('extra')])).to.equal(false)
        expect(holds([...proof, proof.at(-1) ?? hashOf('extra')])).to.equal(false)
      }),
      RUNS,
    )
  })

  it('refuse a count at which the path to the leaf has another length', () => {
    for (const [n, i, wrong] of [
      [3, 2, 4],
      [4, 3, 8],
      [5, 4, 6],
      [8, 0, 4],
      [8, 0, 16],
      [25, 24, 26],
    ] as const) {
      const leaves = leavesOf(n)
      expect(isInMerkleTree(merkleRoot(leaves), wrong, i, leaves[i]!, merkleProof(leaves, i)), `${n}`).to.equal(false)
    }
  })

  it('take no inner node for a leaf', () => {
    const leaves = leavesOf(4)
    const [a, b] = leaves.map((leaf) => keccak_256(concatBytes(Uint8Array.of(0), leaf)))
    const right = merkleProof(leaves, 0)[1]!
    // The node over leaves 0 and 1, presented as leaf 0 of a tree of two.
    for (const fake of [concatBytes(a!, b!), concatBytes(Uint8Array.of(1), a!, b!)])
      expect(isInMerkleTree(merkleRoot(leaves), 2, 0, fake, [right])).to.equal(false)
  })

  for (const [name, n, index] of [
    ['a negative index', 3, -1],
    ['an index beyond the end', 3, 3],
    ['a fraction', 3, 0.5],
    ['no number', 3, Number.NaN],
    ['a tree without leaves', 0, 0],
  ] as const)
    it(`refuse ${name}`, () => {
      const leaves = leavesOf(3)
      expect(isInMerkleTree(merkleRoot(leaves), n, index, leaves[0]!, merkleProof(leaves, 0))).to.equal(false)
    })

  it('refuse a sibling of another length without throwing', () => {
    const leaves = leavesOf(2)
    for (const sibling of ['0x', '0x00', 'nonsense', `${merkleProof(leaves, 0)[0]}00`] as Hex[])
      expect(isInMerkleTree(merkleRoot(leaves), 2, 0, leaves[0]!, [sibling])).to.equal(false)
  })

  it('do not exist without leaves', () => {
    expect(() => merkleRoot([]))
      .to.throw(EmptyTreeError)
      .with.property('code', 'PALM_TREE_EMPTY')
    expect(() => merkleProof(leavesOf(2), 2)).to.throw(EmptyTreeError)
    expect(() => merkleProof(leavesOf(2), -1)).to.throw(EmptyTreeError)
  })

  it('bind order and number of the leaves', () => {
    const leaves = leavesOf(5)
    const roots = [leaves, [...leaves].reverse(), leaves.slice(0, 4), [...leaves, leaves[4]!]].map(merkleRoot)
    expect(new Set(roots).size).to.equal(roots.length)
    expect(fromHex(roots[0]!).length).to.equal(32)
  })
})
