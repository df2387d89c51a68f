/**
 * The state file of the local chain through kills. anvil writes accounts and blocks of two moments into it now and then:
 * a transaction's effects are there and its block is not, and no node can agree with such a chain. So the last few
 * files are kept beside it, and a start takes the newest that is whole.
 */

import { copyFileSync, existsSync, readFileSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

/** Files kept, written about a second apart. */
const KEPT = 3
const NO_CODE = '0x'

/** What of a state file says whether it is whole. */
const stateSchema = z.object({
  best_block_number: z.union([z.int(), z.string()]),
  accounts: z.record(z.string(), z.object({ nonce: z.int(), code: z.string() })),
  transactions: z.array(z.object({ info: z.object({ from: z.string() }) })),
})

/** The state file that anvil reads and writes. */
export function chainStateFile(folder: string): string {
  return join(folder, 'state.json')
}

/** Keeps the state file of now, unless it is as long as the last one that was kept. Called about once a second. */
export function keepChainState(folder: string): void {
  const file = chainStateFile(folder)
  try {
    if (existsSync(kept(folder, 1)) && statSync(kept(folder, 1)).size === statSync(file).size) return
    const fresh = kept(folder, 0)
    copyFileSync(file, fresh)
    for (let age = KEPT; age > 0; age--)
      if (existsSync(kept(folder, age - 1))) renameSync(kept(folder, age - 1), kept(folder, age))
  } catch {
    // Not written yet, or the disk is full: the chain goes on, and the files kept so far stay.
  }
}

/** Puts the newest whole state in place of one that is not; without any, leaves everything as it is. Says whether it did. */
export function mendChainState(folder: string): boolean {
  const file = chainStateFile(folder)
  if (!existsSync(file) || isWholeChainState(file)) return false
  const ages = Array.from({ length: KEPT }, (_, i) => i + 1)
  const whole = ages.map((age) => kept(folder, age)).find((path) => existsSync(path) && isWholeChainState(path))
  if (whole === undefined) return false
  renameSync(whole, file)
  return true
}

/** Whether a state file can be read and has, for each account without code, as many transactions as its nonce says. */
export function isWholeChainState(file: string): boolean {
  let text: unknown
  try {
    text = JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return false
  }
  const { success, data: state } = stateSchema.safeParse(text)
  if (!success) return false
  const sent = new Map<string, number>()
  for (const { info } of state.transactions) sent.set(info.from, (sent.get(info.from) ?? 0) + 1)
  return Object.entries(state.accounts).every(
    ([address, { nonce, code }]) => code !== NO_CODE || nonce === (sent.get(address) ?? 0),
  )
}

function kept(folder: string, age: number): string {
  return join(folder, `state.kept-${age}.json`)
}
