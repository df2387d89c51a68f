// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MatchAttestation, Request, Scan} from "../interfaces/IMatchVerifier.sol";
import {IPalmPay} from "../interfaces/IPalmPay.sol";
import {FuzzWorld} from "./FuzzWorld.t.sol";

/// @title Fuzz test of the money: random histories of charges, refunds, disputes, payouts and withdrawals
contract PalmPayTest is FuzzWorld {
    uint256 private constant STEPS = 24;
    uint256 private constant PAYERS = 2;
    uint256 private constant BALANCE_MINOR = 2_000_000;
    uint40 private constant PER_PAYMENT = 150_000;
    uint40 private constant PER_DAY = 400_000;

    bytes32[] private ids;
    uint256[] private chargedAt;

    function setUp() public override {
        super.setUp();
        for (uint256 i = 0; i < PAYERS; ++i) {
            address account = payer(i);
            token.mint(account, BALANCE_MINOR * UNIT);
            vm.prank(account);
            token.approve(address(palmPay), type(uint256).max);
            vm.prank(account);
            palmPay.deposit(BALANCE_MINOR * UNIT);
            vm.prank(account);
            palmPay.optIn(COMMITTEE);
            vm.prank(account);
            palmPay.setLimits(2, PER_PAYMENT, PER_DAY);
        }
    }

    /// @notice After each step: the contract holds balances, what is locked and what is payable, to the unit; what is locked is
    /// the sum of the open payments; the committee's open and paid charges stay within its cap; and each payment's state is one
    /// that its last state leads to.
    function testFuzz_moneyIsAccountedFor(uint256 seed) external {
        for (uint256 step = 0; step < STEPS; ++step) {
            seed = next(seed);
            IPalmPay.Status[] memory before = statuses();
            act(seed);
            checkSums();
            checkSteps(before);
            checkCap();
        }
    }

    function act(uint256 seed) private {
        uint256 what = seed % 12;
        address by = payer((seed >> 8) % PAYERS);
        uint256 amountMinor = (seed >> 16) % (PER_PAYMENT + PER_PAYMENT / 8) + 1;
        if (what < 5) return tryCharge(by, uint64(amountMinor));
        if (what == 5) {
            vm.warp(block.timestamp + (seed >> 64) % 6 days);
            return;
        }
        if (what == 6) {
            vm.prank(by);
            try palmPay.withdraw(amountMinor * UNIT) {} catch {}
            return;
        }
        if (what == 7) {
            try palmPay.claimPayout(PAYOUT) {} catch {}
            return;
        }
        if (ids.length != 0) settle(what, ids[(seed >> 128) % ids.length], seed >> 200 & 1 == 0);
    }

    function settle(uint256 what, bytes32 id, bool yes) private {
        if (what == 8) {
            vm.prank(yes ? PAYOUT : stranger.addr);
            try palmPay.refund(id) {
                require(yes, "a stranger refunds");
            } catch {}
        } else if (what == 9) {
            vm.prank(palmPay.paymentOf(id).payer);
            try palmPay.dispute(id) {} catch {}
        } else if (what == 10) {
            vm.prank(ARBITER);
            try palmPay.resolve(id, yes) {} catch {}
        } else {
            bytes32[] memory one = new bytes32[](1);
            one[0] = id;
            if (yes) try palmPay.release(one) {} catch {}
            else try palmPay.closeDispute(id) {} catch {}
        }
    }

    function tryCharge(address by, uint64 amountMinor) private {
        (Request memory request, Scan memory scan, MatchAttestation memory attestation) = newPayment(by, amountMinor);
        bytes memory requestSignature = signed(terminal, attestation.requestHash);
        bytes memory scanSignature = signed(terminal, attestation.scanHash);
        bytes memory evidence = quorumOf(QUORUM, verifier.hashAttestation(attestation));
        bytes memory call =
            abi.encodeCall(palmPay.charge, (request, requestSignature, scan, scanSignature, attestation, evidence));
        (bool isCharged,) = address(palmPay).call(call);
        if (!isCharged) return;
        require(amountMinor <= PER_PAYMENT, "above the limit");
        ids.push(attestation.requestHash);
        chargedAt.push(block.timestamp);
        (bool again,) = address(palmPay).call(call);
        require(!again, "charged twice");
    }

    function checkSums() private view {
        uint256 balances;
        for (uint256 i = 0; i < PAYERS; ++i) {
            balances += palmPay.accountOf(payer(i)).balance;
        }
        uint256 locked;
        for (uint256 i = 0; i < ids.length; ++i) {
            IPalmPay.Payment memory payment = palmPay.paymentOf(ids[i]);
            bool isOpen = payment.status == IPalmPay.Status.Locked || payment.status == IPalmPay.Status.Disputed;
            if (isOpen) locked += payment.amountMinor * UNIT;
        }
        require(palmPay.lockedTotal() == locked, "locks another sum");
        require(token.balanceOf(address(palmPay)) == balances + locked + palmPay.payableTo(PAYOUT), "holds another sum");
    }

    function checkSteps(IPalmPay.Status[] memory before) private view {
        for (uint256 i = 0; i < before.length; ++i) {
            IPalmPay.Status status = palmPay.paymentOf(ids[i]).status;
            if (status == before[i]) continue;
            bool isLast = before[i] == IPalmPay.Status.Released || before[i] == IPalmPay.Status.Refunded;
            require(!isLast && status != IPalmPay.Status.Locked && status != IPalmPay.Status.None, "goes back");
        }
    }

    /// @dev What was charged within a dispute window and not given back is what a lying quorum could have taken.
    function checkCap() private view {
        uint256 taken;
        for (uint256 i = 0; i < ids.length; ++i) {
            IPalmPay.Payment memory payment = palmPay.paymentOf(ids[i]);
            bool counts = chargedAt[i] + DISPUTE_WINDOW > block.timestamp && payment.status != IPalmPay.Status.Refunded;
            if (counts) taken += payment.amountMinor;
        }
        require(taken * UNIT <= operators.slashableStake(COMMITTEE), "more than the committee can lose");
        require(taken <= palmPay.chargedInWindowMinor(COMMITTEE), "counts too little");
    }

    function statuses() private view returns (IPalmPay.Status[] memory all) {
        all = new IPalmPay.Status[](ids.length);
        for (uint256 i = 0; i < ids.length; ++i) {
            all[i] = palmPay.paymentOf(ids[i]).status;
        }
    }

    function payer(uint256 index) private pure returns (address) {
        return address(uint160(0xbeef00 + index));
    }
}
