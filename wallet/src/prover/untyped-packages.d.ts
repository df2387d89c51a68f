/** The parts of ffjavascript 0.3.1 and circom_runtime 0.1.28 that a prover uses; the packages have no types of their own. */
declare module 'ffjavascript' {
  /** Elements and points are bytes, in Montgomery form unless said otherwise. */
  type Group = {
    add(p: Uint8Array, q: Uint8Array): Uint8Array
    timesFr(p: Uint8Array, scalar: Uint8Array): Uint8Array
    toAffine(p: Uint8Array): Uint8Array
    /** The coordinates as numbers. */
    toObject(p: Uint8Array): unknown
    /** The sum of affine points, each times its scalar: 32 little-endian bytes, not in Montgomery form. */
    multiExpAffine(points: Uint8Array, scalars: Uint8Array): Promise<Uint8Array>
  }
  type ScalarField = {
    /** Roots of unity: `w[k]` of order 2^k. */
    readonly w: readonly Uint8Array[]
    e(value: bigint | number): Uint8Array
    mul(a: Uint8Array, b: Uint8Array): Uint8Array
    neg(a: Uint8Array): Uint8Array
    fft(values: Uint8Array): Promise<Uint8Array>
    ifft(values: Uint8Array): Promise<Uint8Array>
    /** Value i times first * factor^i. */
    batchApplyKey(values: Uint8Array, first: Uint8Array, factor: Uint8Array): Promise<Uint8Array>
  }
  type Step =
    | { readonly cmd: 'ALLOCSET'; readonly var: number; readonly buff: Uint8Array }
    | { readonly cmd: 'ALLOC'; readonly var: number; readonly len: number }
    | {
        readonly cmd: 'CALL'
        readonly fnName: string
        readonly params: readonly ({ readonly var: number } | { readonly val: number })[]
      }
    | { readonly cmd: 'GET'; readonly out: number; readonly var: number; readonly len: number }
  export type Curve = {
    readonly G1: Group
    readonly G2: Group
    readonly Fr: ScalarField
    /** Runs steps in the memory of the curve's WebAssembly. */
    readonly tm: { queueAction(steps: readonly Step[]): Promise<Uint8Array[]> }
  }
  export function buildBn128(singleThread: boolean): Promise<Curve>
}

declare module 'circom_runtime' {
  export type WitnessCalculator = {
    /** A witness file: a header, then all signals, each 32 little-endian bytes. */
    calculateWTNSBin(input: object, sanityCheck: boolean): Promise<Uint8Array>
    calculateWitness(input: object, sanityCheck: boolean): Promise<bigint[]>
  }
  export function WitnessCalculatorBuilder(
    circuit: Uint8Array | WebAssembly.Instance,
    options?: { readonly memorySize: number },
  ): Promise<WitnessCalculator>
}
