/** Three parties of a benchmark as processes of their own, on loopback. */

import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { PalmError } from '@palmhold/base'
import type { Role } from '@palmhold/matching'
import { addressOf, publicKeyOf } from '@palmhold/net'
import { type KernelSpeed, type PartyAnswer, type PartyRequest, type PartyTiming, partyKey } from './party-messages.ts'
import type { GalleryOptions, QueryKind } from './synthetic-gallery.ts'

const PARTY = fileURLToPath(new URL('matching-party.ts', import.meta.url))
const ROLES = [0, 1, 2] as const

/** Queries asked at once: from the question to the last party's answer, and what each reports. */
export type AnsweredQueries = { readonly wallMs: number; readonly parties: readonly PartyTiming[] }

export type ThreeParties = {
  /** Deals a gallery to all; returns the bytes of one party's rows. */
  readonly load: (gallery: GalleryOptions) => Promise<number>
  /** How fast the kernel is in each process, one after the other. */
  readonly kernels: (shifts: number) => Promise<KernelSpeed[]>
  /** Asks `count` queries at once. */
  readonly ask: (kind: QueryKind, count?: number) => Promise<AnsweredQueries>
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

/** Starts the processes and connects each to the two others. */
export async function startThreeParties(): Promise<ThreeParties> {
  const children = ROLES.map(() =>
    fork(PARTY, [], { execArgv: ['--conditions=@palmhold/source'], serialization: 'advanced' }),
  )
  const askAll = (requestOf: (role: Role) => PartyRequest) =>
    Promise.all(ROLES.map((role) => request(children[role]!, requestOf(role))))
  let runs = 0
  try {
    const addresses = ROLES.map((role) => addressOf(publicKeyOf(partyKey(role))))
    const listening = await askAll((role) => ({ kind: 'listen', role, peers: addresses }))
    const peers = listening.map((answer) => expectKind(answer, 'listening').at)
    await askAll(() => ({ kind: 'connect', peers }))
  } catch (error) {
    for (const child of children) child.kill()
    throw error
  }
  return {
    async load(gallery) {
      const loaded = await askAll(() => ({ kind: 'load', gallery }))
      return expectKind(loaded[0]!, 'done').memoryBytes
    },
    async kernels(shifts) {
      const speeds: KernelSpeed[] = []
      for (const child of children)
        speeds.push(expectKind(await request(child, { kind: 'kernel', shifts }), 'kernel').speed)
      return speeds
    },
    async ask(of, count = 1) {
      const numbers = Array.from({ length: count }, () => runs++)
      const start = performance.now()
      const answers = await askAll(() => ({ kind: 'query', of, runs: numbers }))
      const wallMs = performance.now() - start
      return { wallMs, parties: answers.map((answer) => expectKind(answer, 'answered').timing) }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(
        children.map((child) => {
          const gone = new Promise((resolve) => child.once('exit', resolve))
          if (child.exitCode !== null || child.signalCode !== null) return undefined
          child.disconnect()
          return gone
        }),
      )
    },
  }
}

/** One question and its answer; a process that ends instead is an error. */
function request(child: ChildProcess, message: PartyRequest): Promise<PartyAnswer> {
  return new Promise((resolve, reject) => {
    const onExit = () => reject(new PartyEndedError())
    child.once('exit', onExit)
    child.once('message', (answer) => {
      child.off('exit', onExit)
      resolve(answer as PartyAnswer)
    })
    child.send(message)
  })
}

function expectKind<K extends PartyAnswer['kind']>(answer: PartyAnswer, kind: K): Extract<PartyAnswer, { kind: K }> {
  if (answer.kind !== kind) throw new PartyEndedError()
  return answer as Extract<PartyAnswer, { kind: K }>
}

/** A party's process that ended, or said something else, before it answered. */
export class PartyEndedError extends PalmError {
  constructor() {
    super('PALM_BENCH_PARTY', 'a party of the benchmark ended before it answered', {
      hints: ['Its own message stands above. A million rows need 20 GiB of free memory.'],
    })
  }
}
