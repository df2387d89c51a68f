/** Documents, packages of shares, seals, signatures and proofs of packages/protocol. */

import { concatBytes, equalBytes, fromHex, type Hex, toHex } from '@palmhold/base'
import { ROW_SHARE_BYTES } from '@palmhold/matching'
import {
  createSealingKeys,
  dealIdentity,
  decodeProbePackage,
  decodeRowPackage,
  encodeRowPackage,
  enrolmentReceiptSchema,
  HAND,
  isInMerkleTree,
  merkleProof,
  merkleRoot,
  NO_TEMPLATE,
  parseAttestation,
  parseJson,
  parseTrust,
  type RowPackage,
  recoverSigner,
  seal,
  sealingKeyNoticeSchema,
  signDigest,
  signedReceiptSchema,
  unseal,
  verifyAttestation,
} from '@palmhold/protocol'
import { z } from 'zod'
import { seededRandom } from '../../matching/in-memory.ts'
import {
  addressOf,
  COMMITTEE_ID,
  hashOf,
  keyOf,
  makeDocument,
  makeTrust,
  NOW,
  OPERATORS,
} from '../../protocol/signed.ts'
import type { FuzzTarget } from '../fuzz-target.ts'
import { canonical, saysAnother } from '../same-json.ts'
import { nearBytes, nearJson, textOf } from './near-seeds.ts'

const random = seededRandom('seeds of the protocol targets')
/** Rows of a few bytes: the decoder takes their length as an argument. */
const ROW_BYTES = 48
const PURPOSE = 'palmhold/fuzz'
const BOUND = new Uint8Array([7])

function somePackages(rowBytes: number): Uint8Array[] {
  return [1, 2, 3].map((hands) =>
    encodeRowPackage({
      salt: random(32),
      identity: dealIdentity(9n, { n: 3, t: 1 }, random)[0]!,
      templates: { left: hands === HAND.right ? NO_TEMPLATE : 5n, right: hands === HAND.left ? NO_TEMPLATE : 6n },
      hands,
      share: random((hands === 3 ? 2 : 1) * rowBytes),
    }),
  )
}

const receipt = {
  index: 7,
  sharesRoot: hashOf('shares'),
  committeeId: COMMITTEE_ID,
  committeeEpoch: 1,
  operator: OPERATORS[0]!,
  coinCommitment: hashOf('commitment'),
}
const signature = signDigest(hashOf('receipt'), keyOf('operator 1'))
const notice = { operator: OPERATORS[0]!, sealingKey: hashOf('sealing'), issuedAt: NOW }
const others = [receipt, { receipt, signature }, notice]
const schemas = [enrolmentReceiptSchema, signedReceiptSchema, sealingKeyNoticeSchema]

const proofSchema = z.object({ root: z.string(), at: z.number(), leaf: z.string(), proof: z.array(z.string()) })
const LEAVES = Array.from({ length: 5 }, (_, i) => new Uint8Array(40).fill(i))

/** Signature (65 bytes) behind its digest (32). */
const signed = (name: string) => concatBytes(fromHex(hashOf(name)), fromHex(signDigest(hashOf(name), keyOf(name))))

export const protocolTargets: readonly FuzzTarget[] = [
  nearJson(() => [makeDocument(), makeDocument({ signers: [] })], {
    name: 'protocol/attestation',
    weight: 40,
    decode(input) {
      const document = parseAttestation(textOf(input))
      return verifyAttestation(document, makeTrust(), NOW)
    },
    // Whatever verifies says what was signed, and nothing else.
    complaint(_, input) {
      const said: unknown = JSON.parse(textOf(input))
      return canonical(said) === canonical(makeDocument()) ? undefined : 'a document that was bent verifies'
    },
  }),
  nearJson(() => [makeTrust()], {
    name: 'protocol/trust',
    weight: 50,
    decode: (input) => parseTrust(textOf(input)),
    complaint: (result, input) => saysAnother(textOf(input), result),
  }),
  nearJson(() => others, {
    name: 'protocol/receipts-and-notices',
    weight: 50,
    decode(input) {
      const kind = (input[1] ?? 0) % schemas.length
      return parseJson<unknown>(schemas[kind]!, textOf(input), 'receipt', 'PALM_ENCODING_INVALID')
    },
    complaint: (result, input) => saysAnother(textOf(input), result),
  }),
  nearBytes(() => somePackages(ROW_BYTES), {
    name: 'protocol/row-package',
    weight: 60,
    decode: (input) => decodeRowPackage(input, 1, (hands) => hands * ROW_BYTES),
    complaint: (result, input) =>
      equalBytes(encodeRowPackage(result as RowPackage), input) ? undefined : 'two packages say the same row',
  }),
  // Its first byte says how many codes are asked for.
  nearBytes(() => [1, 25].map((codes) => concatBytes(Uint8Array.of(codes), random(31 + codes * ROW_SHARE_BYTES))), {
    name: 'protocol/probe-package',
    weight: 10,
    decode: (input) => decodeProbePackage(input, ((input[0] ?? 0) % 27) * ROW_SHARE_BYTES),
  }),
  {
    name: 'protocol/seal',
    weight: 8,
    async open() {
      const keys = await createSealingKeys(random)
      const to = { publicKey: keys.publicKey, purpose: PURPOSE, bound: BOUND }
      const sealed = await Promise.all([0, 1, 200].map((length) => seal(to, new Uint8Array(length), random)))
      const valid = new Set(sealed.map((one) => toHex(one)))
      const near = await nearBytes(() => sealed, { name: '', weight: 1, decode: () => undefined }).open()
      return {
        make: near.make,
        decode: (input) => unseal({ secretKey: keys.secretKey, purpose: PURPOSE, bound: BOUND }, input),
        complaint: (_, input) => (valid.has(toHex(input)) ? undefined : 'a message that was bent opens'),
      }
    },
  },
  nearBytes(() => ['one', 'two', 'three'].map(signed), {
    name: 'protocol/signature',
    weight: 8,
    decode: (input) => recoverSigner(toHex(input.subarray(0, 32)), toHex(input.subarray(32))),
    complaint(result, input) {
      const names = ['one', 'two', 'three'].filter((name) => addressOf(name) === result)
      const isMade = names.some((name) => equalBytes(signed(name), input))
      return names.length === 0 || isMade ? undefined : 'a signature that was bent is still its signer’s'
    },
  }),
  nearJson(
    () =>
      LEAVES.map((leaf, at) => ({ root: merkleRoot(LEAVES), at, leaf: toHex(leaf), proof: merkleProof(LEAVES, at) })),
    {
      name: 'protocol/merkle-proof',
      weight: 20,
      decode(input) {
        const { root, at, leaf, proof } = proofIn(input)
        const isIn = isInMerkleTree(root, LEAVES.length, at, fromHex(leaf), proof)
        return isIn ? { at, leaf } : { ok: false, reason: 'not in the tree' }
      },
      complaint(result) {
        const { at, leaf } = result as { at: number; leaf: Hex }
        return leaf === toHex(LEAVES[at] ?? new Uint8Array()) ? undefined : 'a leaf that is not there is proved'
      },
    },
  ),
]

/** A proof as a caller hands it over: of the right types, whatever they hold. */
function proofIn(input: Uint8Array): { root: Hex; at: number; leaf: Hex; proof: Hex[] } {
  const { root, at, leaf, proof } = parseJson(proofSchema, textOf(input), 'proof', 'PALM_ENCODING_INVALID')
  return { root: root as Hex, at, leaf: leaf as Hex, proof: proof as Hex[] }
}
