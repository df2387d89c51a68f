/**
 * A proving key as the ceremony writes it: snarkjs' zkey format, whose sections are numbers and points in Montgomery form,
 * ready for ffjavascript. Points are affine: 64 bytes in G1, 128 in G2. Whoever has a key has checked its hash before.
 */

import { KeysDamagedError } from './key-store.ts'

/** What a proof takes of a key, in the notation of Groth 2016, section 3.2. */
export type ProvingKey = {
  /** Signals, the constant one among them. */
  readonly signalCount: number
  readonly publicCount: number
  /** Constraints, rounded up to a power of two. */
  readonly domainSize: number
  readonly alpha1: Uint8Array
  readonly beta1: Uint8Array
  readonly beta2: Uint8Array
  readonly delta1: Uint8Array
  readonly delta2: Uint8Array
  /** Entries of the matrices A and B, COEFFICIENT_BYTES each: matrix, constraint, signal, value. */
  readonly coefficients: Uint8Array
  /** [u_i(x)]_1 of each signal. */
  readonly a: Uint8Array
  /** [v_i(x)]_1 of each signal. */
  readonly b1: Uint8Array
  /** [v_i(x)]_2 of each signal. */
  readonly b2: Uint8Array
  /** [(beta u_i(x) + alpha v_i(x) + w_i(x)) / delta]_1 of each signal that is not public. */
  readonly c: Uint8Array
  /** [L_i(x) t(x) / delta]_1 over the odd half of the domain of twice the size. */
  readonly h: Uint8Array
}

/** Three numbers of 4 bytes and a field element. */
export const COEFFICIENT_BYTES = 44
export const G1_BYTES = 64
export const G2_BYTES = 128

const MAGIC = 0x79656b7a
const VERSION = 1
const GROTH16 = 1
const FIELD_BYTES = 32
const SECTION = { protocol: 1, header: 2, coefficients: 4, a: 5, b1: 6, b2: 7, c: 8, h: 9 }
/** Both fields and their lengths, three counts, three points of each group. */
const HEADER_BYTES = 2 * (4 + FIELD_BYTES) + 3 * 4 + 3 * G1_BYTES + 3 * G2_BYTES

/** Views into `zkey`, which must not change. @throws {KeysDamagedError} this is no Groth16 key, or a part of one */
export function readProvingKey(zkey: Uint8Array): ProvingKey {
  const sections = readSections(zkey)
  const section = (id: number, bytes?: number): Uint8Array => {
    const found = sections.get(id)
    if (found === undefined || (bytes !== undefined && found.length !== bytes)) throw new KeysDamagedError('zkey')
    return found
  }
  if (viewOf(section(SECTION.protocol, 4)).getUint32(0, true) !== GROTH16) throw new KeysDamagedError('zkey')

  const header = section(SECTION.header, HEADER_BYTES)
  let at = 2 * (4 + FIELD_BYTES)
  const take = (bytes: number) => {
    at += bytes
    return header.subarray(at - bytes, at)
  }
  const count = () => viewOf(take(4)).getUint32(0, true)
  const [signalCount, publicCount, domainSize] = [count(), count(), count()]
  const [alpha1, beta1, beta2] = [take(G1_BYTES), take(G1_BYTES), take(G2_BYTES)]
  // gamma belongs to the verifying key.
  take(G2_BYTES)
  const [delta1, delta2] = [take(G1_BYTES), take(G2_BYTES)]

  const counted = section(SECTION.coefficients)
  const coefficients = counted.subarray(4)
  const coefficientCount = counted.length < 4 ? -1 : viewOf(counted).getUint32(0, true)
  if (coefficients.length !== coefficientCount * COEFFICIENT_BYTES) throw new KeysDamagedError('zkey')
  return {
    ...{ signalCount, publicCount, domainSize, alpha1, beta1, beta2, delta1, delta2, coefficients },
    a: section(SECTION.a, signalCount * G1_BYTES),
    b1: section(SECTION.b1, signalCount * G1_BYTES),
    b2: section(SECTION.b2, signalCount * G2_BYTES),
    c: section(SECTION.c, (signalCount - publicCount - 1) * G1_BYTES),
    h: section(SECTION.h, domainSize * G1_BYTES),
  }
}

/** The file's sections by their number: magic, version, count, then number, length and content of each. */
function readSections(bytes: Uint8Array): Map<number, Uint8Array> {
  const view = viewOf(bytes)
  const sections = new Map<number, Uint8Array>()
  try {
    if (view.getUint32(0, true) !== MAGIC || view.getUint32(4, true) !== VERSION) throw new KeysDamagedError('zkey')
    for (let i = view.getUint32(8, true), at = 12; i > 0; i--) {
      const length = Number(view.getBigUint64(at + 4, true))
      const content = bytes.subarray(at + 12, at + 12 + length)
      if (content.length !== length) throw new KeysDamagedError('zkey')
      sections.set(view.getUint32(at, true), content)
      at += 12 + length
    }
    return sections
  } catch (error) {
    if (error instanceof RangeError) throw new KeysDamagedError('zkey')
    throw error
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
