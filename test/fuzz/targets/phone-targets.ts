/** What reaches a wallet or comes from one: offers, probes, the calls of the phone lane, vaults, and manifests of keys. */

import { concatBytes, equalBytes, toHex } from '@palmhold/base'
import {
  decodePhoneProbe,
  encodeOffer,
  encodePhoneProbe,
  type PairingOffer,
  PHONE_POLICY,
  type PhoneProbe,
  pairedSchema,
  parseJson,
  parseOffer,
  phoneAnswerSchema,
  phoneDeclineSchema,
  phoneProbeSchema,
  phoneRequestSchema,
  saltProbe,
  ZERO_HASH,
} from '@palmhold/protocol'
import { parseKeyManifest } from '@palmhold/wallet/prover'
import { createVaultIdentity, decodeVault, encodeVault, openVault, sealVault, type Vault } from '@palmhold/wallet/vault'
import { readProvingKey } from '../../../wallet/src/prover/proving-key.ts'
import { seededRandom } from '../../matching/in-memory.ts'
import { probeOf, templateOf } from '../../node/in-memory-committee.ts'
import {
  addressOf,
  hashOf,
  keyOf,
  MERCHANT_DID,
  makeAttestation,
  makeRequest,
  makeScan,
} from '../../protocol/signed.ts'
import type { FuzzTarget } from '../fuzz-target.ts'
import { saysAnother } from '../same-json.ts'
import { bytesOf, nearBytes, nearJson, textOf } from './near-seeds.ts'

const random = seededRandom('seeds of the phone targets')
const MOST_CODES = 25
const request = makeRequest({ lane: 1, factors: 9, committeeId: ZERO_HASH, committeeEpoch: 0 })
const scan = makeScan(request, { probeSharesRoot: ZERO_HASH })
const signature = `0x${'12'.repeat(65)}`
const proof = `0x${'34'.repeat(256)}`
const pairing = hashOf('pairing')

/** A zkey file of a circuit of three signals, one of them public, and two constraints. */
function smallProvingKey(): Uint8Array {
  const numbers = (...values: number[]) => new Uint8Array(Uint32Array.from(values).buffer)
  const header = concatBytes(
    numbers(32),
    random(32),
    numbers(32),
    random(32),
    numbers(3, 1, 2),
    random(3 * 64 + 3 * 128),
  )
  const contents: [number, Uint8Array][] = [
    [1, numbers(1)],
    [2, header],
    [4, concatBytes(numbers(1), random(44))],
    ...(
      [
        [5, 3 * 64],
        [6, 3 * 64],
        [7, 3 * 128],
        [8, 64],
        [9, 2 * 64],
      ] as const
    ).map(([id, bytes]): [number, Uint8Array] => [id, random(bytes)]),
  ]
  const sections = contents.map(([id, content]) => concatBytes(numbers(id, content.length, 0), content))
  return concatBytes(numbers(0x79656b7a, 1, contents.length), ...sections)
}

const messages = [
  { pairing, sealingKey: hashOf('key') },
  {
    request,
    requestSignature: signature,
    pairingSignature: signature,
    policy: PHONE_POLICY,
    merchant: { did: MERCHANT_DID, credential: 'a.b.c' },
  },
  { state: 'scanned', scan, scanSignature: signature, sealed: Buffer.from(random(300)).toString('base64') },
  {
    pairing,
    sealingKey: pairing,
    attestation: makeAttestation(request, scan),
    evidence: {
      kind: 'proofs',
      policy: PHONE_POLICY,
      link: `0x${'00'.repeat(31)}05`,
      membershipProof: proof,
      probeIndex: 3,
      probe: `0x${'00'.repeat(31)}06`,
      probePath: [hashOf('sibling')],
      matchProof: proof,
    },
  },
  { pairing, sealingKey: pairing, reason: 'PALM_NOT_RECOGNISED' },
]
const schemas = [pairedSchema, phoneRequestSchema, phoneProbeSchema, phoneAnswerSchema, phoneDeclineSchema]

const vault: Vault = {
  key: keyOf('wallet'),
  identitySecret: 77n,
  templates: { left: { template: templateOf('anna'), salt: 5n } },
  enrolment: { index: 3, chainId: 31_337, registry: addressOf('registry') },
}
const digest = toHex(random(32)).slice(2)
const circuit = { constraints: 5, wasm: digest, zkey: digest }

export const phoneTargets: readonly FuzzTarget[] = [
  nearBytes(() => [smallProvingKey()], { name: 'wallet/proving-key', weight: 8, decode: readProvingKey }),
  nearBytes(
    () => [1, MOST_CODES].map((count) => encodePhoneProbe(saltProbe(probeOf('anna').codes.slice(0, count), random))),
    {
      name: 'phone/probe',
      weight: 40,
      decode: (input) => decodePhoneProbe(input, MOST_CODES),
      complaint: (result, input) =>
        equalBytes(encodePhoneProbe(result as PhoneProbe), input) ? undefined : 'two encodings say the same probe',
    },
  ),
  nearBytes(
    () =>
      ['https://shop.example', 'http://127.0.0.1:8080'].map((url) =>
        bytesOf(encodeOffer({ url, requestHash: hashOf('request'), pairing })),
      ),
    {
      name: 'phone/offer',
      weight: 40,
      decode: (input) => parseOffer(textOf(input)),
      complaint: (result, input) =>
        encodeOffer(result as PairingOffer) === textOf(input) ? undefined : 'two texts say the same offer',
    },
  ),
  nearJson(() => messages, {
    name: 'phone/messages',
    weight: 40,
    decode(input) {
      const kind = (input[1] ?? 0) % schemas.length
      return parseJson<unknown>(schemas[kind]!, textOf(input), 'message', 'PALM_ENCODING_INVALID')
    },
    complaint: (result, input) => saysAnother(textOf(input), result),
  }),
  nearJson(
    () => [JSON.parse(textOf(encodeVault(vault))), JSON.parse(textOf(encodeVault({ ...vault, templates: {} })))],
    {
      name: 'phone/vault',
      weight: 25,
      decode: (input) => decodeVault(input),
      complaint: (result, input) => saysAnother(textOf(input), JSON.parse(textOf(encodeVault(result as Vault)))),
    },
  ),
  {
    name: 'phone/vault-file',
    weight: 4,
    async open() {
      const { identity, recipient } = await createVaultIdentity()
      const file = await sealVault(vault, { recipient })
      const near = await nearBytes(() => [file], { name: '', weight: 1, decode: () => undefined }).open()
      return {
        make: near.make,
        decode: (input) => openVault(input, { identity }),
        complaint: (_, input) => (equalBytes(input, file) ? undefined : 'a vault that was bent opens'),
      }
    },
  },
  nearJson(() => [{ sources: digest, circuits: { membership: circuit, match: circuit } }], {
    name: 'phone/key-manifest',
    weight: 10,
    decode: (input) => parseKeyManifest(textOf(input)),
  }),
]
