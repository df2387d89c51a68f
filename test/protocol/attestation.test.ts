/** The tamper table: whatever is changed in an attestation document, it is refused by name, and the untouched one holds. */

import { secp256k1 } from '@noble/curves/secp256k1.js'
import { fromBigEndian, fromHex, type Hex, toBigEndian, toHex } from '@palmhold/base'
import {
  ATTESTATION_STRUCT,
  attestationHash,
  parseAttestation,
  type QuorumEvidence,
  REQUEST_STRUCT,
  readAttestation,
  requestHash,
  SCAN_STRUCT,
  signDigest,
  type Trust,
  verifyAttestation,
  ZERO_ADDRESS,
  ZERO_HASH,
} from '@palmhold/protocol'
import { expect } from 'chai'
import {
  addressOf,
  DOMAIN,
  hashOf,
  keyOf,
  MERCHANT_DID,
  makeDocument,
  makeTrust,
  NOW,
  OPERATORS,
  operatorKeys,
  signaturesOf,
} from './signed.ts'

type Loose = Record<string, unknown>
type Part = 'request' | 'scan' | 'attestation' | 'evidence'

/** The reason `document` is refused for, or `holds`. */
function verdict(document: unknown, trust: Trust = TRUST, now = NOW + 10): string {
  const result = verifyAttestation(document, trust, now)
  return result.ok ? 'holds' : result.reason
}

const GOOD = makeDocument()
const TRUST = makeTrust()

/** A copy of a document that verifies, with `value` at `part.name`; undefined leaves the field out. */
function bent(part: Part, name: string, value: unknown): unknown {
  const changed: Loose = { ...GOOD[part], [name]: value }
  if (value === undefined) delete changed[name]
  return { ...GOOD, [part]: changed }
}

/** The same with another, canonical value there. */
function altered(part: Part, name: string): unknown {
  return bent(part, name, otherValue((GOOD[part] as Loose)[name]))
}

function otherValue(value: unknown): unknown {
  if (typeof value === 'number') return value + 1
  const text = value as string
  return `${text.slice(0, -1)}${text.endsWith('0') ? '1' : '0'}`
}

describe('attestation documents', () => {
  it('verify untouched, and say what they attest', () => {
    const document = makeDocument()
    const result = verifyAttestation(document, makeTrust(), NOW + 10)
    expect(result).to.deep.include({
      ok: true,
      expired: false,
      merchantDid: MERCHANT_DID,
      requestHash: requestHash(DOMAIN, document.request),
      signers: OPERATORS.slice(0, 2),
    })
    expect(result.ok && result.attestation).to.deep.equal(document.attestation)
  })

  it('verify with the signatures of all operators, and of any quorum', () => {
    const keys = operatorKeys()
    expect(verdict(makeDocument({ signers: keys }))).to.equal('holds')
    expect(verdict(makeDocument({ signers: [keys[0]!, keys[2]!] }))).to.equal('holds')
    expect(verdict(makeDocument({ signers: [keys[1]!, keys[2]!] }))).to.equal('holds')
  })

  it('survive the way through JSON', () => {
    const text = JSON.stringify(makeDocument())
    expect(verdict(parseAttestation(text))).to.equal('holds')
    expect(verdict(readAttestation(JSON.parse(text)))).to.equal('holds')
  })

  describe('with one field of the request changed', () => {
    // What breaks a rule of its own is named for it; all else no longer is what the scan answers.
    const named: Loose = {
      requestType: 'PALM_REQUEST_INVALID',
      lane: 'PALM_LANE_UNKNOWN',
      factors: 'PALM_REQUEST_INVALID',
      expiry: 'PALM_REQUEST_INVALID',
    }
    for (const { name } of REQUEST_STRUCT.fields) {
      const reason = named[name] ?? 'PALM_SCAN_ALTERED'
      it(`${name}: ${reason}`, () => {
        expect(verdict(altered('request', name))).to.equal(reason)
      })
    }
  })

  describe('with one field of the scan changed', () => {
    for (const { name } of SCAN_STRUCT.fields)
      it(name, () => {
        expect(verdict(altered('scan', name))).to.equal('PALM_SCAN_ALTERED')
      })
  })

  describe('with one field of the attestation changed', () => {
    const named: Loose = {
      version: 'PALM_ATTESTATION_INVALID',
      requestHash: 'PALM_REQUEST_ALTERED',
      scanHash: 'PALM_SCAN_ALTERED',
      lane: 'PALM_ATTESTATION_MISMATCH',
      merchantId: 'PALM_ATTESTATION_MISMATCH',
      terminal: 'PALM_ATTESTATION_MISMATCH',
      factors: 'PALM_ATTESTATION_MISMATCH',
      committeeId: 'PALM_ATTESTATION_MISMATCH',
      committeeEpoch: 'PALM_ATTESTATION_MISMATCH',
    }
    for (const { name } of ATTESTATION_STRUCT.fields) {
      const reason = named[name] ?? 'PALM_QUORUM_INVALID'
      it(`${name}: ${reason}`, () => {
        expect(verdict(altered('attestation', name))).to.equal(reason)
      })
    }

    it('factors raised: a second factor that was not given is not attested', () => {
      expect(verdict(bent('attestation', 'factors', 5))).to.equal('PALM_QUORUM_INVALID')
    })
  })

  describe('with rules broken under good signatures', () => {
    const cases: [name: string, reason: string, Parameters<typeof makeDocument>[0]][] = [
      ['a request that lives too long', 'PALM_REQUEST_INVALID', { request: { expiry: NOW + 121 } }],
      ['a request that ends before it begins', 'PALM_REQUEST_INVALID', { request: { expiry: NOW } }],
      ['a payment of nothing', 'PALM_REQUEST_INVALID', { request: { amountMinor: 0 } }],
      [
        'signatures in the phone lane, which takes proofs',
        'PALM_EVIDENCE_KIND',
        {
          request: { lane: 1, committeeId: ZERO_HASH, committeeEpoch: 0 },
          scan: { probeSharesRoot: ZERO_HASH },
          attestation: { lane: 1, factors: 9, committeeId: ZERO_HASH, committeeEpoch: 0 },
        },
      ],
      ['no code in the scan', 'PALM_SCAN_INVALID', { scan: { leafCount: 0 } }],
      ['a scan before the request', 'PALM_SCAN_TIME', { scan: { capturedAt: NOW - 31 } }],
      ['a scan after the request', 'PALM_SCAN_TIME', { scan: { capturedAt: NOW + 151 } }],
      [
        'an attestation that ends before its request',
        'PALM_ATTESTATION_EXPIRY',
        { attestation: { expiry: NOW + 119 } },
      ],
      ['an attestation without end', 'PALM_ATTESTATION_EXPIRY', { attestation: { expiry: NOW + 721 } }],
      ['a payment that nobody pays', 'PALM_PAYER_INVALID', { attestation: { payer: ZERO_ADDRESS } }],
      [
        'a payer of an age check',
        'PALM_PAYER_INVALID',
        { request: { requestType: 3, amountMinor: 0, payee: ZERO_ADDRESS, token: ZERO_ADDRESS } },
      ],
      [
        'a factor that was asked for and not given',
        'PALM_ATTESTATION_MISMATCH',
        { request: { factors: 5 }, attestation: { factors: 1 } },
      ],
      ['an unknown merchant', 'PALM_TERMINAL_UNKNOWN', { request: { merchantId: hashOf('another merchant') } }],
      [
        'an unknown terminal',
        'PALM_TERMINAL_UNKNOWN',
        { request: { terminal: addressOf('another terminal') }, terminalKey: keyOf('another terminal') },
      ],
      ['an unknown committee', 'PALM_COMMITTEE_UNKNOWN', { request: { committeeId: hashOf('another committee') } }],
      ['an unknown epoch', 'PALM_COMMITTEE_UNKNOWN', { request: { committeeEpoch: 2 } }],
      ['the signature of another terminal', 'PALM_REQUEST_SIGNATURE', { terminalKey: keyOf('another terminal') }],
      ['one operator', 'PALM_QUORUM_INVALID', { signers: operatorKeys().slice(0, 1) }],
      ['a foreign signer in the quorum', 'PALM_QUORUM_INVALID', { signers: [operatorKeys()[0]!, keyOf('stranger')] }],
      [
        'a foreign signer above the quorum',
        'PALM_QUORUM_INVALID',
        { signers: [...operatorKeys().slice(0, 2), keyOf('stranger')] },
      ],
    ]
    for (const [name, reason, changes] of cases)
      it(`${name}: ${reason}`, () => {
        expect(verdict(makeDocument(changes))).to.equal(reason)
      })
  })

  describe('with signatures changed', () => {
    const full = makeDocument({ signers: operatorKeys() })
    const [first, second, third] = full.evidence.signatures as [Signed, Signed, Signed]
    type Signed = QuorumEvidence['signatures'][number]
    const withSignatures = (signatures: readonly Signed[]) => ({ ...full, evidence: { ...full.evidence, signatures } })
    const ofAnotherMessage = {
      signer: third.signer,
      signature: signDigest(hashOf('another message'), operatorKeys()[2]!),
    }

    const cases: [name: string, reason: string, document: unknown][] = [
      ['control: three', 'holds', withSignatures([first, second, third])],
      ['dropped below the quorum', 'PALM_QUORUM_INVALID', withSignatures([second])],
      ['all dropped', 'PALM_QUORUM_INVALID', withSignatures([])],
      ['one twice', 'PALM_QUORUM_INVALID', withSignatures([first, first])],
      ['one twice above the quorum', 'PALM_QUORUM_INVALID', withSignatures([first, second, second])],
      ['out of order', 'PALM_QUORUM_INVALID', withSignatures([second, first])],
      [
        'two swapped under their signers',
        'PALM_QUORUM_INVALID',
        withSignatures([
          { ...first, signature: second.signature },
          { ...second, signature: first.signature },
        ]),
      ],
      ['one invalid above the quorum', 'PALM_QUORUM_INVALID', withSignatures([first, second, ofAnotherMessage])],
      [
        'one malleated',
        'PALM_QUORUM_INVALID',
        withSignatures([{ ...first, signature: malleate(first.signature) }, second]),
      ],
      [
        'one in upper case',
        'PALM_ATTESTATION_MALFORMED',
        withSignatures([{ ...first, signature: upper(first.signature) }, second]),
      ],
      [
        'one too short',
        'PALM_ATTESTATION_MALFORMED',
        withSignatures([{ ...first, signature: first.signature.slice(0, -2) as Hex }, second]),
      ],
      ['sixteen', 'PALM_ATTESTATION_MALFORMED', withSignatures(Array(16).fill(first))],
      [
        "the terminal's request signature on the scan",
        'PALM_SCAN_SIGNATURE',
        { ...full, scanSignature: full.requestSignature },
      ],
      [
        "the terminal's scan signature on the request",
        'PALM_REQUEST_SIGNATURE',
        { ...full, requestSignature: full.scanSignature },
      ],
      [
        'a malleated request signature',
        'PALM_REQUEST_SIGNATURE',
        { ...full, requestSignature: malleate(full.requestSignature) },
      ],
      ['a malleated scan signature', 'PALM_SCAN_SIGNATURE', { ...full, scanSignature: malleate(full.scanSignature) }],
    ]
    for (const [name, reason, document] of cases)
      it(`${name}: ${reason}`, () => {
        expect(verdict(document)).to.equal(reason)
      })

    it('signatures of another deployment count for nothing', () => {
      const elsewhere = attestationHash({ ...DOMAIN, chainId: 1 }, full.attestation)
      const signatures = operatorKeys().map((key, i) => ({
        signer: OPERATORS[i]!,
        signature: signDigest(elsewhere, key),
      }))
      expect(verdict(withSignatures(signatures))).to.equal('PALM_QUORUM_INVALID')
    })
  })

  describe('of another shape', () => {
    const upperRequest = (name: 'merchantId' | 'terminal' | 'nonce') => bent('request', name, upper(GOOD.request[name]))
    const cases: [name: string, document: unknown][] = [
      ['nothing', undefined],
      ['null', null],
      ['text', JSON.stringify(makeDocument())],
      ['a list', [makeDocument()]],
      ['an unknown key at the top', { ...makeDocument(), comment: '' }],
      ['an unknown key in the request', bent('request', 'tip', 0)],
      ['an unknown key in the scan', bent('scan', 'device', '')],
      ['an unknown key in the attestation', bent('attestation', 'score', 1)],
      ['an unknown key in the evidence', bent('evidence', 'note', '')],
      [
        'an unknown key beside a signature',
        bent('evidence', 'signatures', [{ ...GOOD.evidence.signatures[0], at: 1 }]),
      ],
      ['an own key named __proto__', JSON.parse(`{"__proto__":{},${JSON.stringify(makeDocument()).slice(1)}`)],
      ['another format', { ...makeDocument(), format: 'palmhold/attestation/2' }],
      ['another kind of evidence', bent('evidence', 'kind', 'proof')],
      ['a missing field', bent('attestation', 'payer', undefined)],
      ['a number as text', bent('request', 'amountMinor', '1250')],
      ['a fraction', bent('request', 'amountMinor', 12.5)],
      ['a number too large', bent('attestation', 'lane', 258)],
      ['a merchant in upper case', upperRequest('merchantId')],
      ['a terminal in upper case', upperRequest('terminal')],
      ['a nonce in upper case', upperRequest('nonce')],
    ]
    for (const [name, document] of cases)
      it(name, () => {
        expect(verdict(document)).to.equal('PALM_ATTESTATION_MALFORMED')
      })

    it('is refused by the readers too, naming the field and nothing of its content', () => {
      const text = JSON.stringify(bent('request', 'nonce', 'secret'))
      for (const read of [() => parseAttestation(text), () => readAttestation(JSON.parse(text))])
        expect(read)
          .to.throw('request.nonce')
          .satisfies((error: Error & { code: string }) => {
            return error.code === 'PALM_ATTESTATION_MALFORMED' && !error.message.includes('secret')
          })
      expect(() => parseAttestation('{'))
        .to.throw()
        .with.property('code', 'PALM_ATTESTATION_MALFORMED')
    })
  })

  describe('under another trust', () => {
    const cases: [name: string, reason: string, change: (trust: Trust) => Trust][] = [
      ['another chain', 'PALM_WRONG_CHAIN', (trust) => ({ ...trust, chainId: 1 })],
      [
        'another contract',
        'PALM_WRONG_CHAIN',
        (trust) => ({ ...trust, contracts: { ...trust.contracts, matchVerifier: addressOf('another contract') } }),
      ],
      ['no merchant', 'PALM_TERMINAL_UNKNOWN', (trust) => ({ ...trust, merchants: [] })],
      [
        'the terminal at another merchant',
        'PALM_TERMINAL_UNKNOWN',
        (trust) => ({
          ...trust,
          merchants: [
            { ...trust.merchants[0]!, terminals: [] },
            { ...trust.merchants[0]!, merchantId: hashOf('another merchant') },
          ],
        }),
      ],
      ['no committee', 'PALM_COMMITTEE_UNKNOWN', (trust) => ({ ...trust, committees: [] })],
      ['another epoch', 'PALM_COMMITTEE_UNKNOWN', (trust) => withEpoch(trust, { epoch: 2 })],
      ['a higher quorum', 'PALM_QUORUM_INVALID', (trust) => withEpoch(trust, { quorum: 3 })],
      [
        'other operators',
        'PALM_QUORUM_INVALID',
        (trust) => withEpoch(trust, { operators: [OPERATORS[0]!, addressOf('x'), addressOf('y')] }),
      ],
    ]
    for (const [name, reason, change] of cases)
      it(`${name}: ${reason}`, () => {
        expect(verdict(makeDocument(), change(makeTrust()))).to.equal(reason)
      })

    it('a document of another chain does not pass by naming itself so', () => {
      const trust = { ...makeTrust(), chainId: 1 }
      expect(verdict({ ...makeDocument(), chainId: 1 }, trust)).to.equal('PALM_SCAN_ALTERED')
    })
  })

  it('report that they have expired, and are not refused for it', () => {
    const document = makeDocument()
    for (const [now, expired] of [
      [document.attestation.expiry, false],
      [document.attestation.expiry + 1, true],
      [document.attestation.expiry + 10 ** 9, true],
    ] as const)
      expect(verifyAttestation(document, makeTrust(), now)).to.deep.include({ ok: true, expired })
  })

  it('of access and age verify without a payer', () => {
    for (const requestType of [2, 3])
      expect(
        verdict(
          makeDocument({
            request: { requestType, amountMinor: 0, payee: ZERO_ADDRESS, token: ZERO_ADDRESS },
            attestation: { payer: ZERO_ADDRESS },
          }),
        ),
      ).to.equal('holds')
  })

  it('never throw, whatever a field is replaced with', () => {
    const junk = [undefined, null, -1, 2 ** 60, Number.NaN, '', '0x', [], {}, true]
    for (const part of ['request', 'scan', 'attestation', 'evidence'] as const)
      for (const name of Object.keys(makeDocument()[part]))
        for (const value of junk) expect(verdict(bent(part, name, value))).to.match(/^PALM_/)
  })
})

function withEpoch(trust: Trust, changes: Partial<Trust['committees'][number]['epochs'][number]>): Trust {
  const committee = trust.committees[0]!
  return { ...trust, committees: [{ ...committee, epochs: [{ ...committee.epochs[0]!, ...changes }] }] }
}

function upper(hex: string): Hex {
  return `0x${hex.slice(2).toUpperCase()}`
}

/** The other signature over the same digest by the same key, with s in the upper half. */
function malleate(signature: Hex): Hex {
  const bytes = fromHex(signature)
  bytes.set(toBigEndian(secp256k1.Point.Fn.ORDER - fromBigEndian(bytes.subarray(32, 64)), 32), 32)
  bytes[64] = 55 - bytes[64]!
  return toHex(bytes)
}

describe('signatures of the test documents', () => {
  it('are ascending, as the contract wants them', () => {
    const { attestation } = makeDocument()
    const signers = signaturesOf(attestation, [...operatorKeys(15)].reverse()).map(({ signer }) => signer)
    expect(signers).to.deep.equal([...signers].sort())
  })
})
