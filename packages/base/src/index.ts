export {
  concatBytes,
  equalBytes,
  fromBigEndian,
  fromHex,
  type Hex,
  HexError,
  IntegerRangeError,
  toBigEndian,
  toHex,
  utf8,
} from './bytes.ts'
export { decodeFields, EncodingError, encodeFields } from './canonical.ts'
export { errorCode, isPalmError, PalmError, type PalmErrorCode, type PalmErrorOptions } from './palm-error.ts'
export type { Clock, RandomBytes } from './random.ts'
