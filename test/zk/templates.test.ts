/**
 * Each template of the circuits on its own: its witness against the plain model, what it refuses, and that its constraints fix
 * every wire. A wire that can be changed alone is one that a cheating prover chooses.
 */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { toHex } from '@palmhold/base'
import { CODE_BITS, distanceBits } from '@palmhold/palm'
import {
  BASE_POINT,
  COMMITMENT_TAGS,
  commitEnrolment,
  commitLink,
  commitProbeCode,
  commitTemplate,
  enrolmentLeaf,
  FIELD_ORDER,
  fieldFromHex,
  multiplyPoint,
  pseudonymOfPoint,
  SUBGROUP_ORDER,
} from '@palmhold/protocol'
import { enrolmentRootAbove } from '@palmhold/zk'
import { expect } from 'chai'
import fc from 'fast-check'
import { enrolmentTree, pathOf, randomCode, seededRandom } from './phone-people.ts'
import { type Signals, type TinyCircuit, tinyCircuit } from './witness-generator.ts'

const field = fc.bigInt(0n, FIELD_ORDER - 1n)
const secret = fc.oneof(
  fc.bigInt(1n, SUBGROUP_ORDER - 1n),
  fc.constantFrom(1n, 2n, 1n << 148n, 1n << 249n, 1n << 250n, SUBGROUP_ORDER - 1n, SUBGROUP_ORDER - 2n),
)
const account = fc.uint8Array({ minLength: 20, maxLength: 20 }).map(toHex)
const numberOf = (hex: string) => BigInt(hex)
const bits = (value: bigint, length: number) => Array.from({ length }, (_, i) => (value >> BigInt(i)) & 1n)
const codeBits = (code: Uint8Array) =>
  Array.from({ length: CODE_BITS }, (_, i) => BigInt((code[i >> 3]! >> (i & 7)) & 1))
const code = fc.nat().map((seed) => randomCode(seededRandom(seed)))

/** Asserts that `circuit` gives `outputs` for `signals`, and that its constraints hold for its witness. */
async function gives(circuit: TinyCircuit, signals: Signals, outputs: readonly bigint[]): Promise<bigint[]> {
  const wires = await circuit.generate(signals)
  expect(wires, 'refused').not.to.equal(undefined)
  expect(wires!.slice(1, 1 + outputs.length)).to.deep.equal(outputs)
  expect(circuit.holds(wires!)).to.equal(true)
  return wires!
}

async function refuses(circuit: TinyCircuit, signals: Signals): Promise<void> {
  expect(await circuit.generate(signals)).to.equal(undefined)
}

const runs = (numRuns: number) => ({ numRuns, seed: 4 })

describe('templates of the circuits', function () {
  // The first run compiles them.
  this.timeout(240_000)

  it('tags are those of the plain model', () => {
    const text = readFileSync(join(import.meta.dirname, '../../packages/zk/circuits/templates/tags.circom'), 'utf8')
    const found = [...text.matchAll(/function (\w+)Tag\(\) \{\s+return (\d+);/g)].map(([, name, tag]) => [
      name,
      BigInt(tag!),
    ])
    expect(Object.fromEntries(found)).to.deep.equal(COMMITMENT_TAGS)
  })

  it('Bits takes bits alone', async () => {
    const circuit = await tinyCircuit('templates/bits.circom', 'Bits(3)')
    for (const value of [0n, 3n, 5n, 7n]) await gives(circuit, { in: bits(value, 3) }, [])
    for (const wrong of [2n, -1n, FIELD_ORDER - 1n]) await refuses(circuit, { in: [0n, wrong, 1n] })
  })

  it('CodeCommitment commits to a code as the plain model does', async () => {
    const circuit = await tinyCircuit('templates/code-commitment.circom', `CodeCommitment(${COMMITMENT_TAGS.probe})`)
    await fc.assert(
      fc.asyncProperty(code, field, async (palm, salt) => {
        await gives(circuit, { bits: codeBits(palm), salt }, [commitProbeCode(palm, salt)])
        expect(commitProbeCode(palm, salt)).not.to.equal(commitTemplate(palm, salt))
      }),
      runs(5),
    )
  })

  it('HammingDistance counts what differs', async () => {
    const circuit = await tinyCircuit('templates/hamming-distance.circom', `HammingDistance(${CODE_BITS})`)
    await fc.assert(
      fc.asyncProperty(code, code, async (a, b) => {
        await gives(circuit, { a: codeBits(a), b: codeBits(b) }, [BigInt(distanceBits(a, b))])
      }),
      runs(5),
    )
    const [none, all] = [bits(0n, CODE_BITS), bits((1n << BigInt(CODE_BITS)) - 1n, CODE_BITS)]
    await gives(circuit, { a: none, b: all }, [BigInt(CODE_BITS)])
    await gives(circuit, { a: all, b: all }, [0n])
  })

  it('BelowThreshold tells every step, and takes 11 bits', async () => {
    const circuit = await tinyCircuit('templates/below-threshold.circom', 'BelowThreshold(11)')
    for (let threshold = 1n; threshold < 2048n; threshold++) {
      const wires = await gives(circuit, { distance: threshold - 1n, threshold }, [])
      if (threshold % 64n === 0n) expect(circuit.freeWires(wires)).to.deep.equal([])
      await refuses(circuit, { distance: threshold, threshold })
    }
    await refuses(circuit, { distance: 0n, threshold: 0n })
    for (const threshold of [2048n, FIELD_ORDER - 1n, 1n << 128n]) await refuses(circuit, { distance: 0n, threshold })
  })

  it('TemplatePair puts the shown hand in its place', async () => {
    const circuit = await tinyCircuit('templates/template-pair.circom', 'TemplatePair()')
    await fc.assert(
      fc.asyncProperty(field, field, async (shown, other) => {
        await gives(circuit, { hand: 0n, shown, other }, [shown, other])
        await gives(circuit, { hand: 1n, shown, other }, [other, shown])
        await refuses(circuit, { hand: 2n, shown, other })
      }),
      runs(20),
    )
  })

  it('Link commits as the plain model does', async () => {
    const circuit = await tinyCircuit('templates/link.circom', 'Link()')
    await fc.assert(
      fc.asyncProperty(field, field, account, field, async (left, right, payer, salt) => {
        const signals = { templateLeft: left, templateRight: right, account: numberOf(payer), salt }
        const wires = await gives(circuit, signals, [commitLink({ left, right }, payer, salt)])
        expect(circuit.freeWires(wires)).to.deep.equal([])
      }),
      runs(3),
    )
  })

  it('Payer is nobody or the account', async () => {
    const circuit = await tinyCircuit('templates/payer.circom', 'Payer()')
    await gives(circuit, { payer: 0n, account: 7n }, [])
    await gives(circuit, { payer: 7n, account: 7n }, [])
    for (const payer of [1n, 6n, 8n, FIELD_ORDER - 7n]) await refuses(circuit, { payer, account: 7n })
  })

  it('Bound fixes the input by its square', async () => {
    const circuit = await tinyCircuit('templates/bound.circom', 'Bound()')
    const wires = await gives(circuit, { in: 12n }, [])
    expect(circuit.freeWires(wires)).to.deep.equal([])
  })

  it('IdentitySecret takes 0 < s < l alone', async () => {
    const circuit = await tinyCircuit('templates/identity-secret.circom', 'IdentitySecret()')
    await fc.assert(
      fc.asyncProperty(secret, async (s) => {
        const wires = await gives(circuit, { s }, bits(s, 251))
        expect(circuit.freeWires(wires)).to.deep.equal([])
      }),
      runs(8),
    )
    for (const s of [0n, SUBGROUP_ORDER, SUBGROUP_ORDER + 1n, 2n * SUBGROUP_ORDER, 1n << 251n, FIELD_ORDER - 1n])
      await refuses(circuit, { s })
  })

  it('IdentityPoint is s * B', async () => {
    const circuit = await tinyCircuit('templates/identity-point.circom', 'IdentityPoint()')
    await fc.assert(
      fc.asyncProperty(secret, async (s) => {
        const { x, y } = multiplyPoint(BASE_POINT, s)
        const wires = await gives(circuit, { secretBits: bits(s, 251) }, [x, y])
        expect(circuit.freeWires(wires)).to.deep.equal([])
      }),
      runs(8),
    )
  })

  it('Pseudonym is that of s * Q', async () => {
    const circuit = await tinyCircuit('templates/pseudonym.circom', 'Pseudonym()')
    await fc.assert(
      fc.asyncProperty(secret, fc.bigInt(1n, SUBGROUP_ORDER - 1n), async (s, factor) => {
        const scope = multiplyPoint(BASE_POINT, factor)
        const signals = { secretBits: bits(s, 251), scopeX: scope.x, scopeY: scope.y }
        const wires = await gives(circuit, signals, [fieldFromHex(pseudonymOfPoint(multiplyPoint(scope, s)))])
        // The inverse by which the library tells that Q.x is not 0 is fixed too.
        expect(circuit.freeWires(wires)).to.deep.equal([])
      }),
      runs(6),
    )
  })

  it('EnrolmentLeaf is the leaf of the plain model', async () => {
    const circuit = await tinyCircuit('templates/enrolment-leaf.circom', 'EnrolmentLeaf()')
    await fc.assert(
      fc.asyncProperty(field, field, secret, account, async (left, right, s, owner) => {
        const { x, y } = multiplyPoint(BASE_POINT, s)
        const leaf = enrolmentLeaf(fieldFromHex(commitEnrolment({ left, right }, { x, y })), owner)
        const signals = {
          templateLeft: left,
          templateRight: right,
          identityX: x,
          identityY: y,
          account: numberOf(owner),
        }
        const wires = await gives(circuit, signals, [leaf])
        expect(circuit.freeWires(wires)).to.deep.equal([])
      }),
      runs(3),
    )
  })

  describe('EnrolmentRoot', () => {
    const MOST = 32
    const padded = (siblings: readonly bigint[]) => Array.from({ length: MOST }, (_, i) => siblings[i] ?? 0n)
    const circuitOf = () => tinyCircuit('templates/enrolment-root.circom', `EnrolmentRoot(${MOST})`)

    it("climbs every path of a library's LeanIMT", async () => {
      const circuit = await circuitOf()
      for (let size = 1; size <= 9; size++) {
        const leaves = Array.from({ length: size }, (_, i) => BigInt(1000 + i))
        const tree = enrolmentTree(leaves)
        for (let i = 0; i < size; i += size > 4 ? 3 : 1) {
          const { index, siblings, root } = pathOf(tree, i)
          const signals = {
            leaf: leaves[i]!,
            depth: BigInt(siblings.length),
            index: BigInt(index),
            siblings: padded(siblings),
          }
          await gives(circuit, signals, [root])
        }
      }
    })

    it('climbs 0 to 32 levels and no more', async () => {
      const circuit = await circuitOf()
      const siblings = Array.from({ length: MOST }, (_, i) => BigInt(77 + i))
      for (const depth of [0, 1, 31, 32]) {
        const path = { index: (1n << BigInt(depth)) - 1n, siblings: siblings.slice(0, depth) }
        const signals = { leaf: 5n, depth: BigInt(depth), index: path.index, siblings }
        await gives(circuit, signals, [enrolmentRootAbove(5n, path)])
      }
      // Without a limit these would have the root 0.
      for (const depth of [33n, 34n, 63n, 64n, FIELD_ORDER - 1n])
        await refuses(circuit, { leaf: 5n, depth, index: 0n, siblings })
      await refuses(circuit, { leaf: 5n, depth: 32n, index: 1n << 32n, siblings })
    })

    it('fixes its root: above the path alone an input, and an inverse of 0, are free', async () => {
      const circuit = await circuitOf()
      const siblings = padded([11n, 12n, 13n])
      const wires = await gives(circuit, { leaf: 5n, depth: 3n, index: 5n, siblings }, [
        enrolmentRootAbove(5n, { index: 5n, siblings: [11n, 12n, 13n] }),
      ])
      const free = circuit.freeWires(wires)
      // IsEqual's inverse of depth - 3 = 0.
      expect(free).to.have.length(1)
      expect(free).not.to.include(1)
    })

    it('forgets index and siblings above the path', async () => {
      const circuit = await circuitOf()
      const root = enrolmentRootAbove(5n, { index: 1n, siblings: [11n] })
      for (const [index, above] of [
        [1n, 0n],
        [3n, 99n],
      ] as const)
        await gives(circuit, { leaf: 5n, depth: 1n, index, siblings: padded([11n, above, above]) }, [root])
    })
  })
})
