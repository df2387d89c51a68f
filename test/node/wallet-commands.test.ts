/** `palmhold wallet init|show|backup`, and passphrases that are typed or lie in a file. */

import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { PassThrough } from 'node:stream'
import { errorCode } from '@palmhold/base'
import { createVaultIdentity, openVault } from '@palmhold/wallet/vault'
import { expect } from 'chai'
import { runCli } from '../../node/src/cli/program.ts'
import { askNewPassphrase, askPassphrase, passphraseIn } from '../../node/src/cli/read-passphrase.ts'
import { temporaryFolder } from './temporary-folder.ts'

const deploy = () => Promise.reject(new Error('no command here deploys'))

describe('palmhold wallet', function () {
  this.timeout(120_000)
  const at = temporaryFolder()

  /** What a command with --json answers. */
  async function run(
    ...args: string[]
  ): Promise<{ ok: boolean; error?: { code: string; hints: string[] } } & Record<string, unknown>> {
    const written: string[] = []
    const { write } = process.stdout
    process.stdout.write = ((text: string) => {
      written.push(text)
      return true
    }) as typeof write
    try {
      await runCli(['wallet', ...args, '--folder', at('net'), '--json'], { deploy })
    } finally {
      process.stdout.write = write
      process.exitCode = 0
    }
    return JSON.parse(written.join(''))
  }
  const vaultFile = (name: string) => at('net', 'wallets', `${name}.age`)

  it('makes a vault with an identity beside it, both for the owner alone, and shows no secret of it', async () => {
    const made = await run('init', '--name', 'Ada', '--identity')
    expect(made).to.deep.include({ ok: true, name: 'Ada', hands: [], enrolment: null, live: null })
    expect(await run('show', '--name', 'Ada')).to.deep.equal(made)
    for (const file of [vaultFile('Ada'), at('net', 'wallets', 'Ada.identity')])
      expect(statSync(file).mode & 0o777).to.equal(0o600)
    const identity = readFileSync(at('net', 'wallets', 'Ada.identity'), 'utf8').trim()
    const vault = await openVault(readFileSync(vaultFile('Ada')), { identity })
    const shown = JSON.stringify(made)
    expect(shown).to.include(String(made.account))
    for (const secret of [Buffer.from(vault.key).toString('hex'), vault.identitySecret.toString(16), identity])
      expect(shown).not.to.include(secret)
  })

  it('never overwrites one', async () => {
    const before = readFileSync(vaultFile('Ada'))
    expect((await run('init', '--name', 'Ada', '--identity')).error!.code).to.equal('PALM_VAULT_EXISTS')
    expect(readFileSync(vaultFile('Ada')).equals(before)).to.equal(true)
  })

  it('copies it for another recipient, and shows that a copy under a passphrase opens', async () => {
    writeFileSync(at('pass'), 'correct horse battery\nand more\n')
    const copied = await run('backup', '--name', 'Ada', '--to', at('copy.age'), '--backup-passphrase-file', at('pass'))
    expect(copied).to.deep.include({ ok: true, backup: at('copy.age'), opened: true })
    const identity = readFileSync(at('net', 'wallets', 'Ada.identity'), 'utf8').trim()
    const vault = await openVault(readFileSync(vaultFile('Ada')), { identity })

    const other = await createVaultIdentity()
    const sent = await run('backup', '--name', 'Ada', '--to', at('sent.age'), '--recipient', other.recipient)
    expect(sent).to.deep.include({ ok: true, opened: false })
    expect(await openVault(readFileSync(at('sent.age')), { identity: other.identity })).to.deep.equal(vault)
    for (const [to, code] of [
      [at('copy.age'), 'PALM_VAULT_EXISTS'],
      [at('more.age'), 'PALM_VAULT_LOCKED'],
    ])
      expect((await run('backup', '--name', 'Ada', '--to', to!, '--recipient', 'age1nobody')).error!.code).to.equal(
        code,
      )
  })

  it('takes a passphrase from a file', async () => {
    const made = await run('init', '--name', 'Emmy', '--passphrase-file', at('pass'))
    expect(made.ok).to.equal(true)
    expect(await run('show', '--name', 'Emmy', '--passphrase-file', at('pass'))).to.deep.equal(made)
  })

  const refusals: [name: string, code: string, args: () => string[]][] = [
    ['a name that is none', 'PALM_NAME_INVALID', () => ['init', '--name', '../Ada', '--identity']],
    ['a vault that is not there', 'PALM_VAULT_MISSING', () => ['show', '--name', 'Nobody']],
    ['no passphrase and nobody to ask', 'PALM_PASSPHRASE_MISSING', () => ['init', '--name', 'Grace']],
    [
      'an empty passphrase file',
      'PALM_PASSPHRASE_MISSING',
      () => ['init', '--name', 'Grace', '--passphrase-file', at('none')],
    ],
    ['a short passphrase', 'PALM_PASSPHRASE_WEAK', () => ['init', '--name', 'Grace', '--passphrase-file', at('short')]],
  ]
  for (const [name, code, args] of refusals)
    it(`names ${name}: ${code}, with a hint`, async () => {
      writeFileSync(at('none'), '\n')
      writeFileSync(at('short'), 'short\n')
      const { ok, error } = await run(...args())
      expect([ok, error!.code, error!.hints.length > 0]).to.deep.equal([false, code, true])
    })
})

describe('a passphrase', () => {
  const at = temporaryFolder()

  /** A terminal at which `typed` is typed; what it shows. */
  function terminal(...typed: string[]) {
    const input = Object.assign(new PassThrough(), { isTTY: true })
    const output = new PassThrough()
    const shown: string[] = []
    output.on('data', (text) => {
      shown.push(String(text))
      // Typed once it is asked for.
      if (String(text).endsWith(': ')) setImmediate(() => input.write(`${typed.shift()}\n`))
    })
    return { input, output, shown }
  }

  it('is asked for at a terminal that shows nothing of it', async () => {
    const { shown, ...at } = terminal('correct horse')
    expect(await askPassphrase('passphrase', at)).to.equal('correct horse')
    expect(shown.join('')).to.equal('passphrase: \n')
  })

  it('is asked for twice when it is new', async () => {
    expect(await askNewPassphrase('new', terminal('correct horse', 'correct horse'))).to.equal('correct horse')
    expect(await askNewPassphrase('new', terminal('correct horse', 'correct hose')).catch(errorCode)).to.equal(
      'PALM_PASSPHRASE_MISMATCH',
    )
  })

  it('is the first line of a file, whatever ends it', () => {
    writeFileSync(at('windows'), 'correct horse\r\nmore')
    expect(passphraseIn(at('windows'))).to.equal('correct horse')
    expect(() => passphraseIn(at('nowhere')))
      .to.throw()
      .with.property('code', 'PALM_PASSPHRASE_MISSING')
  })
})
