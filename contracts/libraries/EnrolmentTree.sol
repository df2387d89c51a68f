// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PoseidonT3} from "poseidon-solidity/PoseidonT3.sol";

/// @title A LeanIMT (zk-kit) over Poseidon that holds its nodes, so that a leaf is replaced without siblings from outside
/// @dev The tree of `@zk-kit/lean-imt`: a node with two children is H(left, right), one with a left child alone is that child.
/// Who supplies siblings has to know the newest tree, which anybody's enrolment changes meanwhile: so that leaving is never
/// hindered, the contract knows them itself. Only nodes with two children are stored; the others are found by descending.
/// A node's key is its level times 2^32 plus its place. With 32-bit places a path has at most 32 nodes above its leaf.
library EnrolmentTree {
    uint256 private constant LEVEL_SHIFT = 32;

    /// @notice Appends the leaf number `index`, which is how many there were.
    /// @return node the new root
    function insert(mapping(uint256 key => uint256) storage nodes, uint256 index, uint256 leaf)
        internal
        returns (uint256 node)
    {
        return _write(nodes, index, index + 1, leaf);
    }

    /// @notice Replaces the leaf number `index` of `size`.
    /// @return node the new root
    function update(mapping(uint256 key => uint256) storage nodes, uint256 index, uint256 size, uint256 leaf)
        internal
        returns (uint256 node)
    {
        return _write(nodes, index, size, leaf);
    }

    function _write(mapping(uint256 key => uint256) storage nodes, uint256 index, uint256 size, uint256 leaf)
        private
        returns (uint256 node)
    {
        nodes[index] = leaf;
        node = leaf;
        uint256 place = index;
        uint256 level = 0;
        for (uint256 width = size; width > 1; width = (width + 1) >> 1) {
            if (place & 1 == 1) {
                // what stands to the left is full, so it is stored
                node = PoseidonT3.hash([nodes[_key(level, place - 1)], node]);
                nodes[_key(level + 1, place >> 1)] = node;
            } else if (place + 1 < width) {
                node = PoseidonT3.hash([node, _read(nodes, level, place + 1, size)]);
                nodes[_key(level + 1, place >> 1)] = node;
            }
            place >>= 1;
            ++level;
        }
    }

    /// @dev The node at `place`, which exists; down to where it has two children, or to its leaf.
    function _read(mapping(uint256 key => uint256) storage nodes, uint256 level, uint256 place, uint256 size)
        private
        view
        returns (uint256)
    {
        while (level != 0 && (2 * place + 1) << (level - 1) >= size) {
            place *= 2;
            --level;
        }
        return nodes[_key(level, place)];
    }

    function _key(uint256 level, uint256 place) private pure returns (uint256) {
        return level << LEVEL_SHIFT | place;
    }
}
