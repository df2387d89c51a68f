/** What a prover gives to a circuit. */

import { FIELD_ORDER, FieldElementError } from '@palmhold/protocol'

export type CircuitInput = {
  /** In the circuit's order, as a verifier computes them. */
  readonly publicInputs: readonly bigint[]
  /** By the names of the circuit's signals; holds the public ones too. Secret: it never leaves the device or reaches a log. */
  readonly signals: Readonly<Record<string, bigint | readonly bigint[]>>
}

/** Refuses what a witness generator would silently reduce. @throws {FieldElementError} one of `values` is not in the field */
export function requireField(...values: readonly bigint[]): void {
  if (values.some((value) => value < 0n || value >= FIELD_ORDER)) throw new FieldElementError()
}
