/** Files of a node's folder, as a damaged disk or a careless hand leaves them. */

import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { toHex } from '@palmhold/base'
import { parseJson } from '@palmhold/protocol'
import { listCustomers } from '../../../node/src/customers/customer.ts'
import { findNetwork, keepNodeCount } from '../../../node/src/network/network-record.ts'
import { operatorConfigSchema } from '../../../node/src/operator/operator-config.ts'
import { openOperatorDatabase } from '../../../node/src/operator/operator-database.ts'
import { loadOrCreateKey } from '../../../node/src/storage/key-file.ts'
import { openSegments } from '../../../node/src/storage/segment-store.ts'
import { verifierConfigSchema } from '../../../node/src/verifier/verifier-config.ts'
import { openVerifierDatabase } from '../../../node/src/verifier/verifier-database.ts'
import { addressOf, COMMITTEE_ID, hashOf, keyOf, makeDocument, makeTrust } from '../../protocol/signed.ts'
import type { FuzzTarget, OpenTarget } from '../fuzz-target.ts'
import { mutateBytes } from '../mutate-bytes.ts'
import { mutateJson } from '../mutate-json.ts'
import { bytesOf, nearJson, textOf } from './near-seeds.ts'

const ROW_BYTES = 96
const { contracts, chainId } = makeTrust()

const nodeRecord = {
  pid: 2 ** 30,
  address: addressOf('node'),
  peerId: '16Uiu2',
  did: 'did:ethr:0x7a69:0x11',
  url: 'http://127.0.0.1:1',
  multiaddrs: ['/ip4/127.0.0.1/tcp/1'],
  dataFolder: '/nowhere',
}
const runRecord = {
  format: 'palmhold/run/1',
  pid: 2 ** 30,
  startedAt: 1_700_000_000,
  chain: { rpcUrl: 'http://127.0.0.1:1', chainId, pid: 2 ** 30 },
  contracts,
  committeeId: COMMITTEE_ID,
  operators: [nodeRecord],
  verifier: nodeRecord,
}
const config = {
  dataFolder: '/nowhere',
  rpcUrl: 'http://127.0.0.1:1',
  chainId,
  contracts,
  deploymentBlock: 1,
  committeeId: COMMITTEE_ID,
  bootstrap: ['/ip4/127.0.0.1/tcp/1'],
  httpPort: 0,
  peerPort: 0,
  dataPort: 0,
  logLevel: 'info',
}
const customer = {
  name: 'anna',
  address: addressOf('anna'),
  did: 'did:ethr:0x7a69:0x11',
  enrolmentIndex: 0,
  enrolmentTx: hashOf('tx'),
}

/** A target that reads a file with the input as its content, in a folder of its own. */
function fileTarget(
  name: string,
  weight: number,
  file: string,
  make: (folder: string) => OpenTarget['make'],
  read: (folder: string, path: string) => unknown,
): FuzzTarget {
  return {
    name,
    weight,
    open() {
      const folder = mkdtempSync(join(tmpdir(), 'palmhold-fuzz-'))
      const path = join(folder, file)
      return {
        make: make(folder),
        decode(input) {
          writeFileSync(path, input)
          return read(folder, path)
        },
        close: () => rmSync(folder, { recursive: true, force: true }),
      }
    },
  }
}

/** The bytes of a database that `write` made, without its log. */
function databaseBytes(folder: string, write: (path: string) => void): Uint8Array {
  const path = join(folder, 'seed.sqlite')
  write(path)
  return new Uint8Array(readFileSync(path))
}

function operatorDatabase(path: string): void {
  const database = openOperatorDatabase(path)
  const shares = { owner: addressOf('owner'), sharesRoot: hashOf('shares'), hands: 1 }
  const identity = { identityShare: new Uint8Array(32), identityCommitments: new Uint8Array(128) }
  database.store({ index: 0, ...shares, ...identity, rowHashes: new Uint8Array(32) })
  database.activate(0, '[]')
  database.spend(hashOf('request'), hashOf('scan'), 1)
  database.saveReply(hashOf('request'), JSON.stringify({ ok: false, code: 'PALM_AMBIGUOUS' }))
  database.setFact('deployment', 'here')
  database.close()
}

function verifierDatabase(path: string): void {
  const database = openVerifierDatabase(path)
  const document = makeDocument()
  const policy = { thresholdBits: 1, marginBits: 1, maxProbeCodes: 1, firstPassBits: 0 }
  const { request } = document
  database.issue({ requestHash: hashOf('request'), request, signature: '0x', policy })
  database.attest(hashOf('request'), document)
  database.close()
}

/** Removes what SQLite leaves beside its file, so that no input meets the log of another. */
function withoutLog<T>(path: string, work: () => T): T {
  for (const end of ['-wal', '-shm', '-journal']) rmSync(`${path}${end}`, { force: true })
  return work()
}

export const storageTargets: readonly FuzzTarget[] = [
  fileTarget(
    'storage/segment',
    8,
    'segment-00000.rows',
    () => (random) => mutateBytes(random, [new Uint8Array(3 * ROW_BYTES).fill(9)]),
    (folder) => {
      const segments = openSegments(folder, ROW_BYTES)
      try {
        const row = new Uint8Array(ROW_BYTES)
        for (const slot of [0, 1, 2]) segments.read(slot, sha256(new Uint8Array(ROW_BYTES).fill(9)), row)
        return row
      } finally {
        segments.close()
      }
    },
  ),
  fileTarget(
    'storage/operator-database',
    2,
    'operator.sqlite',
    (folder) => {
      const seeds = [databaseBytes(folder, operatorDatabase)]
      return (random) => mutateBytes(random, seeds)
    },
    (_, path) =>
      withoutLog(path, () => {
        const database = openOperatorDatabase(path)
        try {
          database.enrolments()
          database.enrolment(0)
          database.fact('deployment')
          database.spend(hashOf('request'), hashOf('scan'), 2)
          return database.saveReply(hashOf('request'), 'kept')
        } finally {
          database.close()
        }
      }),
  ),
  fileTarget(
    'storage/verifier-database',
    2,
    'verifier.sqlite',
    (folder) => {
      const seeds = [databaseBytes(folder, verifierDatabase)]
      return (random) => mutateBytes(random, seeds)
    },
    (_, path) =>
      withoutLog(path, () => {
        const database = openVerifierDatabase(path)
        try {
          database.inState('attested')
          database.receipts(20)
          database.duePayouts(2_000_000_000, 5)
          database.takeScan(hashOf('request'))
          return database.payment(hashOf('request'))
        } finally {
          database.close()
        }
      }),
  ),
  fileTarget(
    'storage/key',
    8,
    'node.key',
    () => (random) => mutateBytes(random, [bytesOf(`${toHex(keyOf('node'))}\n`)]),
    (_, path) => loadOrCreateKey(path),
  ),
  fileTarget(
    'storage/run',
    8,
    'run.json',
    () => (random) => mutateJson(random, [runRecord]),
    (folder) => findNetwork(folder),
  ),
  fileTarget(
    'storage/committee',
    8,
    'committee.json',
    () => (random) => mutateJson(random, [{ format: 'palmhold/committee/1', operators: 3 }]),
    (folder) => keepNodeCount(folder, undefined, 3),
  ),
  {
    name: 'storage/customer',
    weight: 8,
    open() {
      const folder = mkdtempSync(join(tmpdir(), 'palmhold-fuzz-'))
      const path = join(folder, 'wallets', 'anna.json')
      mkdirSync(join(folder, 'wallets'))
      return {
        make: (random) => mutateJson(random, [customer]),
        decode(input) {
          writeFileSync(path, input)
          return listCustomers(folder)
        },
        close: () => rmSync(folder, { recursive: true, force: true }),
      }
    },
  },
  nearJson(() => [config, { ...config, threads: 2, scansPerMinute: 5 }], {
    name: 'storage/operator-config',
    weight: 25,
    decode: (input) => parseJson(operatorConfigSchema, textOf(input), 'node config', 'PALM_CONFIG_INVALID'),
  }),
  nearJson(() => [{ ...config, credentialIssuers: [], matchTimeoutMs: 1000 }], {
    name: 'storage/verifier-config',
    weight: 25,
    decode: (input) => parseJson(verifierConfigSchema, textOf(input), 'node config', 'PALM_CONFIG_INVALID'),
  }),
]

function sha256(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest()
}
