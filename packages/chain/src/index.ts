export { Chain, type ChargeResult, type CommitteeShape, type MerchantRegistration } from './chain.ts'
export {
  ChainRefusedError,
  ChainRevertError,
  ChainUnreachableError,
  ContractMissingError,
  GasMissingError,
  SignerMissingError,
  TransactionTimeoutError,
  WrongChainError,
} from './chain-error.ts'
export { type BlockHashes, type ChainHead, createChainHead } from './chain-head.ts'
export type {
  Account,
  AnchoredBatch,
  Charge,
  Committee,
  Enrolment,
  LaneLimits,
  Membership,
  Merchant,
  Operator,
  OperatorStatus,
  Payment,
  PaymentStatus,
  SettlementInput,
} from './chain-reader.ts'
export { readChainId } from './chain-rpc.ts'
export { type ConnectOptions, connectChain } from './connect-chain.ts'
export { enrolmentRootsOf, type LeafChange, type RootTimes } from './enrolment-tree.ts'
export { openSigningProvider, type SigningProvider } from './signing-provider.ts'
export type { TransactionResult } from './transaction-sender.ts'
export type { EnrolmentEvent, EnrolmentEvents, WatchOptions } from './watch-enrolments.ts'
