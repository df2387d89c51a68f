/** The part of snarkjs 0.7.6 that makes keys; the package has no types of its own. */
declare module 'snarkjs' {
  type CeremonyLogger = Readonly<Record<'debug' | 'info' | 'warn' | 'error', (message: string) => void>>
  export const powersOfTau: {
    newAccumulator(curve: unknown, power: number, out: string, logger?: CeremonyLogger): Promise<Uint8Array>
    contribute(from: string, to: string, name: string, entropy: string, logger?: CeremonyLogger): Promise<Uint8Array>
    beacon(from: string, to: string, name: string, beacon: string, iterationsExp: number): Promise<Uint8Array | false>
    preparePhase2(from: string, to: string, logger?: CeremonyLogger): Promise<void>
    verify(file: string, logger: CeremonyLogger): Promise<boolean>
  }
  export const zKey: {
    newZKey(r1cs: string, ptau: string, zkey: string, logger: CeremonyLogger): Promise<Uint8Array | -1>
    contribute(from: string, to: string, name: string, entropy: string): Promise<Uint8Array>
    beacon(from: string, to: string, name: string, beacon: string, iterationsExp: number): Promise<Uint8Array | false>
    verifyFromR1cs(r1cs: string, ptau: string, zkey: string, logger: CeremonyLogger): Promise<boolean>
    exportVerificationKey(zkey: string): Promise<object>
  }
}
