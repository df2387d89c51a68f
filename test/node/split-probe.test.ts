import {
  dealtBytes,
  ELEMENT_BYTES,
  packProbe,
  packRow,
  prepareProbe,
  probeLayout,
  reconstructRow,
} from '@palmhold/matching'
import { CODE_BYTES, POOLED_BYTES, pooledCode } from '@palmhold/palm'
import { decodeProbePackage, isInMerkleTree, packageLeaf } from '@palmhold/protocol'
import { expect } from 'chai'
import type { Committee } from '../../node/src/runtime/committee.ts'
import { readProbe, splitProbe } from '../../node/src/verifier/split-probe.ts'
import { randomCode, seededRandom } from '../matching/in-memory.ts'
import { addressOf, COMMITTEE_ID, OPERATORS } from '../protocol/signed.ts'

describe('splitting a probe', () => {
  const random = seededRandom('split probe')
  const committee: Committee = { committeeId: COMMITTEE_ID, epoch: 1, members: OPERATORS, threshold: 1, quorum: 2 }
  const codes = [randomCode(random), randomCode(random), randomCode(random)]
  const probe = { codes, pooled: pooledCode(random(POOLED_BYTES)) }

  const layout = probeLayout(codes.length)

  it('gives each member a package that proves under the root, and under no other member', () => {
    const split = splitProbe(probe, committee, random)
    for (const [i, member] of OPERATORS.entries()) {
      const { package: bytes, proof } = split.packageOf(member)
      expect(decodeProbePackage(bytes, dealtBytes(layout)).length).to.equal(dealtBytes(layout))
      for (const [j, other] of OPERATORS.entries())
        expect(isInMerkleTree(split.probeSharesRoot, 3, j, packageLeaf(other, bytes), proof)).to.equal(i === j)
    }
    expect(() => split.packageOf(addressOf('stranger'))).to.throw()
  })

  it('gives shares that a matcher can take, and that alone are no palm', () => {
    const split = splitProbe(probe, committee, random)
    for (const [i, member] of OPERATORS.entries()) {
      const share = decodeProbePackage(split.packageOf(member).package, dealtBytes(layout))
      const bits = share.subarray(0, ELEMENT_BYTES * layout.bits)
      expect(prepareProbe(packProbe(bits), i + 1, [1, 2, 3]).length).to.equal(3 * 1536 + 1024)
      const first = packRow(bits.subarray(0, ELEMENT_BYTES * 1536))
      expect(() => reconstructRow([{ id: i + 1, share: first }])).to.throw()
    }
  })

  it('never splits or commits twice alike', () => {
    const [one, two] = [splitProbe(probe, committee, random), splitProbe(probe, committee, random)]
    expect(one.probeRoot).not.to.equal(two.probeRoot)
    expect(one.probeSharesRoot).not.to.equal(two.probeSharesRoot)
  })

  it('reads codes one after the other, the pooled one last, into memory of their own', () => {
    const bytes = Buffer.concat([...codes, probe.pooled])
    const read = readProbe(bytes, 25)
    bytes.fill(0)
    expect(read).to.deep.equal(probe)
  })

  for (const [name, length, most] of [
    ['nothing', 0, 25],
    ['a pooled code alone', POOLED_BYTES, 25],
    ['half a code', POOLED_BYTES + CODE_BYTES / 2, 25],
    ['a code and a byte', POOLED_BYTES + CODE_BYTES + 1, 25],
    ['codes without a pooled one', 2 * CODE_BYTES, 25],
    ['a code too many', POOLED_BYTES + 26 * CODE_BYTES, 25],
    ['any code where none is allowed', POOLED_BYTES + CODE_BYTES, 0],
  ] as const)
    it(`refuses ${name}`, () => {
      expect(() => readProbe(new Uint8Array(length), most))
        .to.throw()
        .with.property('code', 'PALM_SHARE_INVALID')
    })
})
