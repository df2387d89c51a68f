// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ownable, Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IMatchVerifier, MatchAttestation, Request, Scan} from "./interfaces/IMatchVerifier.sol";
import {IMerchantRegistry} from "./interfaces/IMerchantRegistry.sol";
import {IOperatorRegistry} from "./interfaces/IOperatorRegistry.sol";
import {IPalmRegistry} from "./interfaces/IPalmRegistry.sol";
import {IProofVerifier} from "./interfaces/IProofVerifier.sol";
import {PhoneLane} from "./PhoneLane.sol";

/// @title Checks that a palm matched for one request, and spends the request
/// @dev Every rule is named by its own error; `rules.ts` of packages/protocol is the same list for everybody off chain.
///
/// Evidence of the palm lane is k ECDSA signatures over one digest: up to about 22 signers that is cheaper than an aggregated
/// BLS signature, and committees have at most 15 members. Evidence is one packed byte string, because an array of byte
/// strings costs two more words of calldata for each signature.
contract MatchVerifier is PhoneLane, EIP712, Ownable2Step {
    uint8 private constant VERSION = 1;
    uint8 private constant PAYMENT = 1;
    uint8 private constant AGE = 3;
    uint8 private constant PHONE_LANE = 1;
    uint8 private constant PALM_LANE = 2;
    uint8 private constant PALM_FACTOR = 1;

    uint256 private constant REQUEST_LIFETIME = 120;
    uint256 private constant CLOCK_SKEW = 30;
    uint256 private constant SETTLE_WITHIN = 600;
    uint256 private constant SIGNATURE_BYTES = 65;

    bytes32 private constant REQUEST_TYPEHASH = keccak256(
        "Request(uint8 requestType,bytes32 merchantId,address terminal,address payee,address token,uint64 amountMinor,uint8 lane,uint8 factors,bytes32 policyHash,bytes32 committeeId,uint32 committeeEpoch,bytes32 orderHash,bytes32 nonce,uint64 issuedAt,uint64 expiry)"
    );
    bytes32 private constant SCAN_TYPEHASH = keccak256(
        "Scan(bytes32 requestHash,bytes32 probeRoot,uint16 leafCount,bytes32 probeSharesRoot,uint64 capturedAt)"
    );
    bytes32 private constant ATTESTATION_TYPEHASH = keccak256(
        "MatchAttestation(uint8 version,uint8 lane,bytes32 merchantId,address terminal,bytes32 requestHash,bytes32 scanHash,bytes32 pseudonym,uint8 factors,address payer,bytes32 committeeId,uint32 committeeEpoch,bytes32 galleryRoot,uint64 expiry)"
    );

    IOperatorRegistry public immutable operatorRegistry;

    /// @notice The one contract that may spend payment requests.
    address public paymentConsumer;

    /// @inheritdoc IMatchVerifier
    /// @dev Holds the digest and not a flag: the slot costs the same and says which answer spent the request.
    mapping(bytes32 requestHash => bytes32 attestationDigest) public anchorOf;

    /// @param membership verifier of the membership circuit
    /// @param match_ verifier of the match circuit
    constructor(
        address owner,
        IOperatorRegistry operators,
        IMerchantRegistry merchants,
        IPalmRegistry palms,
        IProofVerifier membership,
        IProofVerifier match_
    ) EIP712("Palmhold", "1") Ownable(owner) PhoneLane(merchants, palms, membership, match_) {
        if (address(operators) == address(0)) revert ZeroAddress();
        operatorRegistry = operators;
    }

    /// @inheritdoc IMatchVerifier
    function setPaymentConsumer(address consumer) external onlyOwner {
        if (consumer == address(0)) revert ZeroAddress();
        if (paymentConsumer != address(0)) revert PaymentConsumerAlreadySet();
        paymentConsumer = consumer;
        emit PaymentConsumerSet(consumer);
    }

    /// @inheritdoc IMatchVerifier
    function spend(
        Request calldata request,
        bytes calldata requestSignature,
        Scan calldata scan,
        bytes calldata scanSignature,
        MatchAttestation calldata attestation,
        bytes calldata evidence
    ) external returns (bytes32 requestHash) {
        if (request.requestType == PAYMENT && msg.sender != paymentConsumer) revert OnlyPaymentConsumer(msg.sender);
        requestHash = hashRequest(request);
        // first of all, so that a replay is refused as a replay and not as expired
        if (anchorOf[requestHash] != 0) revert RequestAlreadySpent(requestHash);
        bytes32 attestationDigest =
            _verify(requestHash, request, requestSignature, scan, scanSignature, attestation, evidence);
        anchorOf[requestHash] = attestationDigest;
        if (request.lane == PHONE_LANE) _rememberMember(attestation, evidence);
        emit Anchored(requestHash, request.merchantId, attestationDigest);
    }

    /// @inheritdoc IMatchVerifier
    function verify(
        Request calldata request,
        bytes calldata requestSignature,
        Scan calldata scan,
        bytes calldata scanSignature,
        MatchAttestation calldata attestation,
        bytes calldata evidence
    ) external view returns (bytes32 requestHash, bytes32 attestationDigest) {
        requestHash = hashRequest(request);
        attestationDigest =
            _verify(requestHash, request, requestSignature, scan, scanSignature, attestation, evidence);
    }

    /// @inheritdoc IMatchVerifier
    function isSpent(bytes32 requestHash) external view returns (bool) {
        return anchorOf[requestHash] != 0;
    }

    /// @inheritdoc IMatchVerifier
    function hashRequest(Request calldata request) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(REQUEST_TYPEHASH, request)));
    }

    /// @inheritdoc IMatchVerifier
    function hashScan(Scan calldata scan) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(SCAN_TYPEHASH, scan)));
    }

    /// @inheritdoc IMatchVerifier
    function hashAttestation(MatchAttestation calldata attestation) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(ATTESTATION_TYPEHASH, attestation)));
    }

    /// @inheritdoc IMatchVerifier
    /// @dev Recovered signers are ascending, therefore distinct. One bad signature refuses all of them, even above the
    /// quorum: a caller that sends garbage does not know what it sends. Costs about 6,500 gas for each signature.
    function requireQuorum(bytes32 committeeId, uint32 epoch, bytes32 digest, bytes calldata evidence) public view {
        uint256 count = evidence.length / SIGNATURE_BYTES;
        if (count == 0 || count * SIGNATURE_BYTES != evidence.length) revert SignaturesMalformed(evidence.length);
        address[] memory signers = new address[](count);
        address last;
        for (uint256 i = 0; i < count; ++i) {
            (address signer, ECDSA.RecoverError failure,) =
                ECDSA.tryRecoverCalldata(digest, evidence[i * SIGNATURE_BYTES:(i + 1) * SIGNATURE_BYTES]);
            if (failure != ECDSA.RecoverError.NoError) revert OperatorSignatureInvalid(i);
            if (signer <= last) revert SignersNotAscending(i);
            signers[i] = last = signer;
        }
        operatorRegistry.requireQuorum(committeeId, epoch, signers);
    }

    /// @dev Both lanes come in here: what binds request, scan and attestation is the same, only the evidence differs.
    function _verify(
        bytes32 requestHash,
        Request calldata request,
        bytes calldata requestSignature,
        Scan calldata scan,
        bytes calldata scanSignature,
        MatchAttestation calldata attestation,
        bytes calldata evidence
    ) private view returns (bytes32 attestationDigest) {
        bytes32 scanHash = hashScan(scan);
        if (scan.requestHash != requestHash) revert ScanRequestMismatch(requestHash, scan.requestHash);
        if (attestation.requestHash != requestHash) {
            revert AttestationRequestMismatch(requestHash, attestation.requestHash);
        }
        if (attestation.scanHash != scanHash) revert AttestationScanMismatch(scanHash, attestation.scanHash);
        _checkFields(request, scan, attestation);
        _checkTimes(request, scan, attestation);
        if (!merchantRegistry.isActiveTerminal(request.merchantId, request.terminal)) {
            revert TerminalInactive(request.merchantId, request.terminal);
        }
        if (!_isSignedBy(request.terminal, requestHash, requestSignature)) revert RequestSignatureInvalid();
        if (!_isSignedBy(request.terminal, scanHash, scanSignature)) revert ScanSignatureInvalid();

        attestationDigest = hashAttestation(attestation);
        if (request.lane == PHONE_LANE) _checkProofs(request, scan, attestation, attestationDigest, evidence);
        else requireQuorum(request.committeeId, request.committeeEpoch, attestationDigest, evidence);
    }

    function _checkFields(Request calldata request, Scan calldata scan, MatchAttestation calldata attestation)
        private
        pure
    {
        if (request.requestType < PAYMENT || request.requestType > AGE) revert RequestTypeUnknown(request.requestType);
        if (request.lane != PHONE_LANE && request.lane != PALM_LANE) revert LaneUnknown(request.lane);
        if (request.lane == PHONE_LANE) {
            if (request.committeeId != 0 || request.committeeEpoch != 0) {
                revert CommitteeForbidden(request.committeeId, request.committeeEpoch);
            }
            if (scan.probeSharesRoot != 0) revert SharesForbidden();
        }
        if (scan.leafCount == 0) revert ScanEmpty();
        if (attestation.version != VERSION) revert VersionUnsupported(attestation.version);
        if (attestation.lane != request.lane) revert AttestationLaneMismatch(request.lane, attestation.lane);
        if (attestation.merchantId != request.merchantId) {
            revert AttestationMerchantMismatch(request.merchantId, attestation.merchantId);
        }
        if (attestation.terminal != request.terminal) {
            revert AttestationTerminalMismatch(request.terminal, attestation.terminal);
        }
        if (
            attestation.committeeId != request.committeeId || attestation.committeeEpoch != request.committeeEpoch
        ) revert AttestationCommitteeMismatch(attestation.committeeId, attestation.committeeEpoch);
        // a palm is part of every answer
        if (request.factors & PALM_FACTOR == 0) revert FactorsInvalid(request.factors);
        if (attestation.factors & request.factors != request.factors) {
            revert FactorsMissing(request.factors, attestation.factors);
        }
        if (request.requestType == PAYMENT) {
            if (request.amountMinor == 0) revert AmountInvalid(request.amountMinor);
            if (request.payee == address(0) || request.token == address(0)) revert PartiesInvalid();
            if (attestation.payer == address(0)) revert PayerMissing();
        } else {
            if (request.amountMinor != 0) revert AmountInvalid(request.amountMinor);
            if (request.payee != address(0) || request.token != address(0)) revert PartiesInvalid();
            if (attestation.payer != address(0)) revert PayerForbidden();
        }
    }

    /// @dev Sums are taken in 256 bits: times near the end of uint64 must not wrap.
    function _checkTimes(Request calldata request, Scan calldata scan, MatchAttestation calldata attestation)
        private
        view
    {
        uint256 issuedAt = request.issuedAt;
        uint256 expiry = request.expiry;
        if (expiry <= issuedAt || expiry - issuedAt > REQUEST_LIFETIME) {
            revert RequestWindowInvalid(request.issuedAt, request.expiry);
        }
        if (issuedAt > block.timestamp + CLOCK_SKEW) revert RequestFromFuture(request.issuedAt);
        uint256 capturedAt = scan.capturedAt;
        if (capturedAt + CLOCK_SKEW < issuedAt || capturedAt > expiry + CLOCK_SKEW) {
            revert ScanTimeInvalid(scan.capturedAt);
        }
        if (attestation.expiry < expiry || attestation.expiry > expiry + SETTLE_WITHIN) {
            revert AttestationExpiryInvalid(attestation.expiry);
        }
        if (block.timestamp > attestation.expiry) revert AttestationExpired(attestation.expiry);
    }

    /// @dev Low s and 65 bytes only (ECDSA of OpenZeppelin), so a signature has one form.
    function _isSignedBy(address signer, bytes32 digest, bytes calldata signature) private pure returns (bool) {
        (address recovered, ECDSA.RecoverError failure,) = ECDSA.tryRecoverCalldata(digest, signature);
        return failure == ECDSA.RecoverError.NoError && recovered == signer;
    }
}
