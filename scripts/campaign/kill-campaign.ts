/**
 * A campaign of kills: customers enrol, take their palms back and pay, and at a random moment of each operation one
 * process is killed outright. What ended is started again, and then chain, operators, verifier and what customers were
 * told must agree:
 *
 *   - no acknowledged enrolment is lost, none that was taken back takes part, operators agree with the chain on the rest
 *   - no request is spent twice, neither at the nodes nor on chain; what the verifier says of a payment, the chain says too
 *   - a dead operator leaves no half row, and its log no session that it agreed to twice
 *   - the money in PalmPay is what accounts, locked payments and payouts add up to
 *
 * Acknowledged is what a customer was told, but for the chain: the local one keeps its state in memory and writes it down
 * every second, where a real one waits for confirmations. When the chain itself is killed, what was acknowledged in its
 * last 5 s counts only as far as the chain still has it; nodes must then agree with the chain all the same.
 *
 * Kinds, moments and people are drawn from a seed. The machine's own timing is not, so that a seed repeats the plan and
 * not every interleaving.
 */

import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { errorCode } from '@palmhold/base'
import type { Chain } from '@palmhold/chain'
import { createSeededRandom, type SeededRandom } from '@palmhold/palm'
import { connectGovernance } from '../../node/src/customers/customer.ts'
import { networkPaths } from '../../node/src/network/network-record.ts'
import { getJson, viewGallery } from './audit-enrolments.ts'
import { auditMoney } from './audit-money.ts'
import { auditSessions, countSessions, findHalfRows, type HalfRow } from './audit-node.ts'
import { type CampaignNetwork, openCampaignNetwork, VICTIMS, type Victim } from './campaign-network.ts'
import { createWorkload, OPERATIONS, type Operation, type Workload } from './workload.ts'

/** Of a hundred kills. */
const WEIGHTS: Readonly<Record<Victim, number>> = { operator: 45, verifier: 22, chain: 15, guard: 6, launcher: 12 }
/** How often, of a hundred, another process is killed while the network comes up again. */
const AGAIN_PERCENT = 12
const FIRST_DURATION_MS: Readonly<Record<Operation, number>> = { enrol: 2_000, remove: 1_500, pay: 1_000 }
const RECOVERY_MS = 1_500
const RECONCILE_TIMEOUT_MS = 60_000
const POLL_MS = 100

export type CampaignOptions = {
  readonly folder: string
  readonly count: number
  readonly seed: string
  readonly nodes: number
  readonly people: number
  readonly log: (line: string) => void
}

export type CampaignSummary = {
  readonly ok: boolean
  readonly seed: string
  readonly nodes: number
  readonly kills: number
  readonly byVictim: Record<Victim, number>
  readonly byOperation: Record<Operation | 'recovery', number>
  /** How the operations ended that a kill hit: `acknowledged`, or the code of the failure. */
  readonly outcomes: Record<string, number>
  readonly acknowledged: number
  readonly payments: number
  /** Acknowledgements younger than the chain's memory when it was killed, which it forgot. */
  readonly forgottenByChain: number
  readonly sessions: number
  readonly elapsedMs: number
  readonly violations: readonly string[]
}

/** Runs until `count` processes were killed or something does not hold. @throws {PalmError} the network does not come up */
export async function runKillCampaign(options: CampaignOptions): Promise<CampaignSummary> {
  const { folder, seed, log } = options
  const startedAt = performance.now()
  const network = await openCampaignNetwork(folder, options.nodes)
  log('Starting the network ...')
  await network.up()
  const run: Run = {
    options,
    network,
    random: createSeededRandom(`kills ${seed}`),
    workload: await createWorkload(folder, network.record, options.people, seed),
    durationMs: { ...FIRST_DURATION_MS },
    byVictim: Object.fromEntries(VICTIMS.map((victim) => [victim, 0])) as Record<Victim, number>,
    byOperation: Object.fromEntries([...OPERATIONS, 'recovery'].map((name) => [name, 0])) as Run['byOperation'],
    outcomes: {},
    violations: [],
    kills: 0,
    chainDiedAt: undefined,
    gone: new Set(),
    halfRows: [],
  }
  try {
    // Somebody who can pay, from the start.
    await run.workload.run('enrol', 0)
    await reconcile(run)
    while (run.kills < options.count && run.violations.length === 0) await oneRound(run)
  } finally {
    await network.down()
  }
  const operators = network.record().operators.map(({ dataFolder }) => dataFolder)
  for (const dataFolder of operators) run.violations.push(...findHalfRows(dataFolder).map(({ fault }) => fault))
  const logs = operators.map((dataFolder) => join(dataFolder, 'node.log'))
  for (const file of logs) run.violations.push(...auditSessions(file))
  const { byVictim, byOperation, outcomes, violations, kills } = run
  return {
    ok: violations.length === 0,
    seed,
    nodes: options.nodes,
    kills,
    byVictim,
    byOperation,
    outcomes,
    ...run.workload.counts(),
    sessions: logs.reduce((sum, file) => sum + countSessions(file), 0),
    elapsedMs: Math.round(performance.now() - startedAt),
    violations,
  }
}

type Run = {
  readonly options: CampaignOptions
  readonly network: CampaignNetwork
  readonly random: SeededRandom
  readonly workload: Workload
  /** How long each operation takes when nothing is killed: the moments of kills are drawn over it. */
  readonly durationMs: Record<Operation, number>
  readonly byVictim: Record<Victim, number>
  readonly byOperation: Record<Operation | 'recovery', number>
  readonly outcomes: Record<string, number>
  readonly violations: string[]
  kills: number
  chainDiedAt: number | undefined
  /** See viewGallery. */
  readonly gone: Set<number>
  /** What dead operators left, until the chain has said whether it was being erased. */
  halfRows: HalfRow[]
}

/** One operation, one kill or two, and everything back in agreement. */
async function oneRound(run: Run): Promise<void> {
  const { random, workload, network } = run
  const possible = workload.possible()
  const operation = possible[random.whole(0, possible.length - 1)]!
  const victim = drawVictim(random)
  const atMs = random.between(0, run.durationMs[operation])
  const startedAt = Date.now()
  let isOver = false
  const outcome = workload.run(operation, random.whole(0, 1_000)).finally(() => {
    isOver = true
  })
  await delay(atMs)
  const hadEnded = isOver
  await kill(run, victim, operation)
  // Killed while it comes up, it fails before it is awaited; the next one counts.
  const mended = network.up().catch(() => undefined)
  if (random.unit() * 100 < AGAIN_PERCENT && run.kills < run.options.count) {
    await delay(random.between(0, RECOVERY_MS))
    await kill(run, drawVictim(random), 'recovery').catch(() => undefined)
  }
  await mended
  await network.up()
  const ended = await outcome
  // An average that follows the machine: what took long because of a kill does not count.
  if (hadEnded)
    run.durationMs[operation] = 0.7 * run.durationMs[operation] + 0.3 * Math.min(atMs, Date.now() - startedAt)
  else if (ended === 'acknowledged') run.durationMs[operation] *= 1.05
  run.outcomes[`${operation}: ${ended}`] = (run.outcomes[`${operation}: ${ended}`] ?? 0) + 1
  const mendedAt = Date.now()
  await reconcile(run)
  run.options.log(
    `${String(run.kills).padStart(4)}/${run.options.count} ${operation} at ${Math.round(atMs)} ms, ${victim} killed: ${ended} (mended in ${((mendedAt - startedAt) / 1000).toFixed(1)} s, checked in ${((Date.now() - mendedAt) / 1000).toFixed(1)} s)`,
  )
}

function drawVictim(random: SeededRandom): Victim {
  let left = random.unit() * Object.values(WEIGHTS).reduce((sum, weight) => sum + weight, 0)
  for (const victim of VICTIMS) {
    left -= WEIGHTS[victim]
    if (left < 0) return victim
  }
  return 'operator'
}

async function kill(run: Run, victim: Victim, during: Operation | 'recovery'): Promise<void> {
  const { network, random, options } = run
  const operator = random.whole(0, options.nodes - 1)
  if (victim === 'chain') {
    run.chainDiedAt = Date.now()
    run.gone.clear()
  }
  run.kills++
  run.byVictim[victim]++
  run.byOperation[during]++
  for (const dead of await network.kill(victim, operator))
    run.halfRows.push(...findHalfRows(networkPaths(options.folder).operator(dead + 1)))
}

/** Waits until all nodes are well and everything agrees, and notes what does not within a minute. */
async function reconcile(run: Run): Promise<void> {
  const { network, workload, options, random } = run
  const deadline = performance.now() + RECONCILE_TIMEOUT_MS
  const governance = await connectGovernance(options.folder, network.record())
  try {
    const repeated = await untilWell(network, deadline).then(() => workload.repeatLast())
    if (repeated === 'answered twice') run.violations.push('a request that was paid was answered again')
    const faults = await untilNoFaults(deadline, () => faultsOf(run, governance))
    run.violations.push(...faults)
    const cannotPay = await workload.proveOnePays(random.whole(0, 1_000))
    if (cannotPay !== undefined) run.violations.push(cannotPay)
    run.chainDiedAt = undefined
  } finally {
    governance.close()
  }
}

async function faultsOf(run: Run, governance: Chain): Promise<string[]> {
  const { network, workload } = run
  let { enrolments, faults } = await viewGallery(network.record(), governance, run.gone)
  if (faults.length > 0) return [...faults]
  if (enrolments.some(({ live, active }) => live && !active)) {
    await workload.tidy(enrolments)
    ;({ enrolments, faults } = await viewGallery(network.record(), governance, run.gone))
    if (faults.length > 0) return [...faults]
  }
  const books = await auditMoney(network.record(), governance)
  const payments = await workload.settlePayments(books.charged, run.chainDiedAt)
  const all = [...books.faults, ...payments]
  const isLive = (row: HalfRow) =>
    enrolments.some(({ index, sharesRoot, live }) => live && index === row.index && sharesRoot === row.sharesRoot)
  run.violations.push(
    ...run.halfRows
      .splice(0)
      .filter(isLive)
      .map(({ fault }) => fault),
  )
  // Asked last: it takes what is true now for what customers know.
  return all.length > 0 ? all : workload.settle(enrolments, run.chainDiedAt)
}

async function untilWell(network: CampaignNetwork, deadline: number): Promise<void> {
  for (;;) {
    const { operators, verifier } = network.record()
    const states = await Promise.all([...operators, verifier].map(({ url }) => isWell(url)))
    if (states.every(Boolean) || performance.now() > deadline) return
    await delay(POLL_MS)
  }
}

/** A row that was erased for a revocation which the chain forgot is reported until its owner revokes again: see tidy. */
async function isWell(url: string): Promise<boolean> {
  try {
    const { checks } = (await getJson(url, '/health')) as { checks: Readonly<Record<string, string>> }
    return Object.entries(checks).every(([name, state]) => name === 'rows' || state === 'ok')
  } catch {
    return false
  }
}

async function untilNoFaults(deadline: number, look: () => Promise<string[]>): Promise<string[]> {
  for (;;) {
    const faults = await look().catch((error: unknown) => [`the network does not answer: ${errorCode(error)}`])
    if (faults.length === 0 || performance.now() > deadline) return faults
    await delay(POLL_MS)
  }
}
