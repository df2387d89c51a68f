/** Replies: what a node may learn of a failure at another. */

import { utf8 } from '@palmhold/base'
import { MessageTooLargeError } from '@palmhold/net'
import { expect } from 'chai'
import { acceptance, decodeReply, refusal } from '../../packages/net/src/reply.ts'

describe('reply', () => {
  it('carries a body', () => {
    expect(decodeReply(acceptance(Uint8Array.of(7, 8)))).to.deep.equal({ ok: true, body: Uint8Array.of(7, 8) })
    expect(decodeReply(acceptance(new Uint8Array()))).to.deep.equal({ ok: true, body: new Uint8Array() })
  })

  it('carries the code of a PalmError and no word of its message', () => {
    const bytes = refusal(new MessageTooLargeError(5, 4))
    expect(bytes).to.deep.equal(Uint8Array.of(1, ...utf8('PALM_MESSAGE_TOO_LARGE')))
    expect(decodeReply(bytes)).to.deep.equal({ ok: false, code: 'PALM_MESSAGE_TOO_LARGE' })
  })

  it('says PALM_INTERNAL for any other error', () => {
    expect(decodeReply(refusal(new TypeError('a secret')))).to.deep.equal({ ok: false, code: 'PALM_INTERNAL' })
  })

  const malformed: Record<string, Uint8Array> = {
    'an empty reply': new Uint8Array(),
    'another status': Uint8Array.of(2),
    'a refusal without a code': Uint8Array.of(1),
    'a code in lower case': Uint8Array.of(1, ...utf8('palm_x')),
    'a code that brings text along': Uint8Array.of(1, ...utf8('PALM_X\nat file.ts')),
    'a code of endless length': Uint8Array.of(1, ...utf8(`PALM_${'X'.repeat(65)}`)),
  }
  for (const [name, bytes] of Object.entries(malformed)) {
    it(`counts ${name} as malformed`, () => {
      expect(decodeReply(bytes)).to.deep.equal({ ok: false, code: 'PALM_ANSWER_MALFORMED' })
    })
  }
})
