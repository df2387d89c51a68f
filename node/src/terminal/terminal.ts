/** The terminal of a verifier, composed: its page, sessions and routes on the verifier's own server. */

import { join } from 'node:path'
import { type Clock, errorCode, type Hex } from '@palmhold/base'
import type { Chain } from '@palmhold/chain'
import type { ContractAddresses, SigningDomain } from '@palmhold/protocol'
import type { ApiServer } from '../http/api-server.ts'
import type { Logger } from '../http/logger.ts'
import type { Committee } from '../runtime/committee.ts'
import type { Links } from '../runtime/links.ts'
import type { Payments } from '../verifier/payments.ts'
import { addEnrolmentRoutes } from './enrolment-api.ts'
import { createEnrolmentDesk } from './enrolment-desk.ts'
import { createMerchantLabel } from './merchant-label.ts'
import { terminalBundle } from './page-bundle.ts'
import { addTerminalRoutes } from './terminal-api.ts'
import type { TerminalDesk } from './terminal-desk.ts'
import { addTerminalPage } from './terminal-page.ts'
import { createTerminalSessions, loadOrCreatePin } from './terminal-sessions.ts'
import type { SealingView } from './terminal-shapes.ts'

/** An operator that has not answered by then is shown as down. */
const STRIP_TIMEOUT_MS = 3_000

export type TerminalOptions = {
  readonly dataFolder: string
  /** Of the till. */
  readonly token: string
  readonly terminal: Hex
  readonly did: string
  readonly domain: SigningDomain
  readonly contracts: ContractAddresses
  readonly chain: Chain
  readonly committee: () => Committee
  readonly links: () => Links
  readonly desk: TerminalDesk
  readonly payments: Payments
  readonly rpcUrl: string
  /** Where an operator answers wallets. */
  readonly urlOf: (operator: Hex) => string | undefined
  /** Test money for a customer who enrols here. @throws {FundingMissingError} */
  readonly fund: (address: Hex) => Promise<void>
  /** The merchant's; see `deskSchema`. */
  readonly askAboveMinor: number
  readonly lightsPalms: boolean
  readonly merchantName: () => Promise<string | undefined>
  readonly sealingKey: () => SealingView
  readonly clock: Clock
  readonly log: Pick<Logger, 'warn'>
}

export function addTerminal(api: ApiServer, options: TerminalOptions): void {
  const { chain, clock, dataFolder, desk } = options
  const staffPin = loadOrCreatePin(join(dataFolder, 'staff-pin'))
  const sessions = createTerminalSessions({ file: join(dataFolder, 'terminal-sessions.json'), pin: staffPin, clock })
  const merchantLabel = createMerchantLabel(options.merchantName, clock)

  const isUp = async (operator: Hex): Promise<boolean> => {
    const timeout = new Promise<false>((resolve) => setTimeout(resolve, STRIP_TIMEOUT_MS, false).unref())
    const dialled = options.links().channel(operator)
    return Promise.race([timeout, dialled.then(Boolean, () => false)])
  }

  addTerminalPage(api)
  const session = addTerminalRoutes(api, {
    ...options,
    address: options.terminal,
    staffPin,
    sessions,
    describe: async () => ({
      now: clock(),
      terminal: options.terminal,
      merchant: { did: options.did, name: (await merchantLabel()) ?? null },
      domain: options.domain,
      operators: options.committee().members.length,
      askAboveMinor: options.askAboveMinor,
      lightsPalms: options.lightsPalms,
    }),
    async strip() {
      const [code, operators] = await Promise.all([
        chain.blockNumber().then(() => null, errorCode),
        Promise.all(options.committee().members.map(async (operator) => ({ operator, up: await isUp(operator) }))),
      ])
      return { chain: { ok: code === null, code }, operators }
    },
    refund: async (requestHash) => ({ txHash: (await chain.refund(requestHash)).txHash }),
    statusOf: async (requestHash) => (await chain.payment(requestHash)).status,
    onLink() {
      // Ready by the time the page is opened, if it was not yet.
      terminalBundle().catch((error) => options.log.warn({ code: errorCode(error) }, 'no terminal page'))
    },
  })
  addEnrolmentRoutes(api, {
    desk: createEnrolmentDesk({ folder: join(dataFolder, 'claims'), clock }),
    session,
    chainId: options.domain.chainId,
    contracts: options.contracts,
    committeeId: options.committee().committeeId,
    rpcUrl: options.rpcUrl,
    members: () => options.committee().members,
    urlOf: options.urlOf,
    fund: options.fund,
  })
  // Pages wait for news on open connections, which would keep the server from closing.
  api.addHook('preClose', async () => desk.close())
}
