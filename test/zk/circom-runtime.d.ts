/** The part of circom_runtime 0.1.28 that tests use; the package has no types of its own. */
declare module 'circom_runtime' {
  export function WitnessCalculatorBuilder(circuit: WebAssembly.Instance): Promise<{
    calculateWitness(input: object, sanityCheck: boolean): Promise<bigint[]>
  }>
}
