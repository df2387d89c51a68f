import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { addressOfKey } from '@palmhold/protocol'
import { expect } from 'chai'
import { KeyFileError, loadOrCreateKey } from '../../node/src/storage/key-file.ts'
import { temporaryFolder } from './temporary-folder.ts'

describe('key files', () => {
  const at = temporaryFolder()

  it('hold a key made on first use, the same ever after, readable by their owner alone', () => {
    const key = loadOrCreateKey(at('node', 'operator.key'))
    expect(key.length).to.equal(32)
    expect(loadOrCreateKey(at('node', 'operator.key'))).to.deep.equal(key)
    expect(readFileSync(at('node', 'operator.key'), 'utf8')).to.match(/^0x[0-9a-f]{64}\n$/)
    expect(statSync(at('node', 'operator.key')).mode & 0o777).to.equal(0o600)
    expect(addressOfKey(loadOrCreateKey(at('other.key')))).not.to.equal(addressOfKey(key))
  })

  it('are not made anew beside what was stored under the one that is gone', () => {
    writeFileSync(at('node.sqlite'), '')
    expect(() => loadOrCreateKey(at('gone.key'), at('node.sqlite'))).to.throw(KeyFileError)
    expect(existsSync(at('gone.key'))).to.equal(false)
    expect(loadOrCreateKey(at('gone.key'), at('other.sqlite')).length).to.equal(32)
  })

  const good = `0x${'11'.repeat(32)}`
  it('may end with a line end or not', () => {
    writeFileSync(at('bare.key'), good)
    expect(loadOrCreateKey(at('bare.key'))).to.deep.equal(new Uint8Array(32).fill(0x11))
  })

  for (const [name, content] of [
    ['nothing', ''],
    ['a short key', good.slice(0, -2)],
    ['a long key', `${good}00`],
    ['no prefix', good.slice(2)],
    ['upper-case digits', good.replaceAll('1', 'A')],
    ['zero', `0x${'00'.repeat(32)}`],
    ['the order of the group', '0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141'],
    ['two keys', `${good}\n${good}`],
  ] as const)
    it(`with ${name} are refused, kept as they are, and their content is not told`, () => {
      writeFileSync(at('bad.key'), content)
      expect(() => loadOrCreateKey(at('bad.key')))
        .to.throw(KeyFileError)
        .satisfies((error: KeyFileError) => {
          const told = `${error.message}${error.hints}${error.cause ?? ''}`
          return error.code === 'PALM_KEY_INVALID' && !told.includes('111111') && !told.includes('AAAAAA')
        })
      expect(readFileSync(at('bad.key'), 'utf8')).to.equal(content)
    })
})
