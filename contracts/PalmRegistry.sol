// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PoseidonT4} from "poseidon-solidity/PoseidonT4.sol";
import {IPalmRegistry} from "./interfaces/IPalmRegistry.sol";
import {EnrolmentTree} from "./libraries/EnrolmentTree.sol";
import {SlidingWindow} from "./libraries/SlidingWindow.sol";

/// @title Enrolment commitments, and the tree that the phone lane proves membership in
/// @dev Nobody governs it: who enrolled a commitment alone renews and revokes it.
contract PalmRegistry is IPalmRegistry {
    using EnrolmentTree for mapping(uint256 key => uint256);
    using SlidingWindow for uint256;

    /// @dev Scalar field of BN254.
    uint256 private constant FIELD_ORDER = 21888242871839275222246405745257275088548364400416034343698204186575808495617;
    uint256 private constant LEAF_TAG = uint120(bytes15("palmhold/leaf/1"));

    /// @dev `leavers` counts renewals and revocations up to this root: the next one after it is number `leavers`.
    struct RootState {
        uint48 createdAt;
        uint48 supersededAt;
        uint32 sequence;
        uint32 leavers;
    }

    uint16 private immutable _maxLivePerOwner;
    uint16 private immutable _maxOperationsPerWindow;
    uint32 private immutable _operationsWindow;
    uint32 private immutable _minRootAge;
    uint32 private immutable _maxRootAge;
    uint32 private immutable _checkpointInterval;
    uint32 private immutable _checkpointDelay;

    Enrolment[] private _enrolments;
    mapping(bytes32 commitment => bool) private _used;
    mapping(address owner => uint16) public liveCountOf;
    mapping(address owner => uint256 window) private _operations;
    mapping(uint256 key => uint256) private _nodes;
    /// @inheritdoc IPalmRegistry
    bytes32 public currentRoot;
    mapping(bytes32 root => RootState) private _roots;
    /// @dev When each renewal and revocation was made, five to a slot.
    mapping(uint256 leaver => uint48[5]) private _leftAt;

    constructor(Parameters memory params) {
        if (params.maxLivePerOwner == 0 || params.maxOperationsPerWindow == 0 || params.checkpointInterval == 0) {
            revert ParametersInvalid();
        }
        _maxLivePerOwner = params.maxLivePerOwner;
        _maxOperationsPerWindow = params.maxOperationsPerWindow;
        _operationsWindow = params.operationsWindow;
        _minRootAge = params.minRootAge;
        _maxRootAge = params.maxRootAge;
        _checkpointInterval = params.checkpointInterval;
        _checkpointDelay = params.checkpointDelay;
    }

    /// @inheritdoc IPalmRegistry
    function enrol(bytes32 commitment, bytes32 sharesRoot) external returns (uint32 index) {
        _countOperation();
        _use(commitment);
        if (liveCountOf[msg.sender] >= _maxLivePerOwner) revert TooManyEnrolments(_maxLivePerOwner);
        ++liveCountOf[msg.sender];
        if (_enrolments.length > type(uint32).max) revert RegistryFull();
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
        uint256 leaf = _leafOf(commitment);
        _addRoot(index, leaf, _nodes.insert(index, leaf), false);
        emit Enrolled(index, msg.sender, commitment, sharesRoot);
    }

    /// @inheritdoc IPalmRegistry
    function renew(uint32 index, bytes32 newCommitment, bytes32 newSharesRoot) external {
        Enrolment storage enrolment = _ownLive(index);
        _countOperation();
        _use(newCommitment);
        enrolment.updatedAt = uint48(block.timestamp);
        enrolment.commitment = newCommitment;
        enrolment.sharesRoot = newSharesRoot;
        _replaceLeaf(index, _leafOf(newCommitment));
        emit Renewed(index, msg.sender, newCommitment, newSharesRoot);
    }

    /// @inheritdoc IPalmRegistry
    /// @dev Not counted as an operation: the limit must never keep anybody from leaving.
    function revoke(uint32 index) external {
        Enrolment storage enrolment = _ownLive(index);
        enrolment.updatedAt = uint48(block.timestamp);
        enrolment.live = false;
        enrolment.commitment = 0;
        enrolment.sharesRoot = 0;
        --liveCountOf[msg.sender];
        _replaceLeaf(index, 0);
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
        return Parameters(
            _maxLivePerOwner,
            _maxOperationsPerWindow,
            _operationsWindow,
            _minRootAge,
            _maxRootAge,
            _checkpointInterval,
            _checkpointDelay
        );
    }

    /// @inheritdoc IPalmRegistry
    /// @dev At the signed scan time and not at the block's, as everybody off chain judges it: a proof that a merchant took is
    /// not lost while its transaction waits. How far a terminal can date back is bounded by what MatchVerifier settles.
    function requireUsableRoot(bytes32 root, uint256 issuedAt, uint256 capturedAt) external view {
        RootState memory state = _known(root);
        if (state.createdAt + uint256(_minRootAge) > issuedAt) revert RootTooYoung(root, state.createdAt);
        if (state.supersededAt != 0 && capturedAt > state.supersededAt + uint256(_maxRootAge)) {
            revert RootTooOld(root, state.supersededAt);
        }
        uint48 refusedFrom = _refusedFrom(state.leavers);
        if (refusedFrom != 0 && capturedAt >= refusedFrom) revert RootRevoked(root, refusedFrom);
    }

    /// @inheritdoc IPalmRegistry
    function rootOf(bytes32 root) external view returns (Root memory) {
        RootState memory state = _known(root);
        return Root(state.createdAt, state.supersededAt, _refusedFrom(state.leavers), state.sequence);
    }

    /// @inheritdoc IPalmRegistry
    function leafOf(uint32 index) external view returns (bytes32) {
        if (index >= _enrolments.length) revert EnrolmentUnknown(index);
        return bytes32(_nodes[index]);
    }

    function _leafOf(bytes32 commitment) private view returns (uint256) {
        return PoseidonT4.hash([LEAF_TAG, uint256(commitment), uint160(msg.sender)]);
    }

    function _replaceLeaf(uint32 index, uint256 leaf) private {
        _addRoot(index, leaf, _nodes.update(index, _enrolments.length, leaf), true);
    }

    /// @dev No root comes twice: a commitment is used once, a revoked place stays empty, and places are only added. A tree of one
    /// revoked leaf has the root 0, which counts for nothing.
    function _addRoot(uint32 index, uint256 leaf, uint256 newRoot, bool replaces) private {
        bytes32 root = bytes32(newRoot);
        RootState storage previous = _roots[currentRoot];
        uint48 time = uint48(block.timestamp);
        uint32 sequence = previous.sequence + 1;
        uint32 leavers = previous.leavers;
        previous.supersededAt = time;
        if (replaces) {
            _leftAt[leavers / 5][leavers % 5] = time;
            ++leavers;
        }
        currentRoot = root;
        _roots[root] = RootState({createdAt: time, supersededAt: 0, sequence: sequence, leavers: leavers});
        emit LeafChanged(index, sequence, bytes32(leaf), root, time, replaces);
    }

    function _known(bytes32 root) private view returns (RootState memory state) {
        state = _roots[root];
        if (root == 0 || state.createdAt == 0) revert RootUnknown(root);
    }

    /// @dev Who left first after a root decides from when on it is refused.
    function _refusedFrom(uint32 leaver) private view returns (uint48) {
        uint256 leftAt = _leftAt[leaver / 5][leaver % 5];
        if (leftAt == 0) return 0;
        uint256 checkpoint = leftAt / _checkpointInterval + 1;
        return uint48(checkpoint * _checkpointInterval + _checkpointDelay);
    }

    function _ownLive(uint32 index) private view returns (Enrolment storage enrolment) {
        if (index >= _enrolments.length) revert EnrolmentUnknown(index);
        enrolment = _enrolments[index];
        if (enrolment.owner != msg.sender) revert NotEnrolmentOwner(index, msg.sender);
        if (!enrolment.live) revert EnrolmentRevoked(index);
    }

    function _use(bytes32 commitment) private {
        if (commitment == 0) revert ZeroCommitment();
        // an alias would be the same element under another name
        if (uint256(commitment) >= FIELD_ORDER) revert CommitmentNotInField(commitment);
        if (_used[commitment]) revert DuplicateCommitment(commitment);
        _used[commitment] = true;
    }

    function _countOperation() private {
        (uint256 next, uint256 sum) = _operations[msg.sender].add(block.timestamp, _operationsWindow, 1);
        if (sum > _maxOperationsPerWindow) revert TooManyOperations(_maxOperationsPerWindow);
        _operations[msg.sender] = next;
    }
}
