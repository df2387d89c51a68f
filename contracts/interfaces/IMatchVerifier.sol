// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice What a terminal asks for before it scans: EIP-712 `Request`, signed by the terminal's registered key.
/// @dev Every member is an atomic type, so `abi.encode(TYPEHASH, request)` is the EIP-712 encoding of the struct.
/// @param requestType 1 payment, 2 access, 3 age
/// @param merchantId keccak256 of the UTF-8 bytes of the merchant's DID
/// @param terminal address of the key that signs this request and its scan
/// @param payee the merchant's payout address when the request was made; zero unless it is a payment
/// @param token the ERC-20 the sum is in; zero unless it is a payment
/// @param amountMinor the sum in hundredths of the currency; 0 unless it is a payment
/// @param lane 1 phone, 2 palm
/// @param factors the factors the merchant requires, as a mask: 1 palm (always), 2 second palm, 4 PIN, 8 phone
/// @param policyHash fixes threshold, margin and the greatest number of probe codes
/// @param committeeId the committee that matches (palm lane)
/// @param committeeEpoch the epoch of that committee
/// @param orderHash the merchant's own reference
/// @param nonce 32 random bytes: two requests never have one hash
/// @param issuedAt seconds since 1970
/// @param expiry seconds since 1970, at most 120 after `issuedAt`
struct Request {
    uint8 requestType;
    bytes32 merchantId;
    address terminal;
    address payee;
    address token;
    uint64 amountMinor;
    uint8 lane;
    uint8 factors;
    bytes32 policyHash;
    bytes32 committeeId;
    uint32 committeeEpoch;
    bytes32 orderHash;
    bytes32 nonce;
    uint64 issuedAt;
    uint64 expiry;
}

/// @notice What the terminal scanned for one request: EIP-712 `Scan`, signed by the same terminal.
/// @param requestHash EIP-712 digest of the request
/// @param probeRoot Merkle root over the shifted codes of the probe
/// @param leafCount how many codes the tree holds, at least 1
/// @param probeSharesRoot Merkle root over the shares sent to the nodes
/// @param capturedAt seconds since 1970
struct Scan {
    bytes32 requestHash;
    bytes32 probeRoot;
    uint16 leafCount;
    bytes32 probeSharesRoot;
    uint64 capturedAt;
}

/// @notice What a quorum of operators signs when the palm matched: EIP-712 `MatchAttestation`.
/// @param version 1
/// @param lane the request's
/// @param merchantId the request's
/// @param terminal the request's
/// @param requestHash EIP-712 digest of the request
/// @param scanHash EIP-712 digest of the scan
/// @param pseudonym the customer as this merchant knows it
/// @param factors the factors that were presented; holds every required one
/// @param payer the PalmPay account to charge; zero unless the request is a payment
/// @param committeeId the request's
/// @param committeeEpoch the request's
/// @param galleryRoot the gallery the probe was compared with
/// @param expiry seconds since 1970, not before the request's and at most 600 after it
struct MatchAttestation {
    uint8 version;
    uint8 lane;
    bytes32 merchantId;
    address terminal;
    bytes32 requestHash;
    bytes32 scanHash;
    bytes32 pseudonym;
    uint8 factors;
    address payer;
    bytes32 committeeId;
    uint32 committeeEpoch;
    bytes32 galleryRoot;
    uint64 expiry;
}

/// @notice How a match is decided: EIP-712 `Policy`, whose hash a request names.
/// @param thresholdBits a palm matches below so many differing bits of 1,536
/// @param marginBits palm lane: how much farther any other row must be
/// @param maxProbeCodes most codes a probe may have
/// @param firstPassBits palm lane: bound of the first pass, 0 where there is none
struct Policy {
    uint16 thresholdBits;
    uint16 marginBits;
    uint16 maxProbeCodes;
    uint16 firstPassBits;
}

/// @notice Evidence of the phone lane: two proofs joined by a link, and where in the signed probe the matching code stands.
/// @param policy the one whose hash the request names
/// @param link joins the proofs
/// @param membershipProof "somebody under the attestation's root has its pseudonym, and links to this"; all zero where that was
/// registered before
/// @param probeIndex place of the matching code among the probe's
/// @param probe commitment to it, a leaf under the scan's probe root
/// @param probePath its siblings, from the leaf up
/// @param matchProof "the linked palm is near this probe, for this attestation"
struct PhoneEvidence {
    Policy policy;
    uint256 link;
    uint256[8] membershipProof;
    uint16 probeIndex;
    uint256 probe;
    bytes32[] probePath;
    uint256[8] matchProof;
}

/// @title Checks that a palm matched for one request, and spends the request
/// @notice Palm lane: two signatures of an active terminal and a quorum of the request's committee. Phone lane: the same
/// signatures and two linked proofs. A request is spent once, whichever lane answered it.
interface IMatchVerifier {
    /// @notice A request was answered and spent; `attestationDigest` is the EIP-712 digest of the answer.
    event Anchored(bytes32 indexed requestHash, bytes32 indexed merchantId, bytes32 attestationDigest);
    /// @notice Payment requests are spent by this contract alone from now on.
    event PaymentConsumerSet(address indexed consumer);
    /// @notice Membership was proven once, and needs no proof for this merchant, pseudonym, link and root from now on.
    event MembershipRegistered(
        bytes32 indexed merchantId, bytes32 indexed pseudonym, uint256 indexed link, bytes32 root
    );

    error ZeroAddress();
    error PaymentConsumerAlreadySet();
    error OnlyPaymentConsumer(address caller);
    error RequestAlreadySpent(bytes32 requestHash);
    error RequestTypeUnknown(uint8 requestType);
    error LaneUnknown(uint8 lane);
    error VersionUnsupported(uint8 version);
    error AmountInvalid(uint64 amountMinor);
    /// @notice A payment without payee or token, or an access or age request with one.
    error PartiesInvalid();
    error RequestWindowInvalid(uint64 issuedAt, uint64 expiry);
    error RequestFromFuture(uint64 issuedAt);
    error ScanTimeInvalid(uint64 capturedAt);
    error AttestationExpired(uint64 expiry);
    error AttestationExpiryInvalid(uint64 expiry);
    error ScanEmpty();
    error ScanRequestMismatch(bytes32 expected, bytes32 actual);
    error AttestationRequestMismatch(bytes32 expected, bytes32 actual);
    error AttestationScanMismatch(bytes32 expected, bytes32 actual);
    error AttestationLaneMismatch(uint8 expected, uint8 actual);
    error AttestationMerchantMismatch(bytes32 expected, bytes32 actual);
    error AttestationTerminalMismatch(address expected, address actual);
    error AttestationCommitteeMismatch(bytes32 committeeId, uint32 committeeEpoch);
    error FactorsInvalid(uint8 factors);
    error FactorsMissing(uint8 required, uint8 presented);
    error PayerMissing();
    error PayerForbidden();
    error TerminalInactive(bytes32 merchantId, address terminal);
    error RequestSignatureInvalid();
    error ScanSignatureInvalid();
    error SignaturesMalformed(uint256 length);
    error OperatorSignatureInvalid(uint256 position);
    error SignersNotAscending(uint256 position);
    /// @notice A request of the phone lane that names a committee.
    error CommitteeForbidden(bytes32 committeeId, uint32 committeeEpoch);
    /// @notice A scan of the phone lane that was shared out to nodes.
    error SharesForbidden();
    error EvidenceMalformed(uint256 length);
    error PolicyMismatch(bytes32 expected, bytes32 actual);
    error ThresholdOutOfRange(uint16 thresholdBits);
    error ScanTooLarge(uint16 leafCount, uint16 maxProbeCodes);
    error ProbeUnsigned(uint256 probe, uint16 probeIndex);
    error MembershipProofInvalid();
    /// @notice No proof was given, and none was registered.
    error MembershipUnknown();
    /// @notice The link belongs to another pseudonym, or to another merchant.
    error LinkReused(uint256 link);
    error MatchProofInvalid();

    /// @notice Names the one contract that may spend payment requests. Governance, once.
    function setPaymentConsumer(address consumer) external;

    /// @notice EIP-712 digest of a request: what the terminal signs and what is spent.
    function hashRequest(Request calldata request) external view returns (bytes32);

    /// @notice EIP-712 digest of a scan: what the terminal signs.
    function hashScan(Scan calldata scan) external view returns (bytes32);

    /// @notice EIP-712 digest of an attestation: what operators sign.
    function hashAttestation(MatchAttestation calldata attestation) external view returns (bytes32);

    /// @notice Checks an answer without spending its request; reverts with the reason it is refused for.
    /// @param evidence palm lane: signatures of 65 bytes each (r, s, v), one after the other, by ascending signer; phone lane:
    /// `abi.encode` of a {PhoneEvidence}
    /// @return requestHash the request's digest
    /// @return attestationDigest the attestation's digest
    function verify(
        Request calldata request,
        bytes calldata requestSignature,
        Scan calldata scan,
        bytes calldata scanSignature,
        MatchAttestation calldata attestation,
        bytes calldata evidence
    ) external view returns (bytes32 requestHash, bytes32 attestationDigest);

    /// @notice {verify}, then marks the request as spent. Payments: the payment consumer only. Access and age: anyone.
    function spend(
        Request calldata request,
        bytes calldata requestSignature,
        Scan calldata scan,
        bytes calldata scanSignature,
        MatchAttestation calldata attestation,
        bytes calldata evidence
    ) external returns (bytes32 requestHash);

    /// @notice Checks a proof of membership ahead of the palm, so that the evidence of later answers may leave it out. Anybody may
    /// register any proof: it says of itself to whom it belongs.
    function registerMembership(
        bytes32 merchantId,
        bytes32 pseudonym,
        uint256 link,
        bytes32 root,
        uint256[8] calldata proof
    ) external;

    /// @notice Whether membership was registered, by {registerMembership} or by a request that was spent.
    function isMember(bytes32 merchantId, bytes32 pseudonym, uint256 link, bytes32 root) external view returns (bool);

    /// @notice Reverts unless `evidence` holds the signatures of a quorum over `digest`.
    function requireQuorum(bytes32 committeeId, uint32 epoch, bytes32 digest, bytes calldata evidence) external view;

    /// @notice Whether a request was spent.
    function isSpent(bytes32 requestHash) external view returns (bool);

    /// @notice The digest of the attestation that spent a request; zero while it is unspent.
    function anchorOf(bytes32 requestHash) external view returns (bytes32);
}
