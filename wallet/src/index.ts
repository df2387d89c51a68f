export {
  type DealtCommittee,
  type DealtEnrolment,
  type DealtPackage,
  dealEnrolment,
  NoTemplateError,
  type Templates,
} from './deal-enrolment.ts'
export {
  createOperatorClient,
  type OperatorClient,
  type OperatorEndpoint,
  OperatorIdentityError,
  OperatorRefusedError,
  OperatorUnreachableError,
  ReceiptInvalidError,
} from './operator-client.ts'
export {
  type AccountOrder,
  applyDueLimits,
  EndpointMissingError,
  type EnrolmentCommittee,
  enrolPalms,
  openPalmAccount,
} from './palm-account.ts'
