/**
 * Logs of a node: JSON lines on stdout. Nothing that enters a log may depend on a palm: no share, no probe, no key, no
 * distance. Known fields that could carry one are removed should anyone pass them.
 */

import { type Logger, pino } from 'pino'

export type { Logger } from 'pino'

export function createLogger(name: string, level: string): Logger {
  return pino({
    name,
    level,
    redact: { paths: ['*.privateKey', '*.secretKey', '*.package', '*.share', '*.sealed', '*.probe'], remove: true },
  })
}
