// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Membership in the Merkle tree over a probe's codes
/// @dev `merkle-tree.ts` of packages/protocol: keccak256 with one prefix for leaves and another for nodes (RFC 6962, section
/// 2.1), and an odd node is carried up as it is.
library ProbeTree {
    /// @notice Whether `leaf` is number `index` of the `count` leaves under `root`; `path` holds its siblings and nothing more.
    function holds(bytes32 root, uint256 count, uint256 index, uint256 leaf, bytes32[] calldata path)
        internal
        pure
        returns (bool)
    {
        if (index >= count) return false;
        bytes32 hash = keccak256(abi.encodePacked(uint8(0), leaf));
        uint256 used = 0;
        for (uint256 width = count; width > 1; width = (width + 1) >> 1) {
            // the last node of an odd level has no sibling
            if ((index ^ 1) < width) {
                if (used == path.length) return false;
                bytes32 sibling = path[used++];
                hash = index & 1 == 0
                    ? keccak256(abi.encodePacked(uint8(1), hash, sibling))
                    : keccak256(abi.encodePacked(uint8(1), sibling, hash));
            }
            index >>= 1;
        }
        return used == path.length && hash == root;
    }
}
