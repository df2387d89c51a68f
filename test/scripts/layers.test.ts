/** The table of layers in .dependency-cruiser.cjs: a small repository that breaks each rule once is found out each time. */

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect } from 'chai'
import { checkLayers } from '../../scripts/checks/checks.ts'

const ROOT = join(import.meta.dirname, '../..')
/** Packages of the real repository that the small one imports. */
const INSTALLED = ['ethers', 'snarkjs', 'did-jwt', 'libp2p', 'zod', '@noble/hashes', '@mediapipe/hands']
const PARTS = ['packages/base', 'packages/palm', 'packages/protocol', 'packages/matching', 'packages/identity'].concat([
  'packages/chain',
  'packages/zk',
  'packages/net',
  'packages/capture',
  'node',
  'wallet',
])

/** Imports that a rule forbids: the file, what it says, the rule. */
const FORBIDDEN = [
  ['packages/base/src/up.ts', "import { palm } from '@palmhold/palm'", 'layer-base'],
  ['packages/palm/src/up.ts', "import { protocol } from '@palmhold/protocol'", 'layer-palm'],
  ['packages/protocol/src/up.ts', "import type { matching } from '@palmhold/matching'", 'layer-protocol'],
  ['packages/matching/src/up.ts', "export { net } from '@palmhold/net'", 'layer-matching'],
  ['packages/zk/src/up.ts', "import { matching } from '@palmhold/matching'", 'layer-zk'],
  ['packages/identity/src/aside.ts', "import { chain } from '@palmhold/chain'", 'layer-identity'],
  ['packages/chain/src/aside.ts', "import { net } from '../../net/src/index.ts'", 'layer-chain'],
  ['packages/net/src/aside.ts', "import { palm } from '@palmhold/palm'", 'layer-net'],
  ['packages/net/src/up.ts', "import { node } from '../../../node/src/index.ts'", 'layer-net'],
  ['packages/capture/src/aside.ts', "import { protocol } from '@palmhold/protocol'", 'layer-capture'],
  ['packages/capture/src/reads.ts', "import { readFileSync } from 'node:fs'", 'browser-capture'],
  ['node/src/hands.ts', "import { Hands } from '@mediapipe/hands'", 'only-capture-knows-mediapipe'],
  ['wallet/src/up.ts', "import { node } from '@palmhold/node'", 'layer-wallet'],
  ['node/src/up.ts', "import { script } from '../../scripts/script.ts'", 'layer-node'],
  ['packages/base/src/reads.ts', "import { readFileSync } from 'node:fs'", 'pure-base'],
  ['packages/palm/src/reads.ts', "const crypto = await import('node:crypto')", 'pure-palm'],
  ['packages/protocol/src/reads.ts', "import type { Server } from 'node:http'", 'pure-protocol'],
  ['packages/matching/src/reads.ts', "import 'node:worker_threads'", 'pure-matching'],
  ['packages/zk/src/reads.ts', "import { readFileSync } from 'node:fs'", 'pure-zk'],
  ['packages/zk/src/prover.ts', "import { groth16 } from 'snarkjs'", 'only-wallet-knows-snarkjs'],
  ['node/src/chain.ts', "import { ethers } from 'ethers'", 'only-chain-knows-ethers'],
  ['node/src/identity.ts', "import { verifyJWT } from 'did-jwt'", 'only-identity-knows-veramo'],
  ['wallet/src/peers.ts', "import { createLibp2p } from 'libp2p'", 'only-net-knows-libp2p'],
  ['packages/base/src/one.ts', "import './two.ts'", 'no-cycles'],
  ['packages/base/src/gone.ts', "import './nowhere.ts'", 'no-unresolved'],
  ['node/src/tested.ts', "import '../../test/some.test.ts'", 'sources-import-no-tests'],
  ['packages/net/src/unnamed.ts', "import 'zod'", 'not-a-dependency'],
] as const

/** What everybody may do. */
const ALLOWED = [
  ['packages/base/src/two.ts', "import './one.ts'"],
  [
    'packages/protocol/src/below.ts',
    "import { palm } from '@palmhold/palm'\nimport { sha256 } from '@noble/hashes/sha2.js'",
  ],
  ['packages/chain/src/ethers.ts', "import { ethers } from 'ethers'\nimport { readFileSync } from 'node:fs'"],
  [
    'node/src/composes.ts',
    "import '@palmhold/net'\nimport '@palmhold/wallet'\nawait using x = open(await import('zod'))",
  ],
  ['scripts/script.ts', "import '@palmhold/chain'\nimport '../node/src/composes.ts'\nexport const script = 1"],
  ['test/some.test.ts', "import 'libp2p'\nimport '../scripts/script.ts'\nimport '@palmhold/net'"],
] as const

describe('the layers', function () {
  this.timeout(60_000)
  let root: string
  let findings: readonly string[]

  before(async () => {
    root = mkdtempSync(join(tmpdir(), 'palmhold-layers-'))
    const write = (path: string, text: string) => {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), `${text}\n`)
    }
    const link = (target: string, path: string) => {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      symlinkSync(target, join(root, path))
    }
    for (const name of INSTALLED) link(join(ROOT, 'node_modules', name), `node_modules/${name}`)
    write('package.json', '{ "name": "small", "type": "module" }')
    for (const part of PARTS) {
      const name = part.split('/').at(-1)!
      const dependencies = Object.fromEntries(
        [...PARTS.map((other) => `@palmhold/${other.split('/').at(-1)}`), ...INSTALLED]
          .filter((other) => !(name === 'net' && other === 'zod'))
          .map((other) => [other, '1.0.0']),
      )
      const exports = { '.': { '@palmhold/source': './src/index.ts' } }
      write(
        `${part}/package.json`,
        JSON.stringify({ name: `@palmhold/${name}`, type: 'module', exports, dependencies }),
      )
      write(`${part}/src/index.ts`, `export const ${name} = 1`)
      link(join(root, part), `node_modules/@palmhold/${name}`)
    }
    for (const [path, text] of [...FORBIDDEN, ...ALLOWED]) write(path, text)
    findings = await checkLayers(root, ['packages', 'node', 'wallet', 'scripts', 'test'])
  })

  after(() => rmSync(root, { recursive: true, force: true }))

  for (const [path, text, rule] of FORBIDDEN)
    it(`${rule}: ${path} says ${text}`, () => {
      expect(findings.filter((line) => line.startsWith(`${rule}: ${path} -> `))).to.have.length(1)
    })

  for (const [path] of ALLOWED.slice(1))
    it(`${path} is fine`, () => {
      expect(findings.filter((line) => line.includes(`: ${path} -> `))).to.deep.equal([])
    })
})
