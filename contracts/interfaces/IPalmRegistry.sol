// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Enrolment commitments, and the tree that the phone lane proves membership in
/// @notice Holds salted commitments and roots over encrypted shares, never a template or an unsalted hash of one.
///
/// Each change of a leaf makes a new root, numbered from 1. A root counts for a request when it is old enough, not replaced for
/// too long, and no revocation or renewal after it has reached its checkpoint: time is cut into intervals, and whatever leaves
/// in one is refused from its end and a delay on, all at once. With a delay of at least the minimum age and a request's life
/// there is a root at any time that counts for the whole of a request, however many leave.
interface IPalmRegistry {
    /// @param maxLivePerOwner live enrolments one owner may have (two hands, and one being replaced)
    /// @param maxOperationsPerWindow enrolments and renewals of one owner in any window; revoking is never limited
    /// @param operationsWindow seconds
    /// @param minRootAge seconds a root must have stood before a request was issued: a wallet sees the probe of its request, and
    /// could enrol it on the spot
    /// @param maxRootAge seconds a root counts after it was replaced
    /// @param checkpointInterval seconds between checkpoints, at least 1
    /// @param checkpointDelay seconds from a checkpoint until what left before it is refused
    struct Parameters {
        uint16 maxLivePerOwner;
        uint16 maxOperationsPerWindow;
        uint32 operationsWindow;
        uint32 minRootAge;
        uint32 maxRootAge;
        uint32 checkpointInterval;
        uint32 checkpointDelay;
    }

    /// @param createdAt seconds since 1970
    /// @param supersededAt when the next root came; 0 for the newest
    /// @param refusedFrom from when on a checkpoint refuses it; 0 while none does
    /// @param sequence its number, from 1
    struct Root {
        uint48 createdAt;
        uint48 supersededAt;
        uint48 refusedFrom;
        uint32 sequence;
    }

    /// @param commitment zero once revoked
    /// @param sharesRoot Merkle root over the shares the nodes hold; zero where only the phone lane is used
    struct Enrolment {
        address owner;
        uint48 updatedAt;
        bool live;
        bytes32 commitment;
        bytes32 sharesRoot;
    }

    event Enrolled(uint32 indexed index, address indexed owner, bytes32 commitment, bytes32 sharesRoot);
    event Renewed(uint32 indexed index, address indexed owner, bytes32 commitment, bytes32 sharesRoot);
    event Revoked(uint32 indexed index, address indexed owner);
    /// @notice A leaf is another one now; zero once revoked. `replaces` tells an enrolment from a renewal or revocation.
    event LeafChanged(
        uint32 indexed index, uint32 indexed sequence, bytes32 leaf, bytes32 root, uint48 time, bool replaces
    );

    error ParametersInvalid();
    error ZeroCommitment();
    error DuplicateCommitment(bytes32 commitment);
    error EnrolmentUnknown(uint32 index);
    error NotEnrolmentOwner(uint32 index, address caller);
    error EnrolmentRevoked(uint32 index);
    error TooManyEnrolments(uint16 limit);
    error TooManyOperations(uint16 limit);
    error CommitmentNotInField(bytes32 commitment);
    error RegistryFull();
    error RootUnknown(bytes32 root);
    error RootTooYoung(bytes32 root, uint48 createdAt);
    error RootTooOld(bytes32 root, uint48 supersededAt);
    error RootRevoked(bytes32 root, uint48 refusedFrom);

    /// @notice Enrols a commitment of the sender, which the leaf names: nobody enrols a palm that pays from another's account.
    /// @param commitment an element of BN254's scalar field, not zero
    /// @param sharesRoot Merkle root over the shares the nodes hold; zero where only the phone lane is used
    /// @return index its place, counted from 0
    function enrol(bytes32 commitment, bytes32 sharesRoot) external returns (uint32 index);

    /// @notice Replaces a commitment in its place.
    function renew(uint32 index, bytes32 newCommitment, bytes32 newSharesRoot) external;

    /// @notice Removes a commitment; its place stays empty and its commitment is never accepted again.
    function revoke(uint32 index) external;

    function enrolmentOf(uint32 index) external view returns (Enrolment memory);

    /// @notice How many places have been given out.
    function enrolmentCount() external view returns (uint32);

    function liveCountOf(address owner) external view returns (uint16);

    function parameters() external view returns (Parameters memory);

    /// @notice Reverts unless membership under `root` counts for a request of `issuedAt` that was scanned at `capturedAt`.
    function requireUsableRoot(bytes32 root, uint256 issuedAt, uint256 capturedAt) external view;

    /// @notice A root's times; reverts for one that never was, and for 0.
    function rootOf(bytes32 root) external view returns (Root memory);

    /// @notice The newest root; 0 while nobody has enrolled.
    function currentRoot() external view returns (bytes32);

    /// @notice A leaf as it is now; 0 once revoked.
    function leafOf(uint32 index) external view returns (bytes32);
}
