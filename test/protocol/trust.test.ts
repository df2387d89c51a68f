import { parseTrust, ShapeError, trustedEpoch } from '@palmhold/protocol'
import { expect } from 'chai'
import { addressOf, COMMITTEE_ID, hashOf, makeTrust, OPERATORS } from './signed.ts'

describe('trust documents', () => {
  it('are read back as they were written', () => {
    expect(parseTrust(JSON.stringify(makeTrust()))).to.deep.equal(makeTrust())
  })

  it('know a committee by its id and epoch together', () => {
    const trust = makeTrust()
    expect(trustedEpoch(trust, COMMITTEE_ID, 1)?.operators).to.deep.equal(OPERATORS)
    expect(trustedEpoch(trust, COMMITTEE_ID, 2)).to.equal(undefined)
    expect(trustedEpoch(trust, hashOf('another'), 1)).to.equal(undefined)
  })

  const trust = makeTrust()
  const epoch = trust.committees[0]!.epochs[0]!
  const withEpoch = (changes: object) => ({
    ...trust,
    committees: [{ committeeId: COMMITTEE_ID, epochs: [{ ...epoch, ...changes }] }],
  })
  const cases: [name: string, document: unknown, path: string][] = [
    ['another format', { ...trust, format: 'palmhold/trust/1' }, 'format'],
    ['chain 0', { ...trust, chainId: 0 }, 'chainId'],
    ['a contract missing', { ...trust, contracts: { ...trust.contracts, palmPay: undefined } }, 'contracts.palmPay'],
    ['an unknown key', { ...trust, note: '' }, ''],
    ['an unknown key in an epoch', withEpoch({ note: '' }), 'committees.0.epochs.0'],
    [
      'an address in upper case',
      withEpoch({ operators: OPERATORS.map((a) => `0x${a.slice(2).toUpperCase()}`) }),
      'operators',
    ],
    ['two operators', withEpoch({ operators: OPERATORS.slice(0, 2) }), 'operators'],
    [
      'sixteen operators',
      withEpoch({ operators: Array.from({ length: 16 }, (_, i) => addressOf(`${i}`)) }),
      'operators',
    ],
    ['an operator twice', withEpoch({ operators: [OPERATORS[0], OPERATORS[0], OPERATORS[1]] }), 'operators'],
    ['a quorum of none', withEpoch({ quorum: 0 }), 'quorum'],
    ['a quorum that those who learn nothing together could make', withEpoch({ quorum: 1 }), 'quorum'],
    ['a quorum of more than there are', withEpoch({ quorum: 4 }), 'quorum'],
    ['a threshold that three operators cannot hold', withEpoch({ threshold: 2, quorum: 3 }), 'threshold'],
    ['a committee without epochs', { ...trust, committees: [{ committeeId: COMMITTEE_ID, epochs: [] }] }, 'epochs'],
  ]
  for (const [name, document, path] of cases)
    it(`are refused with ${name}`, () => {
      expect(() => parseTrust(JSON.stringify(document)))
        .to.throw(ShapeError, path)
        .with.property('code', 'PALM_TRUST_INVALID')
    })

  it('are refused when they are no JSON', () => {
    expect(() => parseTrust('trust me'))
      .to.throw(ShapeError)
      .with.property('code', 'PALM_TRUST_INVALID')
  })
})
