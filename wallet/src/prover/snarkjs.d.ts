/** The parts of snarkjs 0.7.6 and circom_runtime 0.1.28 that a prover uses; the packages have no types of their own. */
declare module 'snarkjs' {
  type Logger = { readonly debug: (message: string) => void; readonly error: (message: string) => void }
  export const groth16: {
    prove(
      key: Uint8Array,
      witness: { readonly type: 'mem'; readonly data: Uint8Array },
      logger: Logger,
    ): Promise<{ readonly proof: object; readonly publicSignals: readonly string[] }>
  }
  export const curves: {
    getCurveFromName(name: 'bn128', options: { readonly singleThread: boolean }): Promise<unknown>
  }
}

declare module 'circom_runtime' {
  export type WitnessCalculator = {
    calculateWTNSBin(input: object, sanityCheck: boolean): Promise<Uint8Array>
    calculateWitness(input: object, sanityCheck: boolean): Promise<bigint[]>
  }
  export function WitnessCalculatorBuilder(
    circuit: Uint8Array | WebAssembly.Instance,
    options?: { readonly memorySize: number },
  ): Promise<WitnessCalculator>
}
