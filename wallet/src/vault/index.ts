export {
  type Claim,
  ClaimError,
  ClaimMissingError,
  claimIdOf,
  createClaimCode,
  encodeClaim,
  fetchClaim,
  forgetClaim,
  parseClaim,
  readClaimCode,
  sealClaim,
  writeClaimCode,
} from './claim.ts'
export { decodeVault, encodeVault, type Vault, type VaultHome, wipeVault } from './vault.ts'
export {
  createVaultIdentity,
  lockOf,
  openVault,
  sealVault,
  type VaultKey,
  type VaultLock,
} from './vault-file.ts'
