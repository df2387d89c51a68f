/** What an operator tells Prometheus: counts and times of matches, and nothing that depends on a palm. */

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

export type OperatorMetrics = {
  readonly registry: Registry
  readonly queries: Counter<'outcome'>
  readonly matchSeconds: Histogram
  readonly dealerRefusals: Counter<'code'>
  /** Queries with a first pass, and the rows that passed it. */
  readonly firstPasses: Counter
  readonly firstPassRows: Counter
  readonly running: Gauge
  readonly rows: Gauge
}

export function createOperatorMetrics(): OperatorMetrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  return {
    registry,
    queries: new Counter({
      name: 'palmhold_queries_total',
      help: 'Queries answered, by outcome: match, or the code of the refusal',
      labelNames: ['outcome'],
      registers: [registry],
    }),
    matchSeconds: new Histogram({
      name: 'palmhold_match_seconds',
      help: 'Time from a query to the signed attestation',
      buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers: [registry],
    }),
    dealerRefusals: new Counter({
      name: 'palmhold_dealer_refusals_total',
      help: 'Rows and probes refused because what was dealt is no sharing of bits of one picture, by code',
      labelNames: ['code'],
      registers: [registry],
    }),
    firstPasses: new Counter({
      name: 'palmhold_first_passes_total',
      help: 'Queries whose rows went through a first pass',
      registers: [registry],
    }),
    firstPassRows: new Counter({
      name: 'palmhold_first_pass_rows_total',
      help: 'Rows that passed a first pass, of all queries together',
      registers: [registry],
    }),
    running: new Gauge({ name: 'palmhold_matches_running', help: 'Matches under way', registers: [registry] }),
    rows: new Gauge({ name: 'palmhold_gallery_rows', help: 'Rows that take part in matching', registers: [registry] }),
  }
}
