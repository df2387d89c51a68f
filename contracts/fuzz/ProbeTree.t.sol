// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ProbeTree} from "../libraries/ProbeTree.sol";

/// @title Fuzz test of the tree over a probe's codes, against a tree that is built whole
contract ProbeTreeTest {
    uint256 private constant MOST = 40;

    /// @notice A code is found at its own place, with its own path, and nowhere else.
    function testFuzz_findsEachCodeAtItsPlaceAlone(uint256 seed) external view {
        uint256 count = seed % MOST + 1;
        uint256 index = (seed >> 8) % count;
        uint256[] memory codes = new uint256[](count);
        for (uint256 i = 0; i < count; ++i) {
            codes[i] = uint256(keccak256(abi.encode(seed, i)));
        }
        (bytes32 root, bytes32[] memory path) = build(codes, index);
        require(this.holds(root, count, index, codes[index], path), "loses a code");
        uint256 bit = 1 << (seed >> 16 & 0xff);
        require(!this.holds(root, count, index, codes[index] ^ bit, path), "finds another code");
        require(!this.holds(root ^ bytes32(bit), count, index, codes[index], path), "under another root");
        require(!this.holds(root, count, count + (seed >> 32) % 8, codes[index], path), "beyond its end");
        uint256 other = (seed >> 24) % count;
        require(other == index || !this.holds(root, count, other, codes[index], path), "at another place");
        if (path.length == 0) return;
        path[(seed >> 40) % path.length] ^= bytes32(bit);
        require(!this.holds(root, count, index, codes[index], path), "by another path");
    }

    /// @notice A path of another length is none, also where it begins or ends as the right one.
    function testFuzz_takesWholePathsAlone(uint256 seed) external view {
        uint256[] memory codes = new uint256[](seed % MOST + 1);
        (bytes32 root, bytes32[] memory path) = build(codes, 0);
        bytes32[] memory longer = new bytes32[](path.length + 1);
        for (uint256 i = 0; i < path.length; ++i) {
            longer[i] = path[i];
        }
        longer[path.length] = seed & 1 == 0 ? bytes32(0) : root;
        require(!this.holds(root, codes.length, 0, 0, longer), "takes a longer one");
        if (path.length == 0) return;
        bytes32[] memory shorter = new bytes32[](path.length - 1);
        for (uint256 i = 0; i < shorter.length; ++i) {
            shorter[i] = path[i];
        }
        require(!this.holds(root, codes.length, 0, 0, shorter), "takes a shorter one");
        // a node in the place of a leaf is hashed as a leaf
        require(!this.holds(root, 1, 0, uint256(root), new bytes32[](0)), "takes a node for a leaf");
    }

    function holds(bytes32 root, uint256 count, uint256 index, uint256 leaf, bytes32[] calldata path)
        external
        pure
        returns (bool)
    {
        return ProbeTree.holds(root, count, index, leaf, path);
    }

    function build(uint256[] memory codes, uint256 index) private pure returns (bytes32 root, bytes32[] memory path) {
        uint256 width = codes.length;
        bytes32[] memory level = new bytes32[](width);
        for (uint256 i = 0; i < width; ++i) {
            level[i] = keccak256(bytes.concat(hex"00", bytes32(codes[i])));
        }
        bytes32[] memory siblings = new bytes32[](16);
        uint256 used = 0;
        while (width > 1) {
            if (index ^ 1 < width) siblings[used++] = level[index ^ 1];
            for (uint256 i = 0; i < width; i += 2) {
                level[i / 2] =
                    i + 1 < width ? keccak256(bytes.concat(hex"01", level[i], level[i + 1])) : level[i];
            }
            width = (width + 1) / 2;
            index /= 2;
        }
        path = new bytes32[](used);
        for (uint256 i = 0; i < used; ++i) {
            path[i] = siblings[i];
        }
        root = level[0];
    }
}
