/** The checks that are this repository's own find what they are for, and nothing in what is as it should be. */

import { expect } from 'chai'
import { compareErrorCodes, findPlainErrors } from '../../scripts/checks/error-list.ts'
import { findMachinePaths } from '../../scripts/checks/machine-paths.ts'
import { comparePackages, type Lockfile } from '../../scripts/checks/pinned-packages.ts'

/** A path that is written in parts, as this file is held to the rule too. */
const pathOf = (...parts: string[]) => ['', ...parts].join('/')
const file = (text: string) => new Map([['packages/base/src/some-file.ts', text]])

describe('the list of errors', () => {
  const source = file("throw new ShapeError('PALM_SHAPE', `no`)\nconst PALM_LANE = 2\ntype Reason = 'PALM_LATE'\n")

  it('agrees with the sources, in whatever form it lists the codes', () => {
    expect(compareErrorCodes(source, '| `PALM_SHAPE` | ... |\n## PALM_LATE\n')).to.deep.equal([])
  })

  it('lacks a code', () => {
    expect(compareErrorCodes(source, 'PALM_LATE')).to.deep.equal([
      'PALM_SHAPE (packages/base/src/some-file.ts) is missing in docs/errors.md',
    ])
  })

  it('lists a code that no source knows; one that begins alike does not stand for it', () => {
    expect(compareErrorCodes(source, 'PALM_SHAPE PALM_LATE PALM_SHAPE_OLD')).to.deep.equal([
      'PALM_SHAPE_OLD is in docs/errors.md and in no source',
    ])
  })

  it('is missing altogether', () => {
    expect(compareErrorCodes(source, undefined)).to.deep.equal(['docs/errors.md is missing; it has to list 2 codes'])
  })
})

describe('errors without a code', () => {
  for (const made of ['new Error(', 'new TypeError(', 'new RangeError('])
    it(`${made}...) is found`, () => {
      expect(findPlainErrors(file(`fine()\nthrow ${made}'no')`))).to.deep.equal([
        'packages/base/src/some-file.ts:2 makes an error that is no PalmError',
      ])
    })

  it('subclasses of PalmError are fine', () => {
    expect(findPlainErrors(file('throw new SealError(cause)\nclass SealError extends PalmError {}'))).to.deep.equal([])
  })
})

describe('paths of one machine', () => {
  for (const line of [
    `cd ${pathOf('work', 'main')}`,
    `"${pathOf('root', '.cache')}"`,
    `file=${pathOf('home', 'ann', 'x')}`,
  ])
    it(`is found in ${line.replaceAll('/', '|')}`, () => {
      expect(findMachinePaths(file(`fine\n${line}`))).to.deep.equal([
        'packages/base/src/some-file.ts:2 names a path of one machine',
      ])
    })

  for (const line of ['./work/x', 'https://example.org/work/x', '/tmp/x', '/home/someone', 'packages/root/x'])
    it(`is not ${line}`, () => expect(findMachinePaths(file(line))).to.deep.equal([]))
})

describe('pinned packages', () => {
  const manifests = () =>
    new Map([
      ['', { devDependencies: { chai: '6.3.0' } }],
      ['node', { dependencies: { zod: '4.6.7' } }],
    ])
  const lockfile = (): { packages: Record<string, Lockfile['packages'][string]> } => ({
    packages: {
      '': { devDependencies: { chai: '6.3.0' } },
      node: { dependencies: { zod: '4.6.7' } },
      'node_modules/@palmhold/node': { resolved: 'node' },
      'node_modules/chai': { version: '6.3.0' },
    },
  })

  it('are as they should be', () => expect(comparePackages(manifests(), lockfile())).to.deep.equal([]))

  for (const version of ['^6.3.0', '~6.3.0', '6', '*', 'latest', 'npm:other@1.0.0', 'github:chaijs/chai'])
    it(`${version} is not exact`, () => {
      const bent = manifests().set('', { devDependencies: { chai: version } })
      const lock = lockfile()
      lock.packages[''] = { devDependencies: { chai: version } }
      expect(comparePackages(bent, lock)).to.deep.equal([`package.json: chai ${version} is not an exact version`])
    })

  for (const resolved of ['https://registry.example/chai.tgz', 'git+ssh://git@example.org/chai.git'])
    it(`the lockfile names a host: ${resolved}`, () => {
      const bent = lockfile()
      bent.packages['node_modules/chai'] = { version: '6.3.0', resolved }
      expect(comparePackages(manifests(), bent)).to.deep.equal(['package-lock.json: node_modules/chai names a host'])
    })

  it('the lockfile is older than a package.json', () => {
    const bent = manifests().set('node', { dependencies: { zod: '4.6.8' } })
    expect(comparePackages(bent, lockfile())).to.deep.equal([
      'package-lock.json and node/package.json differ in zod: run npm install',
    ])
  })

  it('the lockfile has a package that nobody asks for any more', () => {
    const bent = manifests().set('node', { dependencies: {} as { zod: string } })
    expect(comparePackages(bent, lockfile())).to.have.length(1)
  })
})
