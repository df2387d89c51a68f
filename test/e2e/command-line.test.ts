/** The command line against one running network: every command, with and without --json, and what it says to mistakes. */

import { mkdir, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { expect } from 'chai'
import { verifierPlace } from '../../node/src/verifier/terminal-client.ts'
import { writePicture } from './people.ts'
import { cleanUp, type Outcome, palmhold, palmholdJson, temporaryFolder, untilNoneNames } from './processes.ts'

const COMMANDS = [
  [],
  ['up'],
  ['down'],
  ['status'],
  ['enrol'],
  ['remove'],
  ['pay'],
  ['receipts'],
  ['verify'],
  ['palm'],
  ['palm', 'encode'],
  ['palm', 'compare'],
  ['palm', 'render'],
  ['palm', 'benchmark'],
]
const STACK = /\n\s+at .+:\d+/

describe('palmhold against a running network', function () {
  this.timeout(90_000)
  let scratch: string
  let folder: string
  const picture = (file: string) => join(scratch, 'pictures', file)

  const run = async (...args: string[]): Promise<Outcome> => {
    const outcome = await palmhold(...args, '--folder', folder)
    expect(outcome.stdout + outcome.stderr).not.to.match(STACK)
    return outcome
  }
  const done = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await run(...args)
    expect(code, `${args.join(' ')}: ${stderr}`).to.equal(0)
    return stdout
  }
  /** Runs a command that has to fail with `code`, in words and nothing else. */
  const fails = async (code: string, ...args: string[]): Promise<void> => {
    const { code: exit, stdout, stderr } = await run(...args)
    expect(stderr.split(':')[0], `${args.join(' ')}: ${stdout}${stderr}`).to.equal(code)
    expect(exit).to.equal(1)
    // what happened, and below it what to do
    expect(stderr.trim().split('\n').length).to.be.at.least(2)
  }

  before(async () => {
    scratch = await temporaryFolder()
    folder = join(scratch, 'network')
    for (const index of [1, 2, 3])
      await writePicture(picture(`l${index}.png`), 'Ada', { side: 'left', day: 'enrolment', index })
    await writePicture(picture('later.png'), 'Ada', { side: 'left', day: 'later', index: 1 })
    await writePicture(picture('hand.png'), 'Emmy', { side: 'right', day: 'enrolment', index: 1, whole: true })
    await writePicture(picture('hand-later.png'), 'Emmy', { side: 'right', day: 'later', index: 1, whole: true })
    await writeFile(picture('letter.png'), 'Dear bank,')
  })
  after(() => cleanUp(scratch))

  it('explains every command', async () => {
    // two at a time: each is a process of its own
    for (let i = 0; i < COMMANDS.length; i += 2)
      await Promise.all(
        COMMANDS.slice(i, i + 2).map(async (command) => {
          const { code, stdout } = await palmhold(...command, '--help')
          expect(code, command.join(' ')).to.equal(0)
          expect(stdout).to.include(`Usage: palmhold${command.map((word) => ` ${word}`).join('')}`)
        }),
      )
  })

  it('says PALM_NETWORK_DOWN where none runs', async () => {
    await Promise.all([fails('PALM_NETWORK_DOWN', 'status'), fails('PALM_NETWORK_DOWN', 'down')])
    const { code, json } = await palmholdJson('receipts', '--folder', folder)
    expect(code).to.equal(1)
    expect(json).to.have.nested.property('error.code', 'PALM_NETWORK_DOWN')
    expect(json).to.include({ ok: false })
  })

  it('says PALM_TRUST_MISSING without a trust file', async () => {
    await fails('PALM_TRUST_MISSING', 'verify', picture('letter.png'))
  })

  it('says PALM_PORT_TAKEN where another program listens, and starts nothing', async () => {
    const server: Server = createServer()
    const port = await new Promise<number>((resolve) =>
      server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port)),
    )
    try {
      const { code, stderr } = await run('up', '--port', String(port))
      expect(code).to.equal(1)
      expect(stderr)
        .to.match(/^PALM_PORT_TAKEN: /)
        .and.include(`port ${port} is taken`)
      await untilNoneNames(folder, 2_000)
    } finally {
      server.close()
    }
  })

  it('brings a network up in the background', async () => {
    const { code, json } = await palmholdJson('up', '--folder', folder)
    expect(code).to.equal(0)
    expect(json.operators).to.have.length(3)
    expect(await done('up')).to.include('up already')
    await fails('PALM_ALREADY_RUNNING', 'up', '--foreground')
    await fails('PALM_NODE_COUNT', 'up', '--nodes', '4')
  })

  it('shows every node', async () => {
    expect(await done('status')).to.match(
      /operator 1 ok .*\n.*operator 2 ok .*\n.*operator 3 ok .*\n.*verifier {3}ok /s,
    )
    const { json } = await palmholdJson('status', '--folder', folder)
    expect(json).to.include({ ok: true })
  })

  it('enrols a customer from pictures, and refuses a name that is taken or is none', async () => {
    const left = [1, 2, 3].map((index) => picture(`l${index}.png`))
    expect(await done('enrol', '--name', 'Ada', '--left', ...left)).to.include('Ada is enrolled (number 0)')
    await fails('PALM_CUSTOMER_EXISTS', 'enrol', '--name', 'Ada', '--left', ...left)
    await fails('PALM_NAME_INVALID', 'enrol', '--name', '../Ada', '--left', left[0]!)
    await fails('PALM_NO_TEMPLATE', 'enrol', '--name', 'Nobody')
    await fails('PALM_NOT_A_PICTURE', 'enrol', '--name', 'Letter', '--left', picture('letter.png'))
  })

  it('enrols a customer from a photo of an open hand', async () => {
    const { code, json } = await palmholdJson(
      ...['enrol', '--name', 'Emmy', '--right', picture('hand.png'), '--folder', folder],
    )
    expect(code, JSON.stringify(json)).to.equal(0)
    expect(json).to.include({ ok: true, name: 'Emmy', enrolmentIndex: 1 })
  })

  it('takes a payment by palm, shows it, and verifies its attestation', async () => {
    const attestation = join(scratch, 'attestation.json')
    const paid = await done(
      ...[
        'pay',
        '--image',
        picture('later.png'),
        '--amount',
        '12.50',
        '--order',
        'table 7',
        '--attestation',
        attestation,
      ],
    )
    expect(paid)
      .to.include('12.50 EUR to Café Palme')
      .and.match(/matched in \d+ ms/)
    const hand = await palmholdJson('pay', '--image', picture('hand-later.png'), '--amount', '3', '--folder', folder)
    expect(hand.code, JSON.stringify(hand.json)).to.equal(0)
    expect(hand.json).to.have.nested.property('receipt.amountMinor', 300)
    expect((await done('receipts')).match(/^paid /gm)).to.have.length(2)
    const newest = await palmholdJson('receipts', '--limit', '1', '--folder', folder)
    expect(newest.json.receipts).to.have.length(1)
    expect(newest.json).to.have.nested.property('receipts[0].amountMinor', 300)
    expect(await done('verify', attestation)).to.include('a payment of 12.50 EUR, palm lane')
    const verified = await palmholdJson('verify', attestation, '--folder', folder)
    expect(verified.json).to.include({ ok: true })
  })

  it('refuses a sum that is none, and a picture that is not there', async () => {
    for (const amount of ['-5', '12,50', '12.505']) {
      const { code, stderr } = await run('pay', '--image', picture('later.png'), `--amount=${amount}`)
      expect(code, amount).to.equal(1)
      expect(stderr, amount).to.include('Give euros and cents, such as 12.50.')
    }
    await fails('PALM_FILE_UNREADABLE', 'pay', '--image', picture('nothing.png'), '--amount', '1')
    await fails('PALM_FILE_UNREADABLE', 'verify', join(scratch, 'nothing.json'))
  })

  it('names a verifier that does not let this user in', async () => {
    const { json } = await palmholdJson('status', '--folder', folder)
    const verifier = json.verifier as { url: string; address: `0x${string}`; dataFolder: string }
    await mkdir(join(scratch, 'elsewhere'), { recursive: true })
    expect(() => verifierPlace({ ...verifier, dataFolder: join(scratch, 'elsewhere') }))
      .to.throw()
      .with.property('code', 'PALM_TOKEN_MISSING')
  })

  it('takes the palms of a customer out again', async () => {
    expect(await done('remove', '--name', 'Emmy')).to.include('Emmy is removed')
    await fails('PALM_NOT_RECOGNISED', 'pay', '--image', picture('hand-later.png'), '--amount', '1')
    await fails('PALM_CUSTOMER_UNKNOWN', 'remove', '--name', 'Emmy')
  })

  it('brings the network down', async () => {
    expect(await done('down')).to.include('The network is down.')
    await untilNoneNames(folder, 2_000)
    await fails('PALM_NETWORK_DOWN', 'pay', '--image', picture('later.png'), '--amount', '1')
  })
})
