/** Sources, witness generators and development keys belong together, and are known by their hashes. */

import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DEVELOPMENT_KEY_HASHES, hashVerifyingKey, parseVerifyingKey } from '@palmhold/zk'
import { expect } from 'chai'
import { hashSources } from '../../packages/zk/circuits/compile.ts'
import { CIRCUIT_NAMES, DEVELOPMENT_KEYS, keyFile, readManifest, sha256 } from '../../packages/zk/circuits/manifest.ts'

const MOST_BYTES = 25e6

describe('development keys', () => {
  it('are of the sources that are there (or run `npm run generate`)', async () => {
    expect(await hashSources()).to.equal(readManifest().sources)
  })

  for (const circuit of CIRCUIT_NAMES)
    it(`of ${circuit} are the files that the manifest names`, () => {
      const { wasm, zkey, verifyingKey } = readManifest().circuits[circuit]
      expect(sha256(readFileSync(keyFile(circuit, 'wasm')))).to.equal(wasm)
      expect(sha256(readFileSync(keyFile(circuit, 'zkey')))).to.equal(zkey)
      const key = parseVerifyingKey(readFileSync(keyFile(circuit, 'verifying-key.json'), 'utf8'))
      expect(hashVerifyingKey(key)).to.equal(verifyingKey)
      expect(DEVELOPMENT_KEY_HASHES[circuit]).to.equal(verifyingKey)
    })

  it('take 25 MB at most', () => {
    const sizes = readdirSync(DEVELOPMENT_KEYS).map((name) => statSync(join(DEVELOPMENT_KEYS, name)).size)
    expect(sizes.reduce((sum, size) => sum + size, 0)).to.be.lessThan(MOST_BYTES)
  })
})
