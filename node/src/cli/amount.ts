/** Sums on the command line. */

import { InvalidArgumentError } from 'commander'

/** Euros above 0 with at most two decimals, as cents: 12.50 is 1250. @throws {InvalidArgumentError} */
export function amountMinor(text: string): number {
  const match = /^(\d{1,7})(?:\.(\d{1,2}))?$/.exec(text)
  const minor = match ? Number(match[1]) * 100 + Number((match[2] ?? '').padEnd(2, '0')) : 0
  if (minor < 1) throw new InvalidArgumentError('Give euros and cents, such as 12.50.')
  return minor
}
