/** Numbers as snarkjs writes them in JSON: decimal, without a sign or leading zeros. */

import { z } from 'zod'

/** Such a number below `order`, as a bigint. */
export function decimalSchema(order: bigint) {
  return z
    .string()
    .regex(/^(0|[1-9][0-9]{0,77})$/)
    .transform((text) => BigInt(text))
    .refine((value) => value < order)
}
