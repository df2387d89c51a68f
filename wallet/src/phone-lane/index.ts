export type { LeafChange } from './enrolment-path.ts'
export { createMembershipCache, type EnrolmentHistory, type Member, type MembershipCache } from './membership.ts'
export { type PhoneLaneOptions, type PhonePayment, payByPhone } from './pay-by-phone.ts'
export type { ReviewedRequest } from './review-request.ts'
