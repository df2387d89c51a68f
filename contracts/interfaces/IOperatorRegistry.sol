// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MatchAttestation} from "./IMatchVerifier.sol";

/// @title Operators, their stake, and the committees they form
/// @notice An operator's address is its libp2p identity and its attestation key. Its stake is in the payment token, so
/// that a committee's stake can be compared with what it charges.
interface IOperatorRegistry {
    /// @param minimumStake token units below which an operator counts for nothing
    /// @param unbondingDelay seconds between leaving and taking the stake back
    /// @param epochGrace seconds a replaced epoch stays valid, so that requests under way still settle
    /// @param rewardBps share of a slashed stake that goes to the reporter, in 1/10,000; at most 5,000
    /// @param treasury where the rest of a slashed stake goes
    struct Parameters {
        uint128 minimumStake;
        uint48 unbondingDelay;
        uint48 epochGrace;
        uint16 rewardBps;
        address treasury;
    }

    enum Status {
        None,
        Registered,
        Exiting,
        Deactivated,
        Slashed
    }

    /// @param stake token units
    /// @param exitAt when an exiting operator, or a deactivated one that leaves, may take its stake, seconds since 1970; else 0
    /// @param boundUntil until when the stake backs `committeeId`; the greatest value while it is a current member
    /// @param seat number of the newest epoch it is a member of, counted over all committees; 0 where it never was in one
    struct Operator {
        uint128 stake;
        uint48 exitAt;
        uint48 boundUntil;
        Status status;
        uint24 seat;
        bytes32 committeeId;
        bytes32 publicKeyX;
        bytes32 publicKeyY;
    }

    /// @param threshold t: any t members together learn nothing
    /// @param quorum k: so many members have to sign
    /// @param valid whether attestations of this epoch are accepted now
    /// @param active for each member, whether its signature counts now
    struct Committee {
        uint32 epoch;
        uint32 currentEpoch;
        uint8 threshold;
        uint8 quorum;
        bool valid;
        address[] members;
        bool[] active;
    }

    event OperatorRegistered(address indexed operator, bytes publicKey);
    event StakeDeposited(address indexed operator, uint256 amount, uint256 stake);
    event ExitStarted(address indexed operator, uint256 exitAt);
    event StakeWithdrawn(address indexed operator, uint256 amount);
    event OperatorDeactivated(address indexed operator);
    event OperatorReactivated(address indexed operator);
    event OperatorSlashed(
        address indexed operator, bytes32 indexed requestHash, address indexed reporter, uint256 amount, uint256 reward
    );
    event EpochStarted(
        bytes32 indexed committeeId, uint32 indexed epoch, address[] members, uint8 threshold, uint8 quorum
    );
    event MatchVerifierSet(address indexed matchVerifier);

    error ZeroAddress();
    error ZeroAmount();
    error RewardTooLarge(uint16 rewardBps);
    error UnbondingTooShort(uint48 unbondingDelay, uint48 epochGrace);
    error MatchVerifierAlreadySet();
    error PublicKeyMismatch(address expected, address actual);
    error OperatorAlreadyRegistered(address operator);
    error OperatorStatus(address operator, Status status);
    error OperatorInactive(address operator);
    error OperatorBound(address operator, bytes32 committeeId);
    error UnbondingNotOver(uint256 exitAt);
    error CommitteeExists(bytes32 committeeId);
    error CommitteeUnknown(bytes32 committeeId);
    error CommitteeShapeInvalid(uint256 members, uint8 threshold, uint8 quorum);
    error MembersNotAscending(uint256 position);
    error EpochInvalid(bytes32 committeeId, uint32 epoch);
    error NotAMember(address operator, bytes32 committeeId, uint32 epoch);
    error QuorumMissing(uint256 signers, uint256 quorum);
    error NotEquivocation();
    error SignatureInvalid();

    /// @notice Registers the sender as an operator.
    /// @param publicKey the uncompressed secp256k1 key, 64 bytes without the 0x04; its address is the sender
    function registerOperator(bytes calldata publicKey) external;

    /// @notice Adds `amount` token units to the sender's stake; the registry must be approved for them.
    function depositStake(uint256 amount) external;

    /// @notice Stops counting at once; the stake can be taken after the unbonding delay and stays slashable until then. Open
    /// to a deactivated operator too, which stays deactivated.
    function startExit() external;

    /// @notice Pays the stake back after the unbonding delay.
    function withdrawStake() external;

    /// @notice Governance: the operator counts for nothing until it is reactivated. Its stake stays until it leaves.
    function deactivate(address operator) external;

    /// @notice Governance: undoes {deactivate}. An operator that has begun to leave since keeps leaving.
    function reactivate(address operator) external;

    /// @notice Governance: makes a committee, epoch 1. Members ascending and active; n >= 2t + 1, n <= 15, t < k <= n - t.
    function createCommittee(bytes32 committeeId, address[] calldata members, uint8 threshold, uint8 quorum) external;

    /// @notice Governance: replaces the members. The epoch before stays valid for the grace period, older ones end.
    function advanceEpoch(bytes32 committeeId, address[] calldata members, uint8 threshold, uint8 quorum) external;

    /// @notice Governance, once: the verifier whose digests {slashEquivocation} is judged by.
    function setMatchVerifier(address matchVerifier) external;

    /// @notice Two different attestations of one request under one key are a lie: takes the signer's whole stake.
    function slashEquivocation(
        MatchAttestation calldata first,
        bytes calldata firstSignature,
        MatchAttestation calldata second,
        bytes calldata secondSignature
    ) external;

    /// @notice Reverts unless `signers` (distinct) are active members of a valid epoch and at least its quorum.
    function requireQuorum(bytes32 committeeId, uint32 epoch, address[] calldata signers) external view;

    /// @notice What a lying quorum loses for certain: the sum of the k smallest stakes of active members. The least of it
    /// over the epochs that are valid now; zero where no quorum can form.
    function slashableStake(bytes32 committeeId) external view returns (uint256);

    /// @notice Whether the operator's signature counts.
    function isActive(address operator) external view returns (bool);

    function operatorOf(address operator) external view returns (Operator memory);

    /// @notice One epoch of a committee; epoch 0 stands for the current one.
    function committeeAt(bytes32 committeeId, uint32 epoch) external view returns (Committee memory);

    /// @notice The current epoch of a committee; 0 where there is no such committee.
    function currentEpoch(bytes32 committeeId) external view returns (uint32);

    function stakeToken() external view returns (address);

    function parameters() external view returns (Parameters memory);
}
