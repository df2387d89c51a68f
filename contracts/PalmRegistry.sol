// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IPalmRegistry} from "./interfaces/IPalmRegistry.sol";
import {SlidingWindow} from "./libraries/SlidingWindow.sol";

/// @title Enrolment commitments
/// @dev Nobody governs it: who enrolled a commitment alone renews and revokes it.
contract PalmRegistry is IPalmRegistry {
    using SlidingWindow for uint256;

    uint16 private immutable _maxLivePerOwner;
    uint16 private immutable _maxOperationsPerWindow;
    uint32 private immutable _operationsWindow;

    Enrolment[] private _enrolments;
    mapping(bytes32 commitment => bool) private _used;
    mapping(address owner => uint16) public liveCountOf;
    mapping(address owner => uint256 window) private _operations;

    constructor(Parameters memory params) {
        if (params.maxLivePerOwner == 0 || params.maxOperationsPerWindow == 0) revert ParametersInvalid();
        _maxLivePerOwner = params.maxLivePerOwner;
        _maxOperationsPerWindow = params.maxOperationsPerWindow;
        _operationsWindow = params.operationsWindow;
    }

    /// @inheritdoc IPalmRegistry
    function enrol(bytes32 commitment, bytes32 sharesRoot) external returns (uint32 index) {
        _countOperation();
        _use(commitment);
        if (liveCountOf[msg.sender] >= _maxLivePerOwner) revert TooManyEnrolments(_maxLivePerOwner);
        ++liveCountOf[msg.sender];
        index = uint32(_enrolments.length);
        _enrolments.push(
            Enrolment({
                owner: msg.sender,
                updatedAt: uint48(block.timestamp),
                live: true,
                commitment: commitment,
                sharesRoot: sharesRoot
            })
        );
        _leafChanged(index, 0, commitment);
        emit Enrolled(index, msg.sender, commitment, sharesRoot);
    }

    /// @inheritdoc IPalmRegistry
    function renew(uint32 index, bytes32 newCommitment, bytes32 newSharesRoot) external {
        Enrolment storage enrolment = _ownLive(index);
        _countOperation();
        _use(newCommitment);
        bytes32 oldCommitment = enrolment.commitment;
        enrolment.updatedAt = uint48(block.timestamp);
        enrolment.commitment = newCommitment;
        enrolment.sharesRoot = newSharesRoot;
        _leafChanged(index, oldCommitment, newCommitment);
        emit Renewed(index, msg.sender, newCommitment, newSharesRoot);
    }

    /// @inheritdoc IPalmRegistry
    /// @dev Not counted as an operation: the limit must never keep anybody from leaving.
    function revoke(uint32 index) external {
        Enrolment storage enrolment = _ownLive(index);
        bytes32 oldCommitment = enrolment.commitment;
        enrolment.updatedAt = uint48(block.timestamp);
        enrolment.live = false;
        enrolment.commitment = 0;
        enrolment.sharesRoot = 0;
        --liveCountOf[msg.sender];
        _leafChanged(index, oldCommitment, 0);
        emit Revoked(index, msg.sender);
    }

    /// @inheritdoc IPalmRegistry
    function enrolmentOf(uint32 index) external view returns (Enrolment memory) {
        if (index >= _enrolments.length) revert EnrolmentUnknown(index);
        return _enrolments[index];
    }

    /// @inheritdoc IPalmRegistry
    function enrolmentCount() external view returns (uint32) {
        return uint32(_enrolments.length);
    }

    /// @inheritdoc IPalmRegistry
    function parameters() external view returns (Parameters memory) {
        return Parameters(_maxLivePerOwner, _maxOperationsPerWindow, _operationsWindow);
    }

    /// @dev Called for every change of a leaf, before the event: zero stands for an empty place. The Merkle tree over the
    /// commitments and its root history, which the phone lane proves membership in, hang here; the palm lane needs neither.
    function _leafChanged(uint32 index, bytes32 oldLeaf, bytes32 newLeaf) internal virtual {}

    function _ownLive(uint32 index) private view returns (Enrolment storage enrolment) {
        if (index >= _enrolments.length) revert EnrolmentUnknown(index);
        enrolment = _enrolments[index];
        if (enrolment.owner != msg.sender) revert NotEnrolmentOwner(index, msg.sender);
        if (!enrolment.live) revert EnrolmentRevoked(index);
    }

    function _use(bytes32 commitment) private {
        if (commitment == 0) revert ZeroCommitment();
        if (_used[commitment]) revert DuplicateCommitment(commitment);
        _used[commitment] = true;
    }

    function _countOperation() private {
        (uint256 next, uint256 sum) = _operations[msg.sender].add(block.timestamp, _operationsWindow, 1);
        if (sum > _maxOperationsPerWindow) revert TooManyOperations(_maxOperationsPerWindow);
        _operations[msg.sender] = next;
    }
}
