/**
 * EIP-712 typed structured data for flat structs: the only shape that Palmhold signs. A struct is a list of fields of
 * atomic types; nested structs, arrays and dynamic types are left out on purpose, so that the encoding of every field
 * is one 32-byte word and two messages never share an encoding.
 *
 * https://eips.ethereum.org/EIPS/eip-712, "Definition of encodeData" and "Definition of domainSeparator".
 */

import { keccak_256 } from '@noble/hashes/sha3.js'
import { concatBytes, fromHex, type Hex, PalmError, toBigEndian, toHex, utf8 } from '@palmhold/base'

/** The atomic types that a field may have. */
export type FieldType = 'uint8' | 'uint16' | 'uint32' | 'uint64' | 'address' | 'bytes32'

/** A struct: its name, and its fields in the order in which they are hashed. */
export type StructType<T> = {
  readonly name: string
  readonly fields: readonly { readonly name: keyof T & string; readonly type: FieldType }[]
}

/** The EIP-712 domain under which every message of one deployment is signed. */
export type SigningDomain = {
  readonly chainId: number
  /** Address of the MatchVerifier contract. */
  readonly verifyingContract: Hex
}

export const DOMAIN_NAME = 'Palmhold'
export const DOMAIN_VERSION = '1'

const DOMAIN_TYPE = 'EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)'
const WORD_BYTES = 32

/** `encodeType` of EIP-712, such as `Scan(bytes32 requestHash,...)`. */
export function encodeType<T>(struct: StructType<T>): string {
  return `${struct.name}(${struct.fields.map((field) => `${field.type} ${field.name}`).join(',')})`
}

/**
 * `hashStruct(s) = keccak256(typeHash || encodeData(s))`, 32 bytes.
 * @throws {FieldError} a value that its type cannot hold
 */
export function hashStruct<T>(struct: StructType<T>, value: T): Uint8Array {
  const words = struct.fields.map((field) => encodeField(struct.name, field.name, field.type, value[field.name]))
  return keccak_256(concatBytes(keccak_256(utf8(encodeType(struct))), ...words))
}

/** The domain separator: `hashStruct` of the domain, 32 bytes. */
export function domainSeparator(domain: SigningDomain): Uint8Array {
  return keccak_256(
    concatBytes(
      keccak_256(utf8(DOMAIN_TYPE)),
      keccak_256(utf8(DOMAIN_NAME)),
      keccak_256(utf8(DOMAIN_VERSION)),
      toBigEndian(domain.chainId, WORD_BYTES),
      encodeField('EIP712Domain', 'verifyingContract', 'address', domain.verifyingContract),
    ),
  )
}

/** The digest that is signed: `keccak256(0x1901 || domainSeparator || hashStruct(value))`. */
export function typedDataDigest<T>(domain: SigningDomain, struct: StructType<T>, value: T): Hex {
  return toHex(keccak_256(concatBytes(Uint8Array.of(0x19, 0x01), domainSeparator(domain), hashStruct(struct, value))))
}

function encodeField(struct: string, name: string, type: FieldType, value: unknown): Uint8Array {
  if (type === 'address' || type === 'bytes32') {
    const length = type === 'address' ? 20 : WORD_BYTES
    if (typeof value !== 'string' || !new RegExp(`^0x[0-9a-f]{${2 * length}}$`).test(value))
      throw new FieldError(struct, name, type)
    return concatBytes(new Uint8Array(WORD_BYTES - length), fromHex(value))
  }
  const bits = Number(type.slice('uint'.length))
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0 || value >= 2 ** bits)
    throw new FieldError(struct, name, type)
  return toBigEndian(value, WORD_BYTES)
}

/** A value that does not fit the type of its field. */
export class FieldError extends PalmError {
  constructor(struct: string, name: string, type: FieldType) {
    super('PALM_MESSAGE_INVALID', `${struct}.${name} is not a canonical ${type}`, {
      hints: ['Addresses and hashes are lower-case hexadecimal after 0x, numbers are unsigned integers.'],
    })
  }
}
