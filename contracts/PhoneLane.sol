// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMatchVerifier, MatchAttestation, PhoneEvidence, Policy, Request, Scan} from "./interfaces/IMatchVerifier.sol";
import {IMerchantRegistry} from "./interfaces/IMerchantRegistry.sol";
import {IPalmRegistry} from "./interfaces/IPalmRegistry.sol";
import {IProofVerifier} from "./interfaces/IProofVerifier.sol";
import {ProbeTree} from "./libraries/ProbeTree.sol";

/// @title The phone lane of MatchVerifier: two linked proofs in place of a quorum
/// @dev `proof-evidence.ts` of packages/protocol is the same list of rules for everybody off chain. Every public input is
/// computed here from what is signed; nothing of it is supplied, the scope point least of all.
///
/// A proof of membership is checked once for a merchant, pseudonym, link and root, and left out from then on: that halves what
/// an answer costs. Its root is checked each time, so what was registered ends with its root.
abstract contract PhoneLane is IMatchVerifier {
    uint16 private constant MOST_THRESHOLD = 600;
    /// @dev A digest without its 3 lowest bits is an element of the field.
    uint256 private constant CONTEXT_SHIFT = 3;
    bytes32 private constant POLICY_TYPEHASH = keccak256(
        "Policy(uint16 thresholdBits,uint16 marginBits,uint16 maxProbeCodes,uint16 firstPassBits)"
    );

    /// @dev Words of an encoded {PhoneEvidence}: the offset of the tuple, its 24 words, and the length of the path.
    uint256 private constant HEAD_WORDS = 26;
    uint256 private constant TUPLE_BYTES = 24 * 32;
    uint256 private constant MOST_SIBLINGS = 16;

    IMerchantRegistry public immutable merchantRegistry;
    IPalmRegistry public immutable palmRegistry;
    IProofVerifier public immutable membershipVerifier;
    IProofVerifier public immutable matchProofVerifier;

    mapping(bytes32 membership => bool) private _members;
    /// @dev keccak256 of merchant and pseudonym.
    mapping(uint256 link => bytes32 holder) private _holders;

    constructor(
        IMerchantRegistry merchants,
        IPalmRegistry palms,
        IProofVerifier membership,
        IProofVerifier match_
    ) {
        if (
            address(merchants) == address(0) || address(palms) == address(0) || address(membership) == address(0)
                || address(match_) == address(0)
        ) revert ZeroAddress();
        merchantRegistry = merchants;
        palmRegistry = palms;
        membershipVerifier = membership;
        matchProofVerifier = match_;
    }

    /// @inheritdoc IMatchVerifier
    function registerMembership(
        bytes32 merchantId,
        bytes32 pseudonym,
        uint256 link,
        bytes32 root,
        uint256[8] calldata proof
    ) external {
        // a root that never was can become none later that this proof is for, and is most likely a mistake
        palmRegistry.rootOf(root);
        _checkHolder(merchantId, pseudonym, link);
        _checkMembershipProof(merchantId, pseudonym, link, root, proof);
        _remember(merchantId, pseudonym, link, root);
    }

    /// @inheritdoc IMatchVerifier
    function isMember(bytes32 merchantId, bytes32 pseudonym, uint256 link, bytes32 root) public view returns (bool) {
        return _members[keccak256(abi.encode(merchantId, pseudonym, link, root))];
    }

    /// @dev Everything the evidence of an answer is refused for. Request, scan and attestation are known to belong together.
    function _checkProofs(
        Request calldata request,
        Scan calldata scan,
        MatchAttestation calldata attestation,
        bytes32 attestationDigest,
        bytes calldata evidence
    ) internal view {
        PhoneEvidence calldata proofs = _read(evidence);
        _checkPolicy(request, scan, proofs.policy);
        if (!ProbeTree.holds(scan.probeRoot, scan.leafCount, proofs.probeIndex, proofs.probe, proofs.probePath)) {
            revert ProbeUnsigned(proofs.probe, proofs.probeIndex);
        }
        palmRegistry.requireUsableRoot(attestation.galleryRoot, request.issuedAt, scan.capturedAt);
        _checkMembership(attestation, proofs.link, proofs.membershipProof);
        uint256[5] memory inputs = [
            proofs.link,
            proofs.probe,
            uint256(attestationDigest) >> CONTEXT_SHIFT,
            proofs.policy.thresholdBits,
            uint160(attestation.payer)
        ];
        if (!matchProofVerifier.verify(inputs, proofs.matchProof)) revert MatchProofInvalid();
    }

    /// @dev After {_checkProofs}.
    function _rememberMember(MatchAttestation calldata attestation, bytes calldata evidence) internal {
        uint256 link = _read(evidence).link;
        if (!isMember(attestation.merchantId, attestation.pseudonym, link, attestation.galleryRoot)) {
            _remember(attestation.merchantId, attestation.pseudonym, link, attestation.galleryRoot);
        }
    }

    function _checkPolicy(Request calldata request, Scan calldata scan, Policy calldata policy) private pure {
        bytes32 policyHash = keccak256(abi.encode(POLICY_TYPEHASH, policy));
        if (policyHash != request.policyHash) revert PolicyMismatch(request.policyHash, policyHash);
        if (policy.thresholdBits == 0 || policy.thresholdBits > MOST_THRESHOLD) {
            revert ThresholdOutOfRange(policy.thresholdBits);
        }
        if (scan.leafCount > policy.maxProbeCodes) revert ScanTooLarge(scan.leafCount, policy.maxProbeCodes);
    }

    function _checkMembership(MatchAttestation calldata attestation, uint256 link, uint256[8] calldata proof)
        private
        view
    {
        bytes32 merchantId = attestation.merchantId;
        bytes32 pseudonym = attestation.pseudonym;
        bytes32 root = attestation.galleryRoot;
        _checkHolder(merchantId, pseudonym, link);
        if (!_isZero(proof)) _checkMembershipProof(merchantId, pseudonym, link, root, proof);
        else if (!isMember(merchantId, pseudonym, link, root)) revert MembershipUnknown();
    }

    function _checkMembershipProof(
        bytes32 merchantId,
        bytes32 pseudonym,
        uint256 link,
        bytes32 root,
        uint256[8] calldata proof
    ) private view {
        (uint256 x, uint256 y) = merchantRegistry.scopePointOf(merchantId);
        uint256[5] memory inputs = [uint256(root), link, x, y, uint256(pseudonym)];
        if (!membershipVerifier.verify(inputs, proof)) revert MembershipProofInvalid();
    }

    function _checkHolder(bytes32 merchantId, bytes32 pseudonym, uint256 link) private view {
        bytes32 holder = _holders[link];
        if (holder != 0 && holder != keccak256(abi.encode(merchantId, pseudonym))) revert LinkReused(link);
    }

    function _remember(bytes32 merchantId, bytes32 pseudonym, uint256 link, bytes32 root) private {
        _members[keccak256(abi.encode(merchantId, pseudonym, link, root))] = true;
        _holders[link] = keccak256(abi.encode(merchantId, pseudonym));
        emit MembershipRegistered(merchantId, pseudonym, link, root);
    }

    /// @dev The one encoding that `abi.encode` has, in place: a decoder that copies it would take other spellings, and refuse
    /// nonsense without a name.
    function _read(bytes calldata evidence) private pure returns (PhoneEvidence calldata proofs) {
        uint256 length = evidence.length;
        if (length < HEAD_WORDS * 32) revert EvidenceMalformed(length);
        uint256 siblings = _word(evidence, HEAD_WORDS - 1);
        bool isCanonical = siblings <= MOST_SIBLINGS && length == (HEAD_WORDS + siblings) * 32
            && _word(evidence, 0) == 32 && _word(evidence, 16) == TUPLE_BYTES;
        // policy and index are of 16 bits
        uint256 small = _word(evidence, 1) | _word(evidence, 2) | _word(evidence, 3) | _word(evidence, 4)
            | _word(evidence, 14);
        if (!isCanonical || small > type(uint16).max) revert EvidenceMalformed(length);
        assembly ("memory-safe") {
            proofs := add(evidence.offset, 0x20)
        }
    }

    function _word(bytes calldata data, uint256 index) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := calldataload(add(data.offset, mul(index, 0x20)))
        }
    }

    function _isZero(uint256[8] calldata words) private pure returns (bool) {
        uint256 bits;
        for (uint256 i = 0; i < 8; ++i) {
            bits |= words[i];
        }
        return bits == 0;
    }
}
