/** Three operators match palms: who is recognised, who is refused and why, and that a refused query moves nothing. */

import { type Hex, toHex } from '@palmhold/base'
import { MESSAGE_HEADER_BYTES } from '@palmhold/matching'
import {
  attestationHash,
  type Countersign,
  decodeCountersign,
  encodeAbort,
  encodeCompare,
  encodeCountersign,
  encodeReply,
  FACTOR,
  FRAME,
  isSignedBy,
  multiplyPoint,
  policyFor,
  policyHash,
  pseudonymOfPoint,
  type Reply,
  requestHash,
  scopePointOf,
  ZERO_ADDRESS,
  ZERO_HASH,
} from '@palmhold/protocol'
import { expect } from 'chai'
import { randomTemplate } from '../matching/in-memory.ts'
import { addressOf, DOMAIN, hashOf, keyOf } from '../protocol/signed.ts'
import {
  makeQuery,
  probeOf,
  queryFor,
  type SplitQuery,
  shortened,
  signed,
  startCommittee,
  type TestCommittee,
} from './in-memory-committee.ts'

const PEOPLE = ['anna', 'bela', 'carl', 'dora']

/** The attestation that all three sign alike. */
function agreed(replies: readonly Reply[]) {
  const attestations = replies.map((reply) => {
    if (!reply.ok) throw new RangeError(`refused: ${reply.code}`)
    return reply.attestation
  })
  expect(new Set(attestations.map((each) => attestationHash(DOMAIN, each))).size).to.equal(1)
  return attestations[0]!
}

function codesOf(replies: readonly Reply[]): string[] {
  return replies.map((reply) => (reply.ok ? 'ok' : reply.code))
}

describe('three operators', function () {
  this.timeout(30_000)
  let world: TestCommittee
  const indexes = new Map<string, number>()

  before(async () => {
    world = await startCommittee('matcher')
  })
  after(() => world.close())
  afterEach(() => {
    world.deliver = () => true
    world.timeoutMs = 10_000
    world.isTerminalActive = true
    expect(world.operators.map(({ matcher }) => matcher.running())).to.deep.equal([0, 0, 0])
    expect(world.refusedFrames.splice(0)).to.deep.equal([])
  })

  it('recognise nobody in an empty gallery', async () => {
    expect(codesOf(await world.askAll(makeQuery(world, probeOf('anna'))))).to.deep.equal(
      Array(3).fill('PALM_NOT_RECOGNISED'),
    )
  })

  it('hold one gallery after enrolments', async () => {
    for (const person of PEOPLE) indexes.set(person, await world.enrol(person, addressOf(person)))
    const roots = world.operators.map(({ gallery }) => gallery.snapshot().root)
    expect(new Set(roots).size).to.equal(1)
    expect(world.operators.map(({ gallery }) => gallery.activeRows())).to.deep.equal([4, 4, 4])
  })

  for (const person of PEOPLE)
    it(`recognise ${person} in a picture of another day, all three alike`, async () => {
      const query = makeQuery(world, probeOf(person))
      const replies = await world.askAll(query)
      const attestation = agreed(replies)
      expect(attestation).to.include({
        version: 1,
        lane: 2,
        payer: addressOf(person),
        factors: FACTOR.palm,
        requestHash: requestHash(DOMAIN, query.request),
        galleryRoot: world.operators[0]!.gallery.snapshot().root,
        expiry: query.request.expiry + 300,
      })
      for (const [i, reply] of replies.entries())
        expect(reply.ok && isSignedBy(query.roles[i]!, attestationHash(DOMAIN, attestation), reply.signature)).to.equal(
          true,
        )
    })

  it('name a person alike at one merchant and otherwise at the next', async () => {
    const ask = async (merchantId: Hex) =>
      agreed(await world.askAll(makeQuery(world, probeOf('anna', 2), { request: { merchantId } }))).pseudonym
    const [here, again, there] = [await ask(hashOf('here')), await ask(hashOf('here')), await ask(hashOf('there'))]
    expect(again).to.equal(here)
    expect(there).not.to.equal(here)
    // As the phone lane proves it of the same secret.
    const secret = world.identitySecrets.get(indexes.get('anna')!)!
    const scope = scopePointOf({ chainId: DOMAIN.chainId, merchantId: hashOf('here') })
    expect(here).to.equal(pseudonymOfPoint(multiplyPoint(scope, secret)))
  })

  it('take the roles in any order', async () => {
    const query = makeQuery(world, probeOf('bela'))
    const turned = { ...query, roles: [query.roles[2]!, query.roles[0]!, query.roles[1]!] }
    expect(agreed(await world.askAll(turned)).payer).to.equal(addressOf('bela'))
  })

  it('name no payer for access and age', async () => {
    for (const requestType of [2, 3]) {
      const request = { requestType, amountMinor: 0, payee: ZERO_ADDRESS, token: ZERO_ADDRESS }
      expect(agreed(await world.askAll(makeQuery(world, probeOf('carl'), { request }))).payer).to.equal(ZERO_ADDRESS)
    }
  })

  it('refuse a stranger', async () => {
    expect(codesOf(await world.askAll(makeQuery(world, probeOf('a stranger'))))).to.deep.equal(
      Array(3).fill('PALM_NOT_RECOGNISED'),
    )
  })

  it('match several people at once', async () => {
    const answers = await Promise.all(PEOPLE.map((person) => world.askAll(makeQuery(world, probeOf(person, 2)))))
    expect(answers.map((replies) => agreed(replies).payer)).to.deep.equal(PEOPLE.map((person) => addressOf(person)))
  })

  it('do not choose between two rows of one palm', async () => {
    const twin = await world.enrol('anna', addressOf('a second account'))
    expect(codesOf(await world.askAll(makeQuery(world, probeOf('anna'))))).to.deep.equal(
      Array(3).fill('PALM_AMBIGUOUS'),
    )
    for (const { enrolments } of world.operators) await enrolments.erase(twin)
    expect(agreed(await world.askAll(makeQuery(world, probeOf('anna')))).payer).to.equal(addressOf('anna'))
  })

  it('match an erased enrolment to nobody, on disk neither', async () => {
    const index = await world.enrol('emil', addressOf('emil'))
    expect(agreed(await world.askAll(makeQuery(world, probeOf('emil')))).payer).to.equal(addressOf('emil'))
    for (const { enrolments } of world.operators) await enrolments.erase(index)
    expect(codesOf(await world.askAll(makeQuery(world, probeOf('emil', 2))))).to.deep.equal(
      Array(3).fill('PALM_NOT_RECOGNISED'),
    )
    for (const { gallery } of world.operators)
      expect(gallery.enrolment(index)).to.deep.include({
        state: 'erased',
        receipts: undefined,
        identityShare: new Uint8Array(0),
        identityCommitments: new Uint8Array(0),
        rowHashes: new Uint8Array(0),
      })
  })

  it('match an enrolment that is stored and not active to nobody', async () => {
    await world.enrol('fred', addressOf('fred'), { activate: false })
    expect(codesOf(await world.askAll(makeQuery(world, probeOf('fred'))))).to.deep.equal(
      Array(3).fill('PALM_NOT_RECOGNISED'),
    )
  })

  describe('asked again', () => {
    it('with the same scan say the same, and compute nothing', async () => {
      const query = makeQuery(world, probeOf('dora'))
      const first = await world.askAll(query)
      const before = world.operators.map(({ kernelRuns }) => kernelRuns())
      // Those who would wait for an operator that has answered are told: that is all.
      const frames = () => world.frames.filter(({ frame }) => frame[0] !== FRAME.abort).length
      const framesBefore = frames()
      const again = await world.askAll({ ...query, attempt: 2 })
      expect(again).to.deep.equal(first.map((reply) => ({ ...reply, attempt: 2 })))
      expect(await world.askAll(query)).to.deep.equal(first)
      expect(world.operators.map(({ kernelRuns }) => kernelRuns())).to.deep.equal(before)
      expect(frames()).to.equal(framesBefore)
    })

    it('with another scan refuse: one request takes one scan', async () => {
      const query = makeQuery(world, probeOf('a second stranger'))
      expect(codesOf(await world.askAll(query))).to.deep.equal(Array(3).fill('PALM_NOT_RECOGNISED'))
      const other = makeQuery(world, probeOf('dora'), { request: query.request, attempt: 2 })
      expect(requestHash(DOMAIN, other.request)).to.equal(requestHash(DOMAIN, query.request))
      expect(codesOf(await world.askAll(other))).to.deep.equal(Array(3).fill('PALM_REQUEST_SPENT'))
    })
  })

  describe('refuse a query and move nothing', () => {
    type Bend = (query: SplitQuery) => { query: SplitQuery; from?: Hex }
    const again = (query: SplitQuery) => ({ query: signed(query) })
    const withRequest =
      (changes: object): Bend =>
      (query) => {
        const request = { ...query.request, ...changes }
        return again({ ...query, request, scan: { ...query.scan, requestHash: requestHash(DOMAIN, request) } })
      }
    const withScan =
      (changes: object): Bend =>
      (query) =>
        again({ ...query, scan: { ...query.scan, ...changes } })
    const loose = { ...policyFor(40), thresholdBits: policyFor(40).thresholdBits + 1 }
    const [me, second, third] = [0, 1, 2].map((i) => (query: SplitQuery) => query.roles[i]!) as [Pick, Pick, Pick]
    type Pick = (query: SplitQuery) => Hex

    const cases: [name: string, code: string, bend: Bend][] = [
      [
        'that has run out',
        'PALM_REQUEST_EXPIRED',
        (query) => withRequest({ issuedAt: query.request.issuedAt - 151, expiry: query.request.expiry - 151 })(query),
      ],
      [
        'from the future',
        'PALM_REQUEST_TOO_EARLY',
        (query) => withRequest({ issuedAt: query.request.issuedAt + 31, expiry: query.request.expiry + 31 })(query),
      ],
      ['that breaks a rule', 'PALM_REQUEST_INVALID', withRequest({ amountMinor: 0 })],
      ['of an unknown lane', 'PALM_LANE_UNKNOWN', withRequest({ lane: 3 })],
      [
        'of the phone lane, which palms do not answer',
        'PALM_LANE_UNKNOWN',
        (query) => {
          const ofPhone = { ...query, scan: { ...query.scan, probeSharesRoot: ZERO_HASH } }
          return withRequest({ lane: 1, committeeId: ZERO_HASH, committeeEpoch: 0 })(ofPhone)
        },
      ],
      [
        'for a second palm, which nobody showed',
        'PALM_REQUEST_INVALID',
        withRequest({ factors: FACTOR.palm | FACTOR.secondPalm }),
      ],
      ['for a PIN, which nobody gave', 'PALM_REQUEST_INVALID', withRequest({ factors: FACTOR.palm | FACTOR.pin })],
      [
        'with another sum than was signed',
        'PALM_SCAN_ALTERED',
        (query) => ({ query: { ...query, request: { ...query.request, amountMinor: 1 } } }),
      ],
      [
        'with another sum under the scan',
        'PALM_REQUEST_SIGNATURE',
        (query) => {
          const request = { ...query.request, amountMinor: 1 }
          const scan = { ...query.scan, requestHash: requestHash(DOMAIN, request) }
          return { query: { ...signed({ ...query, scan }), request } }
        },
      ],
      [
        'with an altered scan',
        'PALM_SCAN_SIGNATURE',
        (query) => ({ query: { ...query, scan: { ...query.scan, probeRoot: ZERO_HASH } } }),
      ],
      ['with a scan of another time', 'PALM_SCAN_TIME', withScan({ capturedAt: 0 })],
      ['with a scan of nothing', 'PALM_SCAN_INVALID', withScan({ leafCount: 0 })],
      [
        'signed by another key',
        'PALM_REQUEST_SIGNATURE',
        (query) => ({ query: signed(query, keyOf('another terminal')) }),
      ],
      [
        'whose scan another key signed',
        'PALM_SCAN_SIGNATURE',
        (query) => ({ query: { ...query, scanSignature: signed(query, keyOf('x')).scanSignature } }),
      ],
      [
        'brought by another node',
        'PALM_REQUEST_SIGNATURE',
        (query) => ({ query, from: addressOf('another terminal') }),
      ],
      ['brought by an operator', 'PALM_REQUEST_SIGNATURE', (query) => ({ query, from: query.roles[1]! })],
      ['for another committee', 'PALM_COMMITTEE_UNKNOWN', withRequest({ committeeId: hashOf('another committee') })],
      ['for another epoch', 'PALM_COMMITTEE_UNKNOWN', withRequest({ committeeEpoch: 2 })],
      [
        'under a looser policy',
        'PALM_POLICY_REFUSED',
        (query) => withRequest({ policyHash: policyHash(loose) })({ ...query, policy: loose }),
      ],
      [
        'under another policy than was signed',
        'PALM_POLICY_REFUSED',
        (query) => ({ query: { ...query, policy: policyFor(100_000) } }),
      ],
      ['with more codes than the policy has', 'PALM_POLICY_REFUSED', withScan({ leafCount: 26 })],
      [
        'without me',
        'PALM_NOT_A_MEMBER',
        (query) => ({ query: { ...query, roles: [addressOf('x'), second(query), third(query)] } }),
      ],
      [
        'with a stranger beside me',
        'PALM_NOT_A_MEMBER',
        (query) => ({ query: { ...query, roles: [me(query), second(query), addressOf('x')] } }),
      ],
      [
        'with an operator twice',
        'PALM_NOT_A_MEMBER',
        (query) => ({ query: { ...query, roles: [me(query), second(query), second(query)] } }),
      ],
      [
        'with me twice',
        'PALM_NOT_A_MEMBER',
        (query) => ({ query: { ...query, roles: [me(query), me(query), third(query)] } }),
      ],
      [
        'with the package of another',
        'PALM_SHARE_INVALID',
        (query) => ({ query: { ...query, packageOf: () => query.packageOf(query.roles[1]!) } }),
      ],
      [
        'with my package under the proof of another',
        'PALM_SHARE_INVALID',
        (query) => ({
          query: {
            ...query,
            packageOf: (member) => ({ ...query.packageOf(member), proof: query.packageOf(query.roles[1]!).proof }),
          },
        }),
      ],
      [
        'with one bit of the share changed',
        'PALM_SHARE_INVALID',
        (query) => ({
          query: {
            ...query,
            packageOf: (member) => {
              const { package: bytes, proof } = query.packageOf(member)
              return { package: bytes.map((byte, i) => (i === 1000 ? byte ^ 1 : byte)), proof }
            },
          },
        }),
      ],
      ['with fewer codes in the share than were signed', 'PALM_SHARE_INVALID', withScan({ leafCount: 24 })],
    ]
    for (const [name, code, bend] of cases)
      it(`${name}: ${code}`, async () => {
        const [operator] = world.operators
        const before = [operator!.spent.length, operator!.kernelRuns(), world.frames.length]
        const { query, from } = bend(makeQuery(world, shortened(probeOf('anna'), 3)))
        const reply = await world.ask(operator!, queryFor(query, operator!.address), from)
        expect(reply).to.include({ ok: false, code })
        expect([operator!.spent.length, operator!.kernelRuns(), world.frames.length]).to.deep.equal(before)
      })

    it('of a terminal that is not active: PALM_TERMINAL_INACTIVE', async () => {
      world.isTerminalActive = false
      const before = world.operators.map(({ spent }) => spent.length)
      expect(codesOf(await world.askAll(makeQuery(world, probeOf('anna'))))).to.deep.equal(
        Array(3).fill('PALM_TERMINAL_INACTIVE'),
      )
      expect(world.operators.map(({ spent }) => spent.length)).to.deep.equal(before)
    })

    it('and answer the same query once it is not bent any more', async () => {
      const query = makeQuery(world, probeOf('anna'))
      const bent = { ...query, packageOf: () => query.packageOf(query.roles[0]!) }
      expect(
        codesOf(await Promise.all([1, 2].map((i) => world.ask(world.operators[i]!, queryFor(bent, query.roles[i]!))))),
      ).to.deep.equal(Array(2).fill('PALM_SHARE_INVALID'))
      expect(agreed(await world.askAll(query)).payer).to.equal(addressOf('anna'))
    })
  })

  describe('when something goes wrong between them', () => {
    it('give up in time when one is silent, and open nothing', async () => {
      world.timeoutMs = 250
      const silent = world.operators[2]!.address
      world.deliver = ({ from }) => from !== silent
      const query = makeQuery(world, probeOf('anna'))
      const replies = await Promise.all(
        query.roles.slice(0, 2).map((role) => world.ask(world.operator(role), queryFor(query, role))),
      )
      expect(codesOf(replies)).to.deep.equal(['PALM_NODE_SLOW', 'PALM_NODE_SLOW'])
      const compared = world.frames.filter(({ frame }) => frame[0] === FRAME.compare).length

      // The next attempt succeeds, under masks of its own.
      world.deliver = () => true
      world.timeoutMs = 10_000
      expect(agreed(await world.askAll({ ...query, attempt: 2 })).payer).to.equal(addressOf('anna'))
      expect(world.frames.filter(({ frame }) => frame[0] === FRAME.compare).length).to.be.greaterThan(compared)
    })

    it('refuse an attempt that was made before', async () => {
      world.timeoutMs = 150
      world.deliver = () => false
      const query = makeQuery(world, probeOf('anna'))
      expect(codesOf(await world.askAll(query))).to.deep.equal(Array(3).fill('PALM_NODE_SLOW'))
      world.deliver = () => true
      expect(codesOf(await world.askAll(query))).to.deep.equal(Array(3).fill('PALM_REQUEST_SPENT'))
    })

    it('mask every attempt anew', async () => {
      const query = makeQuery(world, probeOf('anna'))
      // No message of the comparison arrives, so both attempts begin on the same scores.
      const firstRounds: string[][] = []
      const [first, second] = world.operators
      for (const attempt of [1, 2]) {
        const payloads: string[] = []
        world.deliver = ({ frame }) => {
          if (frame[0] !== FRAME.compare) return true
          payloads.push(toHex(frame.subarray(1 + MESSAGE_HEADER_BYTES)))
          return false
        }
        const replies = world.askAll({ ...query, attempt })
        for (let turns = 0; turns < 20; turns += payloads.length > 0 ? 1 : 0) await new Promise(setImmediate)
        const abort = encodeAbort({ requestHash: requestHash(DOMAIN, query.request), attempt, code: 'PALM_NODE_SLOW' })
        for (const { address, matcher } of world.operators)
          matcher.onFrame(address === first!.address ? second!.address : first!.address, abort, async () => undefined)
        expect(codesOf(await replies)).to.deep.equal(Array(3).fill('PALM_NODE_SLOW'))
        firstRounds.push(payloads)
      }
      expect(firstRounds[0]!.length).to.be.greaterThan(0)
      for (const payload of firstRounds[1]!) expect(firstRounds[0]).not.to.include(payload)
    })

    it('find out that their galleries differ before anything is compared', async () => {
      const odd = world.operators[1]!
      const compared = world.frames.filter(({ frame }) => frame[0] === FRAME.compare).length
      await odd.enrolments.erase(indexes.get('dora')!)
      const replies = await world.askAll(makeQuery(world, probeOf('anna')))
      expect(codesOf(replies)).to.deep.equal(Array(3).fill('PALM_GALLERY_MISMATCH'))
      expect(odd.mismatches()).to.be.greaterThan(0)
      expect(world.frames.filter(({ frame }) => frame[0] === FRAME.compare).length).to.equal(compared)
      for (const { enrolments } of world.operators) await enrolments.erase(indexes.get('dora')!)
      expect(agreed(await world.askAll(makeQuery(world, probeOf('anna')))).payer).to.equal(addressOf('anna'))
    })

    // Bytes of a comparison frame: kind (1), session (32), round (2), from (1), to (1), chunk (4), length (4), payload.
    for (const [what, code, at, value] of [
      ['a round far ahead', 'PALM_COMPARISON_ROUND', 33, 0xff],
      ['another sender', 'PALM_SESSION_MISMATCH', 35, 2],
      ['a sender that cannot be', 'PALM_ENCODING_INVALID', 35, 9],
      ['another receiver', 'PALM_COMPARISON_SENDER', 36, 2],
      ['a chunk that is not there', 'PALM_COMPARISON_ROUND', 37, 1],
      ['another length', 'PALM_ENCODING_INVALID', 44, 1],
    ] as const)
      it(`give up a comparison, all three, at a message with ${what}`, async () => {
        let bent = 0
        world.deliver = ({ from, to, frame }) => {
          const [first, second] = world.operators
          if (from === first!.address && to === second!.address && frame[0] === FRAME.compare && bent++ === 0)
            frame[at] = value
          return true
        }
        expect(codesOf(await world.askAll(makeQuery(world, probeOf('anna'))))).to.deep.equal(Array(3).fill(code))
        expect(bent).to.be.greaterThan(0)
      })

    // Each is signed by who sends it, and covers what the two others are about to do.
    for (const [what, code, changes] of [
      ['another session', 'PALM_SESSION_MISMATCH', { sid: hashOf('another session') }],
      ['another gallery', 'PALM_GALLERY_MISMATCH', { galleryRoot: hashOf('another gallery') }],
      ['a key that nobody signed', 'PALM_SIGNATURE_INVALID', { exchangeKey: hashOf('another key') }],
      ['a signature over something else', 'PALM_SIGNATURE_INVALID', { signature: `0x${'11'.repeat(65)}` as Hex }],
    ] as const)
      it(`give up, all three, at a countersignature of ${what}`, async () => {
        const [first, second] = world.operators
        world.deliver = ({ from, to, frame }) => {
          if (from === first!.address && to === second!.address && frame[0] === FRAME.countersign)
            frame.set(encodeCountersign({ ...decodeCountersign(frame.subarray(1)), ...changes }))
          return true
        }
        expect(codesOf(await world.askAll(makeQuery(world, probeOf('anna'))))).to.deep.equal(Array(3).fill(code))
      })

    it('give up, all three, when one countersigns twice', async () => {
      const [first, second] = world.operators
      let repeated = false
      world.deliver = ({ from, to, frame }) => {
        if (frame[0] === FRAME.compare) return false
        if (from !== first!.address || to !== second!.address || frame[0] !== FRAME.countersign || repeated) return true
        repeated = true
        second!.matcher.onFrame(from, frame, async () => undefined)
        return true
      }
      expect(codesOf(await world.askAll(makeQuery(world, probeOf('anna'))))).to.deep.equal(
        Array(3).fill('PALM_MESSAGE_REPEATED'),
      )
    })

    it('give up when another gives up, with its reason', async () => {
      const [first, second] = world.operators
      world.deliver = ({ frame }) => frame[0] !== FRAME.compare
      const query = makeQuery(world, probeOf('anna'))
      const replies = world.askAll(query)
      while (first!.matcher.running() === 0) await new Promise(setImmediate)
      const abort = encodeAbort({
        requestHash: requestHash(DOMAIN, query.request),
        attempt: 1,
        code: 'PALM_KERNEL_FAILED',
      })
      for (const { address, matcher } of world.operators)
        if (address !== second!.address) matcher.onFrame(second!.address, abort, async () => undefined)
      world.operators[1]!.matcher.onFrame(first!.address, abort, async () => undefined)
      expect(codesOf(await replies)).to.deep.equal(Array(3).fill('PALM_KERNEL_FAILED'))
    })
  })

  describe('close the channel of', () => {
    const stranger = addressOf('a stranger')
    const countersign = encodeCountersign({
      sid: hashOf('sid'),
      requestHash: hashOf('request'),
      attempt: 1,
      galleryRoot: hashOf('gallery'),
      exchangeKey: hashOf('key'),
      coinCommitment: hashOf('commitment'),
      signature: `0x${'00'.repeat(65)}`,
    })
    const abort = { requestHash: hashOf('request'), attempt: 1, code: 'PALM_X' }
    const cases: [name: string, code: string, from: 'stranger' | 'member', frame: Uint8Array][] = [
      ['a stranger who countersigns', 'PALM_STRANGER', 'stranger', countersign],
      ['a stranger who compares', 'PALM_STRANGER', 'stranger', encodeCompare(new Uint8Array(64))],
      ['a stranger who aborts', 'PALM_STRANGER', 'stranger', encodeAbort(abort)],
      ['a stranger who answers', 'PALM_STRANGER', 'stranger', encodeReply({ ok: false, ...abort })],
      [
        'an operator that answers what nobody asked it',
        'PALM_STRANGER',
        'member',
        encodeReply({ ok: false, ...abort }),
      ],
      ['whoever sends an unknown frame', 'PALM_ENCODING_INVALID', 'stranger', Uint8Array.of(9)],
      ['whoever sends nothing', 'PALM_ENCODING_INVALID', 'member', new Uint8Array(0)],
      ['whoever asks what is no query', 'PALM_ENCODING_INVALID', 'stranger', Uint8Array.of(FRAME.query, 1, 2, 3)],
      [
        'an operator whose countersignature is none',
        'PALM_ENCODING_INVALID',
        'member',
        Uint8Array.of(FRAME.countersign, 0x7b),
      ],
      [
        'an operator whose comparison names no session',
        'PALM_ENCODING_INVALID',
        'member',
        encodeCompare(new Uint8Array(31)),
      ],
    ]
    for (const [name, code, from, frame] of cases)
      it(`${name}: ${code}`, () => {
        const [operator, other] = world.operators
        expect(() =>
          operator!.matcher.onFrame(from === 'member' ? other!.address : stranger, frame, async () => undefined),
        )
          .to.throw()
          .with.property('code', code)
      })

    it('nobody for a comparison of a session that is over', () => {
      const [operator, other] = world.operators
      operator!.matcher.onFrame(other!.address, encodeCompare(new Uint8Array(64)), async () => undefined)
    })
  })

  it('keep enrolments waiting while a match runs, and matches while an enrolment is erased', async () => {
    const [operator] = world.operators
    const order: string[] = []
    const replies = world.askAll(makeQuery(world, probeOf('anna'))).then((all) => {
      order.push('matched')
      return all
    })
    while (operator!.matcher.running() === 0) await new Promise(setImmediate)
    await operator!.matcher.whileIdle(() => {
      expect(operator!.matcher.running()).to.equal(0)
      order.push('idle')
    })
    agreed(await replies)
    await Promise.all([1, 2, 3].map((n) => operator!.matcher.whileIdle(() => void order.push(`work ${n}`))))
    expect(order.filter((what) => what.startsWith('work'))).to.deep.equal(['work 1', 'work 2', 'work 3'])
    expect(order).to.include.members(['idle', 'matched'])
  })

  it('say nothing of a palm in their replies to strangers', async () => {
    const stranger = randomTemplate(world.random)
    const query = makeQuery(world, { codes: [stranger.code], pooled: stranger.pooled })
    const replies = await world.askAll(query)
    for (const reply of replies) expect(Object.keys(reply)).to.have.members(['ok', 'requestHash', 'attempt', 'code'])
  })
})

describe('four operators, of whom three compute', function () {
  this.timeout(20_000)
  let world: TestCommittee

  before(async () => {
    world = await startCommittee('four operators', 4)
    await world.enrol('anna', addressOf('anna'))
  })
  after(() => world.close())

  const without = (query: SplitQuery, left: number): SplitQuery => ({
    ...query,
    roles: world.committee.members.filter((_, i) => i !== left),
  })

  for (const left of [0, 1, 2, 3])
    it(`match without operator ${left + 1}`, async () => {
      const query = without(makeQuery(world, probeOf('anna')), left)
      expect(agreed(await world.askAll(query)).payer).to.equal(addressOf('anna'))
    })

  it('are not disturbed by the fourth, which has no part in it', async () => {
    const query = without(makeQuery(world, probeOf('anna')), 3)
    const fourth = world.operators[3]!.address
    const hash = requestHash(DOMAIN, query.request)
    const countersign: Countersign = {
      sid: hashOf('sid'),
      requestHash: hash,
      attempt: 1,
      galleryRoot: hashOf('another gallery'),
      exchangeKey: hashOf('key'),
      coinCommitment: hashOf('commitment'),
      signature: `0x${'11'.repeat(65)}`,
    }
    const disturb = () => {
      for (const { matcher, address } of world.operators) {
        if (address === fourth) continue
        for (const frame of [
          encodeCountersign(countersign),
          encodeAbort({ requestHash: hash, attempt: 1, code: 'PALM_NOT_RECOGNISED' }),
        ])
          matcher.onFrame(fourth, frame, async () => undefined)
      }
    }
    // Before the query is there, while countersignatures travel, and in the middle of the comparison.
    disturb()
    world.deliver = ({ frame }) => {
      if (frame[0] !== FRAME.query) disturb()
      if (frame[0] === FRAME.compare)
        for (const { matcher, address } of world.operators)
          if (address !== fourth) matcher.onFrame(fourth, Uint8Array.from(frame), async () => undefined)
      return true
    }
    expect(agreed(await world.askAll(query)).payer).to.equal(addressOf('anna'))
  })

  it('lose nothing of what two said early, though the fourth speaks of very many sessions', async () => {
    const query = without(makeQuery(world, probeOf('anna')), 3)
    const fourth = world.operators[3]!.address
    const third = world.operator(query.roles[2]!)
    const countersigned = new Set<Hex>()
    const { promise: bothSpoke, resolve } = Promise.withResolvers<void>()
    world.deliver = ({ from, to, frame }) => {
      if (to === third.address && frame[0] === FRAME.countersign && countersigned.add(from).size === 2)
        setImmediate(() => setImmediate(resolve))
      return true
    }
    const ask = (role: Hex) => world.ask(world.operator(role), queryFor(query, role))
    const first = query.roles.slice(0, 2).map(ask)
    await bothSpoke
    for (let session = 0; session < 200; session++) {
      const requestHash = toHex(world.random(32))
      for (const frame of [
        encodeCountersign({
          sid: hashOf('sid'),
          requestHash,
          attempt: 1,
          galleryRoot: hashOf('gallery'),
          exchangeKey: hashOf('key'),
          coinCommitment: hashOf('commitment'),
          signature: `0x${'11'.repeat(65)}`,
        }),
        encodeAbort({ requestHash, attempt: 1, code: 'PALM_NODE_SLOW' }),
      ])
        third.matcher.onFrame(fourth, frame, async () => undefined)
    }
    expect(agreed(await Promise.all([...first, ask(third.address)])).payer).to.equal(addressOf('anna'))
  })
})
