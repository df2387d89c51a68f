/** The part of snarkjs 0.7.6 that a prover uses; the package has no types of its own. */
declare module 'snarkjs' {
  type Logger = { readonly debug: (message: string) => void; readonly error: (message: string) => void }
  type MemoryFile = { readonly type: 'mem'; data?: Uint8Array }
  export const wtns: {
    calculate(
      input: object,
      circuit: Uint8Array,
      output: MemoryFile,
      options: { readonly memorySize: number },
    ): Promise<void>
  }
  export const groth16: {
    prove(
      key: Uint8Array,
      witness: MemoryFile,
      logger: Logger,
    ): Promise<{ readonly proof: object; readonly publicSignals: readonly string[] }>
  }
  export const curves: {
    getCurveFromName(name: 'bn128', options: { readonly singleThread: boolean }): Promise<unknown>
  }
}
