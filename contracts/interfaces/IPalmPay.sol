// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MatchAttestation, Request, Scan} from "./IMatchVerifier.sol";

/// @title Accounts, charges, refunds and disputes in one EURC-like token
/// @notice t + 1 lying operators could charge without a palm. A palm charge therefore also needs two signatures of an active
/// terminal, an account that opted into that very committee, limits that only the owner raises and only after a delay, room
/// under the committee's slashable stake, and it pays out only after a window in which the owner can dispute it.
///
/// The cap is shared by everybody who opted into a committee, and what is refunded makes room under it again: to use it up
/// takes as much money as the cap, locked for as long as the cap is to stay used. Who locks that much, as its own merchant
/// and customer, does keep others from paying through this committee. A share for each account or merchant would not hinder
/// it, as both are free to make; more stake does, and so does opting into another committee.
/// @dev Sums in `...Minor` are hundredths of the currency; everything else is in token units.
interface IPalmPay {
    /// @param limitDelay seconds before a raised limit can be applied
    /// @param unfreezeDelay seconds before an unfrozen account pays again
    /// @param disputeWindow seconds a charge stays locked, and the window of the committee's cap
    /// @param arbitrationWindow seconds the arbiter has; after them the payer can take the money back
    /// @param phonePerPaymentMinor phone lane's limit per payment of an account that has set none
    /// @param phonePerDayMinor phone lane's limit per day of an account that has set none
    struct Parameters {
        uint32 limitDelay;
        uint32 unfreezeDelay;
        uint32 disputeWindow;
        uint32 arbitrationWindow;
        uint40 phonePerPaymentMinor;
        uint40 phonePerDayMinor;
    }

    /// @param pendingAt when the pending limits may be applied; 0 where none are pending
    /// @param set whether the owner ever set this lane's limits
    struct Limits {
        uint40 perPaymentMinor;
        uint40 perDayMinor;
        uint40 pendingPerPaymentMinor;
        uint40 pendingPerDayMinor;
        uint48 pendingAt;
        bool set;
    }

    /// @param frozen whether it pays nothing now
    /// @param unfreezeAt when a freeze ends; 0 where no end was asked for
    struct Account {
        uint256 balance;
        bool frozen;
        uint48 unfreezeAt;
        bytes32 committeeId;
    }

    enum Status {
        None,
        Locked,
        Disputed,
        Released,
        Refunded
    }

    /// @param committee number, in this contract, of the committee under whose cap it counts; 0 in the phone lane
    /// @param until when Locked: the end of the dispute window; when Disputed: the end of the arbitration window
    /// @param bucket where the committee's sliding window counts it
    struct Payment {
        address payer;
        uint40 amountMinor;
        uint8 lane;
        Status status;
        uint32 committee;
        address payee;
        uint48 until;
        uint48 bucket;
        bytes32 merchantId;
    }

    event Deposited(address indexed account, address indexed from, uint256 amount);
    event Withdrawn(address indexed account, uint256 amount);
    event OptedIn(address indexed account, bytes32 indexed committeeId);
    event LimitsChanged(address indexed account, uint8 indexed lane, uint40 perPaymentMinor, uint40 perDayMinor);
    event LimitsPending(
        address indexed account, uint8 indexed lane, uint40 perPaymentMinor, uint40 perDayMinor, uint48 pendingAt
    );
    event Frozen(address indexed account);
    event UnfreezeStarted(address indexed account, uint48 unfreezeAt);
    event Charged(
        bytes32 indexed paymentId,
        address indexed payer,
        bytes32 indexed merchantId,
        address payee,
        uint64 amountMinor,
        uint8 lane,
        uint48 lockedUntil
    );
    event Released(bytes32 indexed paymentId, address indexed payee, bytes32 indexed merchantId, uint256 amount);
    event Refunded(bytes32 indexed paymentId, address indexed payer, bytes32 indexed merchantId, uint256 amount);
    event Disputed(bytes32 indexed paymentId, address indexed payer, bytes32 indexed merchantId, uint48 until);
    event PayoutClaimed(address indexed payee, uint256 amount);
    event ArbiterSet(address indexed arbiter);

    error ZeroAddress();
    error ZeroAmount();
    error TokenUnsupported(address token);
    error UnbondingShorterThanDispute(uint256 unbondingDelay, uint256 needed);
    error NotAPayment(uint8 requestType);
    error TokenMismatch(address expected, address actual);
    error PayeeMismatch(address expected, address actual);
    error LaneUnknown(uint8 lane);
    error NoPendingLimits(uint8 lane);
    error LimitsNotDue(uint48 pendingAt);
    error CommitteeUnknown(bytes32 committeeId);
    error NotOptedIn(address account, bytes32 committeeId);
    error AccountFrozen(address account);
    error AccountNotFrozen(address account);
    error BalanceTooLow(address account, uint256 balance, uint256 needed);
    error PaymentLimitExceeded(uint256 limitMinor, uint256 amountMinor);
    error DayLimitExceeded(uint256 limitMinor, uint256 sumMinor);
    error CommitteeCapExceeded(bytes32 committeeId, uint256 capMinor, uint256 sumMinor);
    error PaymentStatus(bytes32 paymentId, Status status);
    error StillLocked(bytes32 paymentId, uint48 until);
    error DisputeWindowOver(bytes32 paymentId, uint48 until);
    error ArbitrationRunning(bytes32 paymentId, uint48 until);
    error ArbitrationOver(bytes32 paymentId, uint48 until);
    error NotPayer(bytes32 paymentId, address caller);
    error NotMerchant(bytes32 paymentId, address caller);
    error NotArbiter(address caller);
    error NothingToClaim(address payee);

    /// @notice Moves `amount` token units from the sender into its account; needs an approval.
    function deposit(uint256 amount) external;

    /// @notice {deposit} into somebody else's account.
    function depositFor(address account, uint256 amount) external;

    /// @notice {deposit} with an EIP-2612 permit in place of the approval.
    function depositWithPermit(uint256 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s) external;

    /// @notice Deposits into `from`'s account by its EIP-3009 authorization; anybody may relay it.
    function depositWithAuthorization(
        address from,
        uint256 amount,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external;

    /// @notice Pays `amount` token units of the sender's balance back to it. A freeze does not hinder it.
    function withdraw(uint256 amount) external;

    /// @notice Chooses the one committee that may charge the sender in the palm lane; zero chooses none.
    function optIn(bytes32 committeeId) external;

    /// @notice Sets a lane's limits: what lowers counts at once, what raises can be applied after the delay.
    function setLimits(uint8 lane, uint40 perPaymentMinor, uint40 perDayMinor) external;

    /// @notice Applies the sender's pending limits once they are due.
    function applyLimits(uint8 lane) external;

    /// @notice Stops every charge of the sender's account at once.
    function freeze() external;

    /// @notice Ends the freeze after the delay.
    function unfreeze() external;

    /// @notice Charges `attestation.payer` for a request that a palm or a phone answered. Anybody may send it.
    /// @return paymentId the request's digest
    function charge(
        Request calldata request,
        bytes calldata requestSignature,
        Scan calldata scan,
        bytes calldata scanSignature,
        MatchAttestation calldata attestation,
        bytes calldata evidence
    ) external returns (bytes32 paymentId);

    /// @notice Makes payments claimable whose dispute window is over. Anybody may call it.
    function release(bytes32[] calldata paymentIds) external;

    /// @notice Transfers what was released for `payee` to it. Anybody may call it.
    function claimPayout(address payee) external returns (uint256 amount);

    /// @notice The merchant (its owner or the payee) gives a payment back that was not released yet.
    function refund(bytes32 paymentId) external;

    /// @notice The payer stops a payment within its dispute window.
    function dispute(bytes32 paymentId) external;

    /// @notice The arbiter decides a dispute within the arbitration window.
    function resolve(bytes32 paymentId, bool refundPayer) external;

    /// @notice Gives an undecided dispute's money back to the payer after the arbitration window. Anybody may call it.
    function closeDispute(bytes32 paymentId) external;

    /// @notice Governance: names the arbiter.
    function setArbiter(address arbiter) external;

    function accountOf(address account) external view returns (Account memory);

    function limitsOf(address account, uint8 lane) external view returns (Limits memory);

    function paymentOf(bytes32 paymentId) external view returns (Payment memory);

    function payableTo(address payee) external view returns (uint256);

    /// @notice What an account was charged in a lane within the last day or somewhat more, in minor units. Refunds included:
    /// the day's limit bounds how much is tried in the owner's name, and binds nobody else.
    function spentTodayMinor(address account, uint8 lane) external view returns (uint256);

    /// @notice What a committee has charged within the last dispute window or somewhat more, less what of it was refunded, in
    /// minor units.
    function chargedInWindowMinor(bytes32 committeeId) external view returns (uint256);

    /// @notice Token units not yet released or refunded.
    function lockedTotal() external view returns (uint256);

    function parameters() external view returns (Parameters memory);
}
