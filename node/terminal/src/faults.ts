/**
 * Codes of refusals as the page's words know them: one text for all codes that mean the same for who stands there. The
 * code itself is shown small, for staff.
 */

export const FAULTS = [
  'notRecognised',
  'ambiguous',
  'repeated',
  'suspicious',
  'cancelled',
  'expired',
  'spent',
  'scanLost',
  'nodesMissing',
  'nodesSlow',
  'nodesDisagree',
  'chainAway',
  'clock',
  'limit',
  'money',
  'frozen',
  'tooManyScans',
  'terminalOff',
  'verifierAway',
  'declined',
  'phoneSilent',
  'phoneRefused',
  'proof',
  'young',
  'disk',
  'internal',
] as const

export type Fault = (typeof FAULTS)[number]

const FAULT_OF: Record<string, Fault> = {
  PALM_NOT_RECOGNISED: 'notRecognised',
  PALM_AMBIGUOUS: 'ambiguous',
  PALM_SCAN_REPEATED: 'repeated',
  PALM_SCAN_SUSPICIOUS: 'suspicious',
  PALM_CANCELLED: 'cancelled',
  PALM_REQUEST_EXPIRED: 'expired',
  PALM_REQUEST_SPENT: 'spent',
  PALM_SCAN_LOST: 'scanLost',
  PALM_OPERATORS_MISSING: 'nodesMissing',
  PALM_NODE_DOWN: 'nodesMissing',
  PALM_PEER_LOST: 'nodesMissing',
  PALM_PEER_UNREACHABLE: 'nodesMissing',
  PALM_CHANNEL_BROKEN: 'nodesMissing',
  PALM_CHANNEL_CLOSED: 'nodesMissing',
  PALM_NODE_SLOW: 'nodesSlow',
  PALM_PEER_TIMEOUT: 'nodesSlow',
  PALM_CHANNEL_TIMEOUT: 'nodesSlow',
  PALM_SIGNATURE_INVALID: 'nodesDisagree',
  PALM_ATTESTATION_INVALID: 'nodesDisagree',
  PALM_ATTESTATION_MISMATCH: 'nodesDisagree',
  PALM_GALLERY_MISMATCH: 'nodesDisagree',
  PALM_SESSION_MISMATCH: 'nodesDisagree',
  PALM_COIN_MISMATCH: 'nodesDisagree',
  PALM_QUORUM_INVALID: 'nodesDisagree',
  PALM_EPOCH_INVALID: 'nodesDisagree',
  PALM_CHAIN_UNREACHABLE: 'chainAway',
  PALM_CHAIN_TIMEOUT: 'chainAway',
  PALM_CHAIN_REFUSED: 'chainAway',
  PALM_GAS_MISSING: 'chainAway',
  PALM_REQUEST_TOO_EARLY: 'clock',
  PALM_SCAN_TIME: 'clock',
  PALM_ATTESTATION_EXPIRY: 'clock',
  PALM_LIMIT_EXCEEDED: 'limit',
  PALM_COMMITTEE_CAP: 'limit',
  PALM_FUNDS_MISSING: 'money',
  PALM_NOT_OPTED_IN: 'frozen',
  PALM_ACCOUNT_FROZEN: 'frozen',
  PALM_TOO_MANY_SCANS: 'tooManyScans',
  PALM_RATE_LIMITED: 'tooManyScans',
  PALM_TERMINAL_INACTIVE: 'terminalOff',
  PALM_VERIFIER_UNREACHABLE: 'verifierAway',
  PALM_OWNER_DECLINED: 'declined',
  PALM_WALLET_REFUSED: 'phoneRefused',
  PALM_PHONE_SILENT: 'phoneSilent',
  PALM_PHONE_MISSING: 'phoneSilent',
  PALM_PAIRING_LOST: 'scanLost',
  PALM_ROOT_TOO_YOUNG: 'young',
  PALM_ROOT_UNKNOWN: 'proof',
  PALM_ROOT_TOO_OLD: 'proof',
  PALM_ROOT_REVOKED: 'proof',
  PALM_MEMBERSHIP_PROOF: 'proof',
  PALM_MATCH_PROOF: 'proof',
  PALM_LINK_REUSED: 'proof',
  PALM_POLICY_MISMATCH: 'proof',
  PALM_PROBE_UNSIGNED: 'proof',
  PALM_DISK_FULL: 'disk',
  PALM_DISK_FAILED: 'disk',
}

/** The codes that have words of their own. */
export const FORESEEN_CODES: readonly string[] = Object.keys(FAULT_OF)

/** What to say of `code`; of one that nobody foresaw, that the terminal had a fault. */
export function faultOf(code: string): Fault {
  return FAULT_OF[code] ?? 'internal'
}
