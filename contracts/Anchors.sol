// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAnchors} from "./interfaces/IAnchors.sol";

/// @title When a batch of commitments was there
/// @dev The first one stays: a later anchor of the same root could only make it look younger, or another's.
contract Anchors is IAnchors {
    mapping(bytes32 root => Anchor) private _anchors;

    /// @inheritdoc IAnchors
    function anchor(bytes32 root, uint32 count) external {
        if (count == 0) revert BatchEmpty();
        if (_anchors[root].time != 0) revert AlreadyAnchored(root);
        uint48 time = uint48(block.timestamp);
        _anchors[root] = Anchor({by: msg.sender, time: time, count: count});
        emit BatchAnchored(root, msg.sender, count, time);
    }

    /// @inheritdoc IAnchors
    function anchoredAt(bytes32 root) external view returns (Anchor memory) {
        return _anchors[root];
    }
}
