// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ownable, Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IMatchVerifier, MatchAttestation} from "./interfaces/IMatchVerifier.sol";
import {IOperatorRegistry} from "./interfaces/IOperatorRegistry.sol";

/// @title Operators, their stake, and the committees they form
/// @dev A check of k signatures of the current epoch reads one slot for the committee and one for each signer: an operator's
/// stake, status and seat share a slot, and the committee's holds quorum and seat of its current epoch. {slashableStake} reads all n members afresh at every charge: with
/// n <= 15 that is cheaper to trust than a cache that every stake, exit and grace period has to keep right.
contract OperatorRegistry is IOperatorRegistry, Ownable2Step {
    using SafeERC20 for IERC20;

    uint256 private constant MAX_MEMBERS = 15;
    uint256 private constant MAX_REWARD_BPS = 5000;
    uint256 private constant BPS = 10_000;
    uint48 private constant FOREVER = type(uint48).max;

    /// @dev Epochs count from 1; only the one before the current has a grace period. Quorum and seat are the current epoch's.
    struct CommitteeState {
        uint32 epoch;
        uint48 graceUntil;
        uint24 seat;
        uint8 quorum;
    }

    struct EpochState {
        uint8 threshold;
        uint8 quorum;
        address[] members;
        mapping(address operator => bool) isMember;
    }

    address public immutable stakeToken;
    address public matchVerifier;

    uint128 private immutable _minimumStake;
    uint48 private immutable _unbondingDelay;
    uint48 private immutable _epochGrace;
    uint16 private immutable _rewardBps;
    address private immutable _treasury;

    mapping(address operator => Operator) private _operators;
    mapping(bytes32 committeeId => CommitteeState) private _committees;
    /// @dev Epochs of all committees so far.
    uint24 private _seats;
    mapping(bytes32 committeeId => mapping(uint32 epoch => EpochState)) private _epochs;

    constructor(address owner, address token, Parameters memory params) Ownable(owner) {
        if (token == address(0) || params.treasury == address(0)) revert ZeroAddress();
        // without a stake to lose nobody could be slashed, and any address would count as an operator
        if (params.minimumStake == 0) revert ZeroAmount();
        if (params.rewardBps > MAX_REWARD_BPS) revert RewardTooLarge(params.rewardBps);
        if (params.unbondingDelay < params.epochGrace) {
            revert UnbondingTooShort(params.unbondingDelay, params.epochGrace);
        }
        stakeToken = token;
        _minimumStake = params.minimumStake;
        _unbondingDelay = params.unbondingDelay;
        _epochGrace = params.epochGrace;
        _rewardBps = params.rewardBps;
        _treasury = params.treasury;
    }

    /// @inheritdoc IOperatorRegistry
    function registerOperator(bytes calldata publicKey) external {
        address derived = publicKey.length == 64 ? address(uint160(uint256(keccak256(publicKey)))) : address(0);
        if (derived != msg.sender) revert PublicKeyMismatch(msg.sender, derived);
        Operator storage operator = _operators[msg.sender];
        if (operator.status != Status.None) revert OperatorAlreadyRegistered(msg.sender);
        operator.status = Status.Registered;
        operator.publicKeyX = bytes32(publicKey[:32]);
        operator.publicKeyY = bytes32(publicKey[32:]);
        emit OperatorRegistered(msg.sender, publicKey);
    }

    /// @inheritdoc IOperatorRegistry
    function depositStake(uint256 amount) external {
        if (amount == 0) revert ZeroAmount();
        Operator storage operator = _withStatus(msg.sender, Status.Registered);
        uint256 stake = operator.stake + amount;
        operator.stake = SafeCast.toUint128(stake);
        emit StakeDeposited(msg.sender, amount, stake);
        IERC20(stakeToken).safeTransferFrom(msg.sender, address(this), amount);
    }

    /// @inheritdoc IOperatorRegistry
    /// @dev One that is deactivated stays so while it leaves: only {Operator.exitAt} tells that it does. So governance can keep
    /// an operator from counting, and not its stake.
    function startExit() external {
        Operator storage operator = _operators[msg.sender];
        Status status = operator.status;
        if (status == Status.Registered) operator.status = Status.Exiting;
        else if (status != Status.Deactivated || operator.exitAt != 0) revert OperatorStatus(msg.sender, status);
        operator.exitAt = uint48(block.timestamp) + _unbondingDelay;
        emit ExitStarted(msg.sender, operator.exitAt);
    }

    /// @inheritdoc IOperatorRegistry
    /// @dev The address may register again afterwards, with a new stake; not one that is deactivated, which would otherwise
    /// reactivate itself this way.
    function withdrawStake() external {
        Operator storage operator = _operators[msg.sender];
        Status status = operator.status;
        uint48 exitAt = operator.exitAt;
        if (status != Status.Exiting && (status != Status.Deactivated || exitAt == 0)) {
            revert OperatorStatus(msg.sender, status);
        }
        if (block.timestamp < exitAt) revert UnbondingNotOver(exitAt);
        uint256 amount = operator.stake;
        operator.stake = 0;
        operator.exitAt = 0;
        if (status == Status.Exiting) operator.status = Status.None;
        emit StakeWithdrawn(msg.sender, amount);
        IERC20(stakeToken).safeTransfer(msg.sender, amount);
    }

    /// @inheritdoc IOperatorRegistry
    function deactivate(address account) external onlyOwner {
        _withStatus(account, Status.Registered).status = Status.Deactivated;
        emit OperatorDeactivated(account);
    }

    /// @inheritdoc IOperatorRegistry
    /// @dev Who is leaving goes on leaving, at the time it was told: else each reactivation would start its delay anew.
    function reactivate(address account) external onlyOwner {
        Operator storage operator = _withStatus(account, Status.Deactivated);
        operator.status = operator.exitAt == 0 ? Status.Registered : Status.Exiting;
        emit OperatorReactivated(account);
    }

    /// @inheritdoc IOperatorRegistry
    function createCommittee(bytes32 committeeId, address[] calldata members, uint8 threshold, uint8 quorum)
        external
        onlyOwner
    {
        // zero stands for "no committee" in every account and operator
        if (committeeId == 0) revert CommitteeUnknown(committeeId);
        if (_committees[committeeId].epoch != 0) revert CommitteeExists(committeeId);
        _startEpoch(committeeId, 1, members, threshold, quorum);
    }

    /// @inheritdoc IOperatorRegistry
    function advanceEpoch(bytes32 committeeId, address[] calldata members, uint8 threshold, uint8 quorum)
        external
        onlyOwner
    {
        uint32 epoch = _committees[committeeId].epoch;
        if (epoch == 0) revert CommitteeUnknown(committeeId);
        uint48 graceUntil = uint48(block.timestamp) + _epochGrace;
        _committees[committeeId].graceUntil = graceUntil;
        // a member that leaves backs its last epoch until that one's grace is over; who stays is bound anew below
        address[] storage leaving = _epochs[committeeId][epoch].members;
        for (uint256 i = 0; i < leaving.length; ++i) {
            _operators[leaving[i]].boundUntil = graceUntil;
        }
        _startEpoch(committeeId, epoch + 1, members, threshold, quorum);
    }

    /// @inheritdoc IOperatorRegistry
    function setMatchVerifier(address verifier) external onlyOwner {
        if (verifier == address(0)) revert ZeroAddress();
        if (matchVerifier != address(0)) revert MatchVerifierAlreadySet();
        matchVerifier = verifier;
        emit MatchVerifierSet(verifier);
    }

    /// @inheritdoc IOperatorRegistry
    /// @dev An honest operator writes a request as spent before it signs, and signs one answer to it. The stake is taken
    /// whole, also from one that is leaving or deactivated.
    function slashEquivocation(
        MatchAttestation calldata first,
        bytes calldata firstSignature,
        MatchAttestation calldata second,
        bytes calldata secondSignature
    ) external {
        bytes32 firstDigest = IMatchVerifier(matchVerifier).hashAttestation(first);
        bytes32 secondDigest = IMatchVerifier(matchVerifier).hashAttestation(second);
        if (firstDigest == secondDigest || first.requestHash != second.requestHash) revert NotEquivocation();
        (address signer, ECDSA.RecoverError failure,) = ECDSA.tryRecoverCalldata(firstDigest, firstSignature);
        if (failure != ECDSA.RecoverError.NoError) revert SignatureInvalid();
        (address other, ECDSA.RecoverError otherFailure,) = ECDSA.tryRecoverCalldata(secondDigest, secondSignature);
        if (otherFailure != ECDSA.RecoverError.NoError || other != signer) revert SignatureInvalid();

        Operator storage operator = _operators[signer];
        if (operator.status == Status.None || operator.status == Status.Slashed) {
            revert OperatorStatus(signer, operator.status);
        }
        uint256 amount = operator.stake;
        uint256 reward = amount * _rewardBps / BPS;
        operator.stake = 0;
        operator.status = Status.Slashed;
        emit OperatorSlashed(signer, first.requestHash, msg.sender, amount, reward);
        IERC20(stakeToken).safeTransfer(msg.sender, reward);
        IERC20(stakeToken).safeTransfer(_treasury, amount - reward);
    }

    /// @inheritdoc IOperatorRegistry
    function requireQuorum(bytes32 committeeId, uint32 epoch, address[] calldata signers) external view {
        CommitteeState memory committee = _committees[committeeId];
        if (!_isValid(committee, epoch)) revert EpochInvalid(committeeId, epoch);
        EpochState storage state = _epochs[committeeId][epoch];
        bool isCurrent = epoch == committee.epoch;
        uint256 quorum = isCurrent ? committee.quorum : state.quorum;
        if (signers.length < quorum) revert QuorumMissing(signers.length, quorum);
        for (uint256 i = 0; i < signers.length; ++i) {
            address signer = signers[i];
            // a member that stays on sits in the newer epoch, so only the current one goes by seats
            bool hasSeat = isCurrent && _operators[signer].seat == committee.seat;
            if (!hasSeat && !state.isMember[signer]) revert NotAMember(signer, committeeId, epoch);
            if (!isActive(signer)) revert OperatorInactive(signer);
        }
    }

    /// @inheritdoc IOperatorRegistry
    function slashableStake(bytes32 committeeId) external view returns (uint256 least) {
        CommitteeState memory committee = _committees[committeeId];
        if (committee.epoch == 0) return 0;
        least = _quorumStake(_epochs[committeeId][committee.epoch]);
        if (committee.epoch > 1 && block.timestamp < committee.graceUntil) {
            uint256 previous = _quorumStake(_epochs[committeeId][committee.epoch - 1]);
            // an epoch that can form no quorum can charge nothing, so it does not lower what the other may
            if (least == 0 || (previous != 0 && previous < least)) least = previous;
        }
    }

    /// @inheritdoc IOperatorRegistry
    function operatorOf(address account) external view returns (Operator memory) {
        return _operators[account];
    }

    /// @inheritdoc IOperatorRegistry
    function committeeAt(bytes32 committeeId, uint32 epoch) external view returns (Committee memory committee) {
        CommitteeState memory state = _committees[committeeId];
        if (state.epoch == 0) revert CommitteeUnknown(committeeId);
        if (epoch == 0) epoch = state.epoch;
        if (epoch > state.epoch) revert EpochInvalid(committeeId, epoch);
        EpochState storage shape = _epochs[committeeId][epoch];
        bool[] memory active = new bool[](shape.members.length);
        for (uint256 i = 0; i < active.length; ++i) {
            active[i] = isActive(shape.members[i]);
        }
        return Committee({
            epoch: epoch,
            currentEpoch: state.epoch,
            threshold: shape.threshold,
            quorum: shape.quorum,
            valid: _isValid(state, epoch),
            members: shape.members,
            active: active
        });
    }

    /// @inheritdoc IOperatorRegistry
    function currentEpoch(bytes32 committeeId) external view returns (uint32) {
        return _committees[committeeId].epoch;
    }

    /// @inheritdoc IOperatorRegistry
    function parameters() external view returns (Parameters memory) {
        return Parameters(_minimumStake, _unbondingDelay, _epochGrace, _rewardBps, _treasury);
    }

    /// @inheritdoc IOperatorRegistry
    function isActive(address account) public view returns (bool) {
        Operator storage operator = _operators[account];
        return operator.status == Status.Registered && operator.stake >= _minimumStake;
    }

    /// @dev t < k: a quorum is more than what is assumed to lie. k <= n - t: t members that stay away stop nobody.
    function _startEpoch(
        bytes32 committeeId,
        uint32 epoch,
        address[] calldata members,
        uint8 threshold,
        uint8 quorum
    ) private {
        uint256 n = members.length;
        uint256 t = threshold;
        if (n > MAX_MEMBERS || t == 0 || n < 2 * t + 1 || quorum <= t || quorum > n - t) {
            revert CommitteeShapeInvalid(n, threshold, quorum);
        }
        EpochState storage state = _epochs[committeeId][epoch];
        uint24 seat = ++_seats;
        for (uint256 i = 0; i < n; ++i) {
            address member = members[i];
            if (i > 0 && member <= members[i - 1]) revert MembersNotAscending(i);
            if (!isActive(member)) revert OperatorInactive(member);
            Operator storage operator = _operators[member];
            if (operator.committeeId != committeeId && block.timestamp < operator.boundUntil) {
                revert OperatorBound(member, operator.committeeId);
            }
            operator.committeeId = committeeId;
            operator.boundUntil = FOREVER;
            operator.seat = seat;
            state.isMember[member] = true;
        }
        state.threshold = threshold;
        state.quorum = quorum;
        state.members = members;
        CommitteeState storage committee = _committees[committeeId];
        committee.epoch = epoch;
        committee.seat = seat;
        committee.quorum = quorum;
        emit EpochStarted(committeeId, epoch, members, threshold, quorum);
    }

    function _isValid(CommitteeState memory committee, uint32 epoch) private view returns (bool) {
        if (epoch == 0 || committee.epoch == 0) return false;
        if (epoch == committee.epoch) return true;
        return epoch == committee.epoch - 1 && block.timestamp < committee.graceUntil;
    }

    /// @dev Insertion sort of at most 15 stakes; zero where fewer than k members are active.
    function _quorumStake(EpochState storage state) private view returns (uint256 sum) {
        uint256 n = state.members.length;
        uint256[] memory stakes = new uint256[](n);
        uint256 count;
        for (uint256 i = 0; i < n; ++i) {
            address member = state.members[i];
            if (!isActive(member)) continue;
            uint256 stake = _operators[member].stake;
            uint256 place = count++;
            for (; place > 0 && stakes[place - 1] > stake; --place) {
                stakes[place] = stakes[place - 1];
            }
            stakes[place] = stake;
        }
        uint256 k = state.quorum;
        if (count < k) return 0;
        for (uint256 i = 0; i < k; ++i) {
            sum += stakes[i];
        }
    }

    function _withStatus(address account, Status status) private view returns (Operator storage operator) {
        operator = _operators[account];
        if (operator.status != status) revert OperatorStatus(account, operator.status);
    }
}
