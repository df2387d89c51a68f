/** Arguments of the commands as values. */

import { type Command, InvalidArgumentError } from 'commander'

/** Adds the option every command has: one JSON document on stdout instead of text. */
export function withJson(command: Command): Command {
  return command.option('--json', 'print one JSON document')
}

/** A whole number from 1, for commander. */
export function wholeNumber(text: string): number {
  const value = Number(text)
  if (!/^\d{1,9}$/.test(text) || value < 1) throw new InvalidArgumentError('Give a whole number from 1.')
  return value
}

/** A rate above 0 and below 1, for commander. */
export function rate(text: string): number {
  const value = Number(text)
  if (!/^[\d.e-]{1,20}$/.test(text) || !(value > 0 && value < 1))
    throw new InvalidArgumentError('Give a number between 0 and 1, such as 0.1.')
  return value
}

/** A number from 0 to 5, for commander. */
export function factor(text: string): number {
  const value = Number(text)
  if (!/^[\d.]{1,8}$/.test(text) || !(value <= 5)) throw new InvalidArgumentError('Give a number from 0 to 5.')
  return value
}

/** 25 or 81, for commander. */
export function shiftCount(text: string): 25 | 81 {
  if (text === '25') return 25
  if (text === '81') return 81
  throw new InvalidArgumentError('Give 25 or 81.')
}
