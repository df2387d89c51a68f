/**
 * Numbers in text: plain decimal integers and fractions with anything between, as JSON and Node print arrays. A number in
 * quotes with a colon behind it is the index of the next one ({"0":18,"1":255}) and is left out.
 */

const ZERO = '0'.charCodeAt(0)
const NINE = '9'.charCodeAt(0)
const MINUS = '-'.charCodeAt(0)
const POINT = '.'.charCodeAt(0)
const QUOTE = '"'.charCodeAt(0)

/**
 * The numbers in `text` between `from` and `to`: all of them as 64-bit floats, and each stretch of at least `least`
 * integers from 0 to 255 as bytes. Nothing where there are fewer than `least`.
 */
export function decodeList(text: Uint8Array, from: number, to: number, least: number): Uint8Array[] {
  const numbers = readNumbers(text, from, to)
  if (numbers.length < least) return []
  const found = [new Uint8Array(Float64Array.from(numbers).buffer)]
  let start = 0
  for (let i = 0; i <= numbers.length; i++) {
    const value = numbers[i]
    if (value !== undefined && value >= 0 && value <= 255 && Number.isInteger(value)) continue
    if (i - start >= least) found.push(Uint8Array.from(numbers.slice(start, i)))
    start = i + 1
  }
  return found
}

function readNumbers(text: Uint8Array, from: number, to: number): number[] {
  const numbers: number[] = []
  for (let at = from; at < to; ) {
    if (!isDigit(text[at])) {
      at++
      continue
    }
    const start = at
    let value = 0
    while (at < to && isDigit(text[at])) value = 10 * value + text[at++]! - ZERO
    if (text[at] === POINT && isDigit(text[at + 1])) {
      at++
      for (let weight = 0.1; at < to && isDigit(text[at]); weight /= 10) value += weight * (text[at++]! - ZERO)
    }
    const isIndex = text[start - 1] === QUOTE && text[at] === QUOTE
    if (!isIndex) numbers.push(text[start - 1] === MINUS ? -value : value)
  }
  return numbers
}

function isDigit(character: number | undefined): boolean {
  return character !== undefined && character >= ZERO && character <= NINE
}
