export { createDownloadingKeyStore, type DownloadOptions, type KeyCache } from './download-keys.ts'
export {
  createKeyStore,
  isKeyFile,
  type KeyManifest,
  type KeyStore,
  KeysDamagedError,
  KeysUnreachableError,
  parseKeyManifest,
} from './key-store.ts'
export {
  createWorkerProver,
  failureOf,
  ProofCancelledError,
  ProverFailedError,
  type ProverOrder,
  type ProverReport,
  type ProverWorker,
  type StartWorker,
} from './worker-prover.ts'
