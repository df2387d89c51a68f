// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title When a batch of commitments was there
/// @notice Verifier nodes put the Merkle root over a batch of salted commitments here, each to one attestation. The chain learns
/// their number and nothing else; who holds an attestation opens its leaf to whom it wants.
interface IAnchors {
    /// @param by who anchored it first
    /// @param time seconds since 1970
    /// @param count leaves under the root, as `by` says
    struct Anchor {
        address by;
        uint48 time;
        uint32 count;
    }

    event BatchAnchored(bytes32 indexed root, address indexed by, uint32 count, uint48 time);

    error BatchEmpty();
    error AlreadyAnchored(bytes32 root);

    /// @notice Anchors a root, once. Anybody may, for anything: a root says no more than that somebody knew it then.
    /// @param count leaves under it, at least 1
    function anchor(bytes32 root, uint32 count) external;

    /// @notice When a root was anchored and by whom; all zero where it never was.
    function anchoredAt(bytes32 root) external view returns (Anchor memory);
}
