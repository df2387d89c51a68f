/** Openings of anchors: the right one holds, everything bent is refused by name. */

import { type Hex, toHex } from '@palmhold/base'
import {
  type AnchorOpening,
  anchorLeaf,
  type BatchOpening,
  merkleProof,
  merkleRoot,
  parseAnchorOpening,
  refuseAnchorOpening,
} from '@palmhold/protocol'
import { expect } from 'chai'
import fc from 'fast-check'
import { addressOf, hashOf } from './signed.ts'

const LEAVES = Array.from({ length: 7 }, (_, i) => ({ digest: hashOf(`digest ${i}`), salt: hashOf(`salt ${i}`) }))

function openingOf(index: number): BatchOpening {
  const leaves = LEAVES.map(({ digest, salt }) => anchorLeaf(digest, salt))
  return {
    format: 'palmhold/anchor/1',
    kind: 'batch',
    chainId: 31_337,
    contract: addressOf('anchors'),
    attestationHash: LEAVES[index]!.digest,
    salt: LEAVES[index]!.salt,
    root: merkleRoot(leaves),
    count: leaves.length,
    index,
    path: merkleProof(leaves, index),
  }
}

const SETTLEMENT: AnchorOpening = {
  format: 'palmhold/anchor/1',
  kind: 'settlement',
  chainId: 31_337,
  contract: addressOf('match verifier'),
  attestationHash: hashOf('digest 0'),
  requestHash: hashOf('request'),
}

describe('openings of anchors', () => {
  it('hold for each leaf of a batch, and survive being written down', () => {
    LEAVES.forEach(({ digest }, i) => {
      const opening = openingOf(i)
      expect(refuseAnchorOpening(opening, digest)).to.equal(undefined)
      expect(parseAnchorOpening(JSON.stringify(opening))).to.deep.equal(opening)
    })
    expect(refuseAnchorOpening(SETTLEMENT, SETTLEMENT.attestationHash)).to.equal(undefined)
  })

  const bent: [name: string, reason: string, opening: AnchorOpening][] = [
    ['of another attestation', 'PALM_ANCHOR_OTHER', openingOf(1)],
    ['of another attestation, settled', 'PALM_ANCHOR_OTHER', { ...SETTLEMENT, attestationHash: hashOf('other') }],
    ['under another root', 'PALM_ANCHOR_PATH', { ...openingOf(0), root: hashOf('root') }],
    ['with another salt', 'PALM_ANCHOR_PATH', { ...openingOf(0), salt: hashOf('salt 1') }],
    ['at another place', 'PALM_ANCHOR_PATH', { ...openingOf(0), index: 1 }],
    ['beyond the batch', 'PALM_ANCHOR_PATH', { ...openingOf(0), index: 7 }],
    ['of a smaller batch', 'PALM_ANCHOR_PATH', { ...openingOf(0), count: 4 }],
    ['with a shorter path', 'PALM_ANCHOR_PATH', { ...openingOf(0), path: openingOf(0).path.slice(1) }],
    ['with a longer path', 'PALM_ANCHOR_PATH', { ...openingOf(0), path: [...openingOf(0).path, hashOf('more')] }],
  ]
  for (const [name, reason, opening] of bent)
    it(`are refused ${name}: ${reason}`, () => {
      expect(refuseAnchorOpening(opening, LEAVES[0]!.digest)).to.equal(reason)
    })

  it('are refused when they are no opening', () => {
    const texts = [
      '',
      '{}',
      JSON.stringify({ ...openingOf(0), note: '' }),
      JSON.stringify({ ...openingOf(0), count: 0 }),
    ]
    for (const text of texts)
      expect(() => parseAnchorOpening(text))
        .to.throw()
        .with.property('code', 'PALM_ANCHOR_MALFORMED')
  })

  it('say nothing of an attestation without its salt: two salts give two leaves', () => {
    const hex = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(toHex)
    fc.assert(
      fc.property(hex, hex, hex, (digest: Hex, a: Hex, b: Hex) => {
        expect(toHex(anchorLeaf(digest, a)) === toHex(anchorLeaf(digest, b))).to.equal(a === b)
      }),
    )
  })
})
