export {
  type DealtCommittee,
  type DealtEnrolment,
  type DealtPackage,
  dealEnrolment,
} from './deal-enrolment.ts'
export {
  createEnrolmentSecrets,
  type EnrolledTemplate,
  type EnrolmentSecrets,
  NoTemplateError,
  type Templates,
} from './enrolment-secrets.ts'
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
