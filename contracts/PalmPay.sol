// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ownable, Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {IERC3009} from "@openzeppelin/contracts/interfaces/draft-IERC3009.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IMatchVerifier, MatchAttestation, Request, Scan} from "./interfaces/IMatchVerifier.sol";
import {IMerchantRegistry} from "./interfaces/IMerchantRegistry.sol";
import {IOperatorRegistry} from "./interfaces/IOperatorRegistry.sol";
import {IPalmPay} from "./interfaces/IPalmPay.sol";
import {SlidingWindow} from "./libraries/SlidingWindow.sol";

/// @title Accounts, charges, refunds and disputes in one EURC-like token
/// @notice At any time: tokens held >= sum of balances + locked + payable, and equal unless somebody sent tokens here by
/// mistake. Every function moves value between these three, or moves tokens and one of them by the same amount.
/// @dev Payouts are pulled: {release} only writes, so a payee that cannot receive tokens hinders nobody else.
/// Governance names the arbiter and can do nothing else: it holds no key to balances, limits or freezes.
contract PalmPay is IPalmPay, Ownable2Step, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;
    using SlidingWindow for uint256;

    uint8 private constant PAYMENT = 1;
    uint8 private constant PHONE_LANE = 1;
    uint8 private constant PALM_LANE = 2;
    uint256 private constant DAY = 1 days;
    uint8 private constant MINOR_DECIMALS = 2;
    uint8 private constant MAX_DECIMALS = 18;

    /// @dev Balance and freeze share the slot that a charge writes anyway. So does the committee's number, which a payment
    /// keeps in place of the id: that one would take a slot of its own in every payment.
    struct AccountState {
        uint128 balance;
        uint48 unfreezeAt;
        bool frozen;
        uint32 committee;
        bytes32 committeeId;
    }

    IERC20 public immutable token;
    IMatchVerifier public immutable matchVerifier;
    IMerchantRegistry public immutable merchantRegistry;
    IOperatorRegistry public immutable operatorRegistry;
    /// @notice Token units in one minor unit: 10,000 at 6 decimals.
    uint256 public immutable unitsPerMinor;

    uint32 private immutable _limitDelay;
    uint32 private immutable _unfreezeDelay;
    uint32 private immutable _disputeWindow;
    uint32 private immutable _arbitrationWindow;
    uint40 private immutable _phonePerPaymentMinor;
    uint40 private immutable _phonePerDayMinor;

    address public arbiter;
    /// @inheritdoc IPalmPay
    uint256 public lockedTotal;

    mapping(address account => AccountState) private _accounts;
    mapping(address account => mapping(uint8 lane => Limits)) private _limits;
    mapping(address account => mapping(uint8 lane => uint256 window)) private _spent;
    /// @dev Committees that somebody opted into count from 1.
    mapping(bytes32 committeeId => uint32 committee) private _committees;
    uint32 private _committeeCount;
    mapping(uint32 committee => uint256 window) private _charged;
    mapping(bytes32 paymentId => Payment) private _payments;
    /// @inheritdoc IPalmPay
    mapping(address payee => uint256) public payableTo;

    constructor(
        address owner,
        address arbiter_,
        IERC20Metadata token_,
        IMatchVerifier verifier,
        IMerchantRegistry merchants,
        IOperatorRegistry operators,
        Parameters memory params
    ) Ownable(owner) {
        uint8 decimals = token_.decimals();
        if (decimals < MINOR_DECIMALS || decimals > MAX_DECIMALS) revert TokenUnsupported(address(token_));
        // a cap that compares charges with stakes needs both in one unit
        if (operators.stakeToken() != address(token_)) revert TokenUnsupported(operators.stakeToken());
        IOperatorRegistry.Parameters memory stake = operators.parameters();
        uint256 needed = uint256(stake.epochGrace) + params.disputeWindow;
        // the stake behind a charge stays within reach until that charge can no longer be disputed
        if (stake.unbondingDelay < needed) revert UnbondingShorterThanDispute(stake.unbondingDelay, needed);
        token = token_;
        matchVerifier = verifier;
        merchantRegistry = merchants;
        operatorRegistry = operators;
        unitsPerMinor = 10 ** (decimals - MINOR_DECIMALS);
        _limitDelay = params.limitDelay;
        _unfreezeDelay = params.unfreezeDelay;
        _disputeWindow = params.disputeWindow;
        _arbitrationWindow = params.arbitrationWindow;
        _phonePerPaymentMinor = params.phonePerPaymentMinor;
        _phonePerDayMinor = params.phonePerDayMinor;
        _setArbiter(arbiter_);
    }

    /// @inheritdoc IPalmPay
    function deposit(uint256 amount) external nonReentrant {
        _deposit(msg.sender, amount);
    }

    /// @inheritdoc IPalmPay
    function depositFor(address account, uint256 amount) external nonReentrant {
        if (account == address(0)) revert ZeroAddress();
        _deposit(account, amount);
    }

    /// @inheritdoc IPalmPay
    /// @dev A permit that somebody else submitted first has already set the allowance, so its failure alone is no reason to
    /// fail: the transfer decides.
    function depositWithPermit(uint256 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        external
        nonReentrant
    {
        try IERC20Permit(address(token)).permit(msg.sender, address(this), amount, deadline, v, r, s) {} catch {}
        _deposit(msg.sender, amount);
    }

    /// @inheritdoc IPalmPay
    /// @dev `receiveWithAuthorization` and not `transferWithAuthorization`: only this contract can use it, so nobody can
    /// move the tokens here without the balance being written.
    function depositWithAuthorization(
        address from,
        uint256 amount,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external nonReentrant {
        if (amount == 0) revert ZeroAmount();
        uint256 before = token.balanceOf(address(this));
        IERC3009(address(token)).receiveWithAuthorization(
            from, address(this), amount, validAfter, validBefore, nonce, v, r, s
        );
        _credit(from, from, amount, before);
    }

    /// @inheritdoc IPalmPay
    /// @dev What is charged has left the balance already, so a withdrawal takes nothing from a dispute. A freeze guards
    /// against charges made in the owner's name; the owner itself keeps the way out.
    function withdraw(uint256 amount) external nonReentrant {
        if (amount == 0) revert ZeroAmount();
        _debit(msg.sender, amount);
        emit Withdrawn(msg.sender, amount);
        token.safeTransfer(msg.sender, amount);
    }

    /// @inheritdoc IPalmPay
    function optIn(bytes32 committeeId) external {
        uint32 committee;
        if (committeeId != 0) {
            if (operatorRegistry.currentEpoch(committeeId) == 0) revert CommitteeUnknown(committeeId);
            committee = _committees[committeeId];
            if (committee == 0) {
                committee = ++_committeeCount;
                _committees[committeeId] = committee;
            }
        }
        _accounts[msg.sender].committee = committee;
        _accounts[msg.sender].committeeId = committeeId;
        emit OptedIn(msg.sender, committeeId);
    }

    /// @inheritdoc IPalmPay
    function setLimits(uint8 lane, uint40 perPaymentMinor, uint40 perDayMinor) external {
        Limits memory limits = limitsOf(msg.sender, lane);
        uint40 nowPerPayment = perPaymentMinor;
        uint40 nowPerDay = perDayMinor;
        if (_limitDelay != 0) {
            if (nowPerPayment > limits.perPaymentMinor) nowPerPayment = limits.perPaymentMinor;
            if (nowPerDay > limits.perDayMinor) nowPerDay = limits.perDayMinor;
        }
        // what was pending is replaced, so that lowering a limit also takes back an earlier wish to raise it
        limits = Limits(nowPerPayment, nowPerDay, 0, 0, 0, true);
        if (nowPerPayment != perPaymentMinor || nowPerDay != perDayMinor) {
            limits.pendingPerPaymentMinor = perPaymentMinor;
            limits.pendingPerDayMinor = perDayMinor;
            limits.pendingAt = uint48(block.timestamp) + _limitDelay;
            emit LimitsPending(msg.sender, lane, perPaymentMinor, perDayMinor, limits.pendingAt);
        }
        _limits[msg.sender][lane] = limits;
        emit LimitsChanged(msg.sender, lane, nowPerPayment, nowPerDay);
    }

    /// @inheritdoc IPalmPay
    function applyLimits(uint8 lane) external {
        Limits memory limits = _limits[msg.sender][lane];
        if (limits.pendingAt == 0) revert NoPendingLimits(lane);
        if (block.timestamp < limits.pendingAt) revert LimitsNotDue(limits.pendingAt);
        _limits[msg.sender][lane] =
            Limits(limits.pendingPerPaymentMinor, limits.pendingPerDayMinor, 0, 0, 0, true);
        emit LimitsChanged(msg.sender, lane, limits.pendingPerPaymentMinor, limits.pendingPerDayMinor);
    }

    /// @inheritdoc IPalmPay
    function freeze() external {
        AccountState storage account = _accounts[msg.sender];
        account.frozen = true;
        account.unfreezeAt = 0;
        emit Frozen(msg.sender);
    }

    /// @inheritdoc IPalmPay
    function unfreeze() external {
        AccountState storage account = _accounts[msg.sender];
        if (!account.frozen) revert AccountNotFrozen(msg.sender);
        account.unfreezeAt = uint48(block.timestamp) + _unfreezeDelay;
        emit UnfreezeStarted(msg.sender, account.unfreezeAt);
    }

    /// @inheritdoc IPalmPay
    function charge(
        Request calldata request,
        bytes calldata requestSignature,
        Scan calldata scan,
        bytes calldata scanSignature,
        MatchAttestation calldata attestation,
        bytes calldata evidence
    ) external nonReentrant returns (bytes32 paymentId) {
        if (request.requestType != PAYMENT) revert NotAPayment(request.requestType);
        if (request.token != address(token)) revert TokenMismatch(address(token), request.token);
        // the verifier is fixed at deployment and calls nothing but two registries that call nobody
        paymentId = matchVerifier.spend(request, requestSignature, scan, scanSignature, attestation, evidence);
        _lock(paymentId, request, attestation.payer);
    }

    /// @inheritdoc IPalmPay
    function release(bytes32[] calldata paymentIds) external {
        for (uint256 i = 0; i < paymentIds.length; ++i) {
            bytes32 id = paymentIds[i];
            Payment storage payment = _withStatus(id, Status.Locked);
            if (block.timestamp < payment.until) revert StillLocked(id, payment.until);
            _toPayee(id, payment);
        }
    }

    /// @inheritdoc IPalmPay
    function claimPayout(address payee) external nonReentrant returns (uint256 amount) {
        amount = payableTo[payee];
        if (amount == 0) revert NothingToClaim(payee);
        payableTo[payee] = 0;
        emit PayoutClaimed(payee, amount);
        token.safeTransfer(payee, amount);
    }

    /// @inheritdoc IPalmPay
    function refund(bytes32 paymentId) external {
        Payment storage payment = _payments[paymentId];
        // a merchant that gives in also ends a dispute
        if (payment.status != Status.Locked && payment.status != Status.Disputed) {
            revert PaymentStatus(paymentId, payment.status);
        }
        if (msg.sender != payment.payee && msg.sender != merchantRegistry.merchantOf(payment.merchantId).owner) {
            revert NotMerchant(paymentId, msg.sender);
        }
        _toPayer(paymentId, payment);
    }

    /// @inheritdoc IPalmPay
    function dispute(bytes32 paymentId) external {
        Payment storage payment = _withStatus(paymentId, Status.Locked);
        if (msg.sender != payment.payer) revert NotPayer(paymentId, msg.sender);
        if (block.timestamp >= payment.until) revert DisputeWindowOver(paymentId, payment.until);
        payment.status = Status.Disputed;
        payment.until = uint48(block.timestamp) + _arbitrationWindow;
        emit Disputed(paymentId, msg.sender, payment.merchantId, payment.until);
    }

    /// @inheritdoc IPalmPay
    function resolve(bytes32 paymentId, bool refundPayer) external {
        if (msg.sender != arbiter) revert NotArbiter(msg.sender);
        Payment storage payment = _withStatus(paymentId, Status.Disputed);
        if (block.timestamp >= payment.until) revert ArbitrationOver(paymentId, payment.until);
        if (refundPayer) _toPayer(paymentId, payment);
        else _toPayee(paymentId, payment);
    }

    /// @inheritdoc IPalmPay
    function closeDispute(bytes32 paymentId) external {
        Payment storage payment = _withStatus(paymentId, Status.Disputed);
        if (block.timestamp < payment.until) revert ArbitrationRunning(paymentId, payment.until);
        _toPayer(paymentId, payment);
    }

    /// @inheritdoc IPalmPay
    function setArbiter(address newArbiter) external onlyOwner {
        _setArbiter(newArbiter);
    }

    /// @inheritdoc IPalmPay
    function accountOf(address account) external view returns (Account memory) {
        AccountState storage state = _accounts[account];
        return Account(state.balance, _isFrozen(state), state.unfreezeAt, state.committeeId);
    }

    /// @inheritdoc IPalmPay
    function paymentOf(bytes32 paymentId) external view returns (Payment memory) {
        return _payments[paymentId];
    }

    /// @inheritdoc IPalmPay
    function spentTodayMinor(address account, uint8 lane) external view returns (uint256) {
        return _spent[account][lane].sumAt(block.timestamp, DAY);
    }

    /// @inheritdoc IPalmPay
    function chargedInWindowMinor(bytes32 committeeId) external view returns (uint256) {
        return _charged[_committees[committeeId]].sumAt(block.timestamp, _disputeWindow);
    }

    /// @inheritdoc IPalmPay
    function parameters() external view returns (Parameters memory) {
        return Parameters(
            _limitDelay,
            _unfreezeDelay,
            _disputeWindow,
            _arbitrationWindow,
            _phonePerPaymentMinor,
            _phonePerDayMinor
        );
    }

    /// @inheritdoc IPalmPay
    /// @dev The palm lane starts at 0: nobody's palm pays before its owner said so.
    function limitsOf(address account, uint8 lane) public view returns (Limits memory limits) {
        if (lane != PHONE_LANE && lane != PALM_LANE) revert LaneUnknown(lane);
        limits = _limits[account][lane];
        if (!limits.set && lane == PHONE_LANE) {
            limits.perPaymentMinor = _phonePerPaymentMinor;
            limits.perDayMinor = _phonePerDayMinor;
        }
    }

    /// @dev Everything a spent request is checked for before its sum moves from the balance into the lock.
    function _lock(bytes32 paymentId, Request calldata request, address payer) private {
        address payout = merchantRegistry.merchantOf(request.merchantId).payout;
        if (request.payee != payout) revert PayeeMismatch(payout, request.payee);
        AccountState storage account = _accounts[payer];
        if (_isFrozen(account)) revert AccountFrozen(payer);
        uint256 amountMinor = request.amountMinor;
        _countSpending(payer, request.lane, amountMinor);
        Payment memory payment;
        if (request.lane == PALM_LANE) {
            if (account.committeeId != request.committeeId) revert NotOptedIn(payer, request.committeeId);
            payment.committee = account.committee;
            payment.bucket = _countCommittee(request.committeeId, payment.committee, amountMinor);
        }
        uint256 amount = amountMinor * unitsPerMinor;
        _debit(payer, amount);
        lockedTotal += amount;
        payment.payer = payer;
        // the limit per payment is of 40 bits, so the sum is
        payment.amountMinor = uint40(amountMinor);
        payment.lane = request.lane;
        payment.status = Status.Locked;
        payment.payee = payout;
        payment.until = uint48(block.timestamp) + _disputeWindow;
        payment.merchantId = request.merchantId;
        _payments[paymentId] = payment;
        emit Charged(paymentId, payer, request.merchantId, payout, request.amountMinor, request.lane, payment.until);
    }

    function _countSpending(address payer, uint8 lane, uint256 amountMinor) private {
        Limits memory limits = limitsOf(payer, lane);
        if (amountMinor > limits.perPaymentMinor) revert PaymentLimitExceeded(limits.perPaymentMinor, amountMinor);
        (uint256 next, uint256 sum) = _spent[payer][lane].add(block.timestamp, DAY, amountMinor);
        if (sum > limits.perDayMinor) revert DayLimitExceeded(limits.perDayMinor, sum);
        _spent[payer][lane] = next;
    }

    /// @dev A quorum that lies about everything can take at most what it loses.
    /// @return bucket where the window counts the sum, for {_toPayer}
    function _countCommittee(bytes32 committeeId, uint32 committee, uint256 amountMinor)
        private
        returns (uint48 bucket)
    {
        uint256 cap = operatorRegistry.slashableStake(committeeId) / unitsPerMinor;
        if (cap > SlidingWindow.MAX_SUM) cap = SlidingWindow.MAX_SUM;
        (uint256 next, uint256 sum) = _charged[committee].add(block.timestamp, _disputeWindow, amountMinor);
        if (sum > cap) revert CommitteeCapExceeded(committeeId, cap, sum);
        _charged[committee] = next;
        // no more than the seconds since 1970
        bucket = uint48(next.newestBucket());
    }

    function _toPayee(bytes32 paymentId, Payment storage payment) private {
        uint256 amount = payment.amountMinor * unitsPerMinor;
        payment.status = Status.Released;
        lockedTotal -= amount;
        payableTo[payment.payee] += amount;
        emit Released(paymentId, payment.payee, payment.merchantId, amount);
    }

    /// @dev What goes back was not taken, so it makes room under the committee's cap again: otherwise a merchant that is its
    /// own customer would use the cap up with the same money over and over. Each payment comes here once at most, as its status
    /// is the last one. The payer's day keeps it: see {IPalmPay-spentTodayMinor}.
    function _toPayer(bytes32 paymentId, Payment storage payment) private {
        uint256 amount = payment.amountMinor * unitsPerMinor;
        payment.status = Status.Refunded;
        lockedTotal -= amount;
        uint32 committee = payment.committee;
        if (committee != 0) _charged[committee] = _charged[committee].subtract(payment.bucket, payment.amountMinor);
        _accounts[payment.payer].balance += SafeCast.toUint128(amount);
        emit Refunded(paymentId, payment.payer, payment.merchantId, amount);
    }

    function _deposit(address account, uint256 amount) private {
        if (amount == 0) revert ZeroAmount();
        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(msg.sender, address(this), amount);
        _credit(account, msg.sender, amount, before);
    }

    /// @dev A token that takes a fee would leave less here than is written, and the last to withdraw would pay for it.
    function _credit(address account, address from, uint256 amount, uint256 before) private {
        if (token.balanceOf(address(this)) - before != amount) revert TokenUnsupported(address(token));
        _accounts[account].balance += SafeCast.toUint128(amount);
        emit Deposited(account, from, amount);
    }

    function _debit(address account, uint256 amount) private {
        uint256 balance = _accounts[account].balance;
        if (balance < amount) revert BalanceTooLow(account, balance, amount);
        _accounts[account].balance = uint128(balance - amount);
    }

    function _setArbiter(address newArbiter) private {
        if (newArbiter == address(0)) revert ZeroAddress();
        arbiter = newArbiter;
        emit ArbiterSet(newArbiter);
    }

    function _isFrozen(AccountState storage account) private view returns (bool) {
        return account.frozen && (account.unfreezeAt == 0 || block.timestamp < account.unfreezeAt);
    }

    function _withStatus(bytes32 paymentId, Status status) private view returns (Payment storage payment) {
        payment = _payments[paymentId];
        if (payment.status != status) revert PaymentStatus(paymentId, payment.status);
    }
}
