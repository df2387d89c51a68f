/** Frames of the data plane: each comes back as it was sent, and nothing that is no frame gets further than a PalmError. */

import { concatBytes, encodeFields, isPalmError, toHex, utf8 } from '@palmhold/base'
import {
  type Abort,
  type Check,
  type Countersign,
  decodeAbort,
  decodeCheck,
  decodeCountersign,
  decodeQuery,
  decodeReply,
  decodeReveal,
  encodeAbort,
  encodeCheck,
  encodeCompare,
  encodeCountersign,
  encodeQuery,
  encodeReply,
  encodeReveal,
  FRAME,
  manifestDigest,
  type Query,
  type Reply,
  type Reveal,
  readFrame,
  sessionOfCompare,
} from '@palmhold/protocol'
import { expect } from 'chai'
import { sha256 } from 'ethers'
import { seededRandom } from '../matching/in-memory.ts'
import { hashOf, makeDocument, OPERATORS } from './signed.ts'

const { request, requestSignature, scan, scanSignature, attestation, evidence } = makeDocument()
const query: Query = {
  request,
  requestSignature,
  scan,
  scanSignature,
  policy: { thresholdBits: 540, marginBits: 8, maxProbeCodes: 25, firstPassBits: 0 },
  roles: OPERATORS,
  attempt: 1,
  proof: [hashOf('sibling'), hashOf('another sibling')],
  package: Uint8Array.from({ length: 300 }, (_, i) => i),
}
const yes: Reply = {
  ok: true,
  requestHash: attestation.requestHash,
  attempt: 3,
  attestation,
  signature: evidence.signatures[0]!.signature,
  matchMs: 41.5,
}
const no: Reply = { ok: false, requestHash: attestation.requestHash, attempt: 3, code: 'PALM_NOT_RECOGNISED' }
const countersign: Countersign = {
  sid: hashOf('sid'),
  requestHash: attestation.requestHash,
  attempt: 2,
  galleryRoot: hashOf('gallery'),
  exchangeKey: hashOf('key'),
  coinCommitment: hashOf('commitment'),
  signature: evidence.signatures[0]!.signature,
}
const reveal: Reveal = {
  sid: hashOf('sid'),
  nonce: new Uint8Array(32).fill(7),
  commitments: new Uint8Array(32).fill(9),
}
const check: Check = { sid: hashOf('sid'), values: Uint8Array.from({ length: 240 }, (_, i) => i) }
const abort: Abort = { requestHash: attestation.requestHash, attempt: 2, code: 'PALM_NODE_SLOW' }

/** Every decoder with frames that it takes. */
const CODECS: readonly [
  name: string,
  kind: number,
  decode: (body: Uint8Array) => unknown,
  [frame: Uint8Array, value: unknown][],
][] = [
  ['query', FRAME.query, decodeQuery, [[encodeQuery(query), query]]],
  [
    'reply',
    FRAME.reply,
    decodeReply,
    [
      [encodeReply(yes), yes],
      [encodeReply(no), no],
    ],
  ],
  ['countersign', FRAME.countersign, decodeCountersign, [[encodeCountersign(countersign), countersign]]],
  ['abort', FRAME.abort, decodeAbort, [[encodeAbort(abort), abort]]],
]

const FUZZED = 2000

/** Runs `work`; a PalmError is a refusal, anything else fails the test. */
function refusedOr<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    if (!isPalmError(error)) throw error
    return undefined
  }
}

describe('frames', () => {
  for (const [name, kind, decode, samples] of CODECS) {
    it(`${name} comes back as it was sent`, () => {
      for (const [frame, value] of samples) {
        const read = readFrame(frame)
        expect(read.kind).to.equal(kind)
        expect(decode(read.body)).to.deep.equal(value)
      }
    })

    it(`${name}: ${FUZZED} damaged bodies give PalmErrors or what was sent, and nothing else`, () => {
      const random = seededRandom(`wire ${name}`)
      const number = () => new DataView(random(4).buffer).getUint32(0)
      let refusals = 0
      for (let run = 0; run < FUZZED; run++) {
        const [frame, value] = samples[run % samples.length]!
        const body = Uint8Array.from(frame.subarray(1))
        const at = number() % body.length
        const damaged = [
          () => random(number() % 200),
          () => body.subarray(0, at),
          () => body.map((byte, i) => (i === at ? byte ^ (1 + (number() % 255)) : byte)),
          () => concatBytes(body.subarray(0, at), random(1 + (number() % 4)), body.subarray(at)),
          () => concatBytes(body.subarray(0, at), body.subarray(at + 1 + (number() % 40))),
        ][run % 5]!()
        const decoded = refusedOr(() => decode(damaged))
        if (decoded === undefined) refusals++
        else expect(Object.keys(decoded as object)).to.have.members(Object.keys(value as object))
      }
      // Some flips change one digit of a number or a hash; they decode, and a signature refuses them.
      expect(refusals).to.be.greaterThan(FUZZED / 2)
    })
  }

  it('reveal and check name their session and carry their bytes', () => {
    for (const [frame, kind, decode, value] of [
      [encodeReveal(reveal), FRAME.reveal, decodeReveal, reveal],
      [encodeCheck(check), FRAME.check, decodeCheck, check],
    ] as const) {
      const { kind: found, body } = readFrame(frame)
      expect(found).to.equal(kind)
      expect(decode(body)).to.deep.equal(value)
    }
  })

  it('compare carries the message and names its session', () => {
    const message = concatBytes(
      Uint8Array.from({ length: 32 }, (_, i) => i),
      utf8('payload'),
    )
    const { kind, body } = readFrame(encodeCompare(message))
    expect(kind).to.equal(FRAME.compare)
    expect(body).to.deep.equal(message)
    expect(sessionOfCompare(body)).to.equal(toHex(message.subarray(0, 32)))
    expect(() => sessionOfCompare(message.subarray(0, 31)))
      .to.throw()
      .with.property('code', 'PALM_ENCODING_INVALID')
  })

  it('of unknown kinds are refused, the empty one too', () => {
    const kinds = Object.values(FRAME) as number[]
    for (let kind = 0; kind < 256; kind++) {
      if (kinds.includes(kind)) continue
      expect(() => readFrame(Uint8Array.of(kind, 1, 2)))
        .to.throw()
        .with.property('code', 'PALM_ENCODING_INVALID')
    }
    expect(() => readFrame(new Uint8Array(0)))
      .to.throw()
      .with.property('code', 'PALM_ENCODING_INVALID')
  })

  const json = (value: unknown) => utf8(JSON.stringify(value))
  const asQuery = (changes: object) => {
    const { package: bytes, ...header } = { ...query, ...changes }
    return encodeFields('palmhold/query/1', [json(header), bytes])
  }
  const refused: [name: string, () => unknown][] = [
    ['a query of another version', () => decodeQuery(encodeFields('palmhold/query/2', [json({}), new Uint8Array(0)]))],
    ['a query for two operators', () => decodeQuery(asQuery({ roles: OPERATORS.slice(0, 2) }))],
    ['a query for four operators', () => decodeQuery(asQuery({ roles: [...OPERATORS, OPERATORS[0]] }))],
    ['attempt 0', () => decodeQuery(asQuery({ attempt: 0 }))],
    ['attempt 65,536', () => decodeQuery(asQuery({ attempt: 65_536 }))],
    ['a proof too long', () => decodeQuery(asQuery({ proof: Array(5).fill(hashOf('x')) }))],
    ['an unknown field', () => decodeQuery(asQuery({ note: '' }))],
    [
      'a query behind a byte order mark',
      () =>
        decodeQuery(
          encodeFields('palmhold/query/1', [
            concatBytes(utf8('\uFEFF'), json({ ...query, package: undefined })),
            query.package,
          ]),
        ),
    ],
    ['an abort behind a byte order mark', () => decodeAbort(concatBytes(utf8('\uFEFF'), json(abort)))],
    ['bytes that are no UTF-8', () => decodeAbort(Uint8Array.of(0xff, 0xfe, 0x7b, 0x7d))],
    ['a code that is none of ours', () => decodeAbort(json({ ...abort, code: 'ENOENT: /home/someone' }))],
    ['a reply that says yes and no', () => decodeReply(json({ ...yes, code: 'PALM_X' }))],
    ['a yes without signature', () => decodeReply(json({ ...yes, signature: undefined }))],
    [
      'a yes with an attestation of another shape',
      () => decodeReply(json({ ...yes, attestation: { ...attestation, score: 1 } })),
    ],
    [
      'a countersignature without its part of the coin',
      () => decodeCountersign(json({ ...countersign, coinCommitment: undefined })),
    ],
    ['a code longer than any of ours', () => decodeAbort(json({ ...abort, code: `PALM_${'X'.repeat(60)}` }))],
    ['half a reveal', () => decodeReveal(new Uint8Array(64))],
    ['a reveal and a byte', () => decodeReveal(new Uint8Array(97))],
    ['a check that names no session', () => decodeCheck(new Uint8Array(31))],
    ['a check of more than any has', () => decodeCheck(new Uint8Array(32 + 1025))],
    ['a countersignature without key', () => decodeCountersign(json({ ...countersign, exchangeKey: undefined }))],
  ]
  for (const [name, decode] of refused)
    it(`refuse ${name}`, () => {
      expect(decode).to.throw().with.property('code', 'PALM_ENCODING_INVALID')
    })

  it('let an operator sign session, exchange key and its part of the coin together', () => {
    const lengthOf = (n: number) => n.toString(16).padStart(8, '0')
    const tag = Buffer.from('palmhold/manifest/2').toString('hex')
    const [sid, key, coin] = [hashOf('sid'), hashOf('key'), hashOf('coin')]
    const fields = [sid, key, coin].map((field) => lengthOf(32) + field.slice(2)).join('')
    const encoded = `0x${lengthOf(tag.length / 2)}${tag}${fields}`
    expect(manifestDigest(sid, key, coin)).to.equal(sha256(encoded))
    for (const [a, b, c] of [
      [key, sid, coin],
      [sid, coin, key],
      [sid, key, sid],
    ] as const)
      expect(manifestDigest(a, b, c)).not.to.equal(manifestDigest(sid, key, coin))
  })
})
