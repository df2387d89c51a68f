// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Enrolment commitments
/// @notice Holds salted commitments and roots over encrypted shares, never a template or an unsalted hash of one.
interface IPalmRegistry {
    /// @param maxLivePerOwner live enrolments one owner may have (two hands, and one being replaced)
    /// @param maxOperationsPerWindow enrolments and renewals of one owner in any window; revoking is never limited
    /// @param operationsWindow seconds
    struct Parameters {
        uint16 maxLivePerOwner;
        uint16 maxOperationsPerWindow;
        uint32 operationsWindow;
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

    error ParametersInvalid();
    error ZeroCommitment();
    error DuplicateCommitment(bytes32 commitment);
    error EnrolmentUnknown(uint32 index);
    error NotEnrolmentOwner(uint32 index, address caller);
    error EnrolmentRevoked(uint32 index);
    error TooManyEnrolments(uint16 limit);
    error TooManyOperations(uint16 limit);

    /// @notice Enrols a commitment of the sender.
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
}
