/**
 * What has to come out alike wherever the packages run, as plain data: run on Node by the test, and in Chromium by the
 * page that Vite bundles from this file. It imports nothing but the packages.
 */

import { sha256 } from '@noble/hashes/sha2.js'
import { concatBytes, type Hex, toHex } from '@palmhold/base'
import { observeFrame } from '@palmhold/capture'
import { prepareProbe, reconstructRow, shareProbe, shareRow } from '@palmhold/matching'
import {
  createGalleryMatcher,
  createSeededRandom,
  createSyntheticPalm,
  encodePalm,
  encodePooled,
  encodeProbe,
  findRoi,
  type HandSide,
  packCodes,
  renderHand,
  renderRoi,
} from '@palmhold/palm'
import {
  type AttestationDocument,
  createSealingKeys,
  seal,
  type Trust,
  unseal,
  verifyAttestation,
} from '@palmhold/protocol'
import { vectorRoi } from '../palm/vector-roi.ts'

const PALMS = 6

/** Codes of the vector's picture, hexadecimal, at shift (0, 0) and then at the 25 shifts of a probe. */
export function vectorCodes(): Hex[] {
  const roi = vectorRoi()
  return [encodePalm(roi), ...encodeProbe(roi)].map((code) => toHex(code))
}

/** For each of some synthetic palms, digests of a drawn picture and of the probe encoded from it, and its pooled code. */
export function palmDigests(): { picture: Hex; probe: Hex; pooled: Hex }[] {
  return palmSeeds().map((seed) => {
    const roi = renderRoi(createSyntheticPalm(seed), { session: 1, index: 1 })
    return { picture: digest(roi.data), probe: digest(packCodes(encodeProbe(roi))), pooled: toHex(encodePooled(roi)) }
  })
}

/** Digests of a whole drawn hand and of the palm found in it. */
export function handDigests(side: HandSide): { hand: Hex; roi: Hex } {
  const hand = renderHand(createSyntheticPalm(`hand ${side}`, { side }), { session: 1, index: 1 })
  return { hand: digest(hand.data), roi: digest(findRoi(hand).data) }
}

/** What the terminal makes of frames on several grounds: where the palm is, to the last bit, and digests of it and of its probe. */
export function observedPalms(): { x: number; y: number; sidePx: number; roi: Hex; probe: Hex }[] {
  const grounds = ['plain', 'edge', 'tiles'] as const
  return grounds.map((groundKind, index) => {
    const palm = createSyntheticPalm(`observed ${groundKind}`)
    const image = renderHand(palm, { session: 1, index, width: 960, height: 720, pixelsPerMm: 6, groundKind })
    const { palm: seen } = observeFrame(image, 0)
    if (typeof seen === 'string') return { x: 0, y: 0, sidePx: 0, roi: '0x', probe: '0x' }
    const { centre, sidePx } = seen.frame
    return { ...centre, sidePx, roi: digest(seen.roi.data), probe: digest(packCodes(encodeProbe(seen.roi))) }
  })
}

/** Distances in bits of a second picture of palm 0 to all palms. */
export function galleryDistances(): number[] {
  const gallery = palmSeeds().map((seed) => encodePalm(renderRoi(createSyntheticPalm(seed), { session: 1, index: 1 })))
  const probe = encodeProbe(renderRoi(createSyntheticPalm(palmSeeds()[0]!), { session: 2, index: 1 }))
  return [...createGalleryMatcher(packCodes(gallery)).distances(packCodes(probe))]
}

/** Digests of what a wallet deals for an operator, and whether two shares give the template back. */
export function dealtDigests(): { rows: Hex; probe: Hex; rebuilt: boolean } {
  const random = seededBytes('dealing')
  const code = encodePalm(vectorRoi())
  const params = { n: 3, t: 1 }
  const rows = shareRow(code, params, random)
  const probe = shareProbe([code], params, random).map((share, i) => prepareProbe(share, i + 1, [1, 2, 3]))
  const rebuilt = reconstructRow([1, 2].map((id) => ({ id, share: rows[id - 1]! })))
  return {
    rows: digest(concatBytes(...rows)),
    probe: digest(
      concatBytes(...probe.map((words) => new Uint8Array(words.buffer, words.byteOffset, words.byteLength))),
    ),
    rebuilt: toHex(rebuilt) === toHex(code),
  }
}

/** A message sealed with known randomness, and whether it opens again. */
export async function sealedMessage(): Promise<{ sealed: Hex; opens: boolean }> {
  const random = seededBytes('sealing')
  const { publicKey, secretKey } = await createSealingKeys(random)
  const place = { purpose: 'portable-results', bound: Uint8Array.of(1, 2, 3) }
  const message = Uint8Array.from({ length: 1000 }, (_, i) => i)
  const sealed = await seal({ publicKey, ...place }, message, random)
  return { sealed: toHex(sealed), opens: toHex(await unseal({ secretKey, ...place }, sealed)) === toHex(message) }
}

/** What verification says of each document. */
export function verdicts(documents: readonly AttestationDocument[], trust: Trust, now: number): unknown[] {
  return documents.map((document) => verifyAttestation(document, trust, now))
}

function palmSeeds(): string[] {
  return Array.from({ length: PALMS }, (_, i) => `portable ${i}`)
}

function seededBytes(seed: string): (length: number) => Uint8Array {
  const random = createSeededRandom(seed)
  return (length) => Uint8Array.from({ length }, () => random.whole(0, 255))
}

function digest(bytes: Uint8Array | Uint8ClampedArray): Hex {
  return toHex(sha256(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)))
}
