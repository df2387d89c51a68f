/** Anchoring: a batch is durable before it is sent, is sent once more after a failure, and opens ever after. */

import { type Hex, PalmError } from '@palmhold/base'
import { refuseAnchorOpening } from '@palmhold/protocol'
import { expect } from 'chai'
import { openAnchorDatabase } from '../../node/src/verifier/anchor-database.ts'
import { type AnchorChain, createAnchoring } from '../../node/src/verifier/anchoring.ts'
import { addressOf, hashOf } from '../protocol/signed.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** The Anchors contract as a verifier meets it, which can be made to fail before or after it took a root. */
function createChain() {
  const anchored = new Map<Hex, number>()
  const sent: Hex[] = []
  let failing: 'no' | 'before' | 'after' = 'no'
  const chain: AnchorChain = {
    anchoredAt: async (root) => anchored.get(root),
    async anchor(root) {
      sent.push(root)
      const mode = failing
      failing = 'no'
      if (mode !== 'before') anchored.set(root, 1_790_000_000)
      if (mode !== 'no') throw new PalmError('PALM_CHAIN_UNREACHABLE', 'away')
      return { txHash: hashOf('tx') }
    },
  }
  return { chain, anchored, sent, failNext: (mode: 'before' | 'after') => (failing = mode) }
}

describe('anchoring', () => {
  const inFolder = temporaryFolder()
  let path: string
  let counter = 0
  const random = (length: number) => new Uint8Array(length).fill(++counter)
  const open = (chain: AnchorChain) => {
    const database = openAnchorDatabase(path)
    const anchoring = createAnchoring({ chain, chainId: 31_337, contract: addressOf('anchors'), database, random })
    return { anchoring, close: () => database.close() }
  }

  beforeEach(() => {
    path = inFolder(`anchors-${++counter}.sqlite`)
  })

  it('joins what waits into one root, and opens each leaf', async () => {
    const { chain, anchored, sent } = createChain()
    const { anchoring, close } = open(chain)
    for (let i = 0; i < 5; i++) anchoring.add(hashOf(`request ${i}`), hashOf(`digest ${i}`))
    anchoring.add(hashOf('request 0'), hashOf('digest 0'))
    expect(await anchoring.flush()).to.equal(5)
    expect(await anchoring.flush()).to.equal(0)
    expect(sent).to.have.length(1)
    for (let i = 0; i < 5; i++) {
      const opening = anchoring.open(hashOf(`request ${i}`))
      expect(refuseAnchorOpening(opening, hashOf(`digest ${i}`))).to.equal(undefined)
      expect(anchored.has(opening.root)).to.equal(true)
      expect(opening.count).to.equal(5)
    }
    close()
  })

  it('opens nothing before the chain has it, and nothing unknown', async () => {
    const { anchoring, close } = open(createChain().chain)
    anchoring.add(hashOf('request'), hashOf('digest'))
    for (const request of [hashOf('request'), hashOf('another')])
      expect(() => anchoring.open(request))
        .to.throw()
        .with.property('code', 'PALM_NOT_ANCHORED')
    close()
  })

  for (const mode of ['before', 'after'] as const)
    it(`anchors a batch once when the chain is lost ${mode} it took the root, also after a restart`, async () => {
      const { chain, anchored, sent, failNext } = createChain()
      const first = open(chain)
      first.anchoring.add(hashOf('request 1'), hashOf('digest 1'))
      failNext(mode)
      const failure = await first.anchoring.flush().then(
        () => undefined,
        (error: unknown) => (error as PalmError).code,
      )
      expect(failure).to.equal('PALM_CHAIN_UNREACHABLE')
      first.close()
      const second = open(chain)
      second.anchoring.add(hashOf('request 2'), hashOf('digest 2'))
      await second.anchoring.flush()
      expect(anchored.size).to.equal(2)
      expect(sent).to.have.length(mode === 'before' ? 3 : 2)
      for (const i of [1, 2])
        expect(refuseAnchorOpening(second.anchoring.open(hashOf(`request ${i}`)), hashOf(`digest ${i}`))).to.equal(
          undefined,
        )
      second.close()
    })
})
