// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {FuzzWorld} from "./FuzzWorld.t.sol";

/// @title Fuzz test of the cap: what a lying quorum loses for certain
contract OperatorRegistryTest is FuzzWorld {
    /// @notice The cap is the least stake of any quorum of active members, over every quorum there is; of two epochs that
    /// may both charge, the lesser one's.
    function testFuzz_capIsTheCheapestQuorum(uint256 seed) external {
        for (uint256 i = 0; i < OPERATORS; ++i) {
            seed = next(seed);
            if (seed % 3 == 0) stake(i, (seed >> 8) % (2 * uint256(MINIMUM_STAKE)) + 1);
        }
        bool hasGrace = seed >> 16 & 1 == 0;
        uint256 least = cheapestQuorum(OPERATORS, QUORUM);
        if (hasGrace) {
            // three of the five go on, with a quorum of two
            address[] memory members = new address[](3);
            for (uint256 i = 0; i < 3; ++i) {
                members[i] = keys[i].addr;
            }
            operators.advanceEpoch(COMMITTEE, members, THRESHOLD, 2);
        }
        for (uint256 i = 0; i < OPERATORS; ++i) {
            seed = next(seed);
            if (seed % 5 == 0) operators.deactivate(keys[i].addr);
            if (seed % 5 == 1) startExit(i);
        }
        uint256 before = cheapestQuorum(OPERATORS, QUORUM);
        least = before;
        if (hasGrace) {
            uint256 current = cheapestQuorum(3, 2);
            least = current == 0 || (before != 0 && before < current) ? before : current;
        }
        require(operators.slashableStake(COMMITTEE) == least, "another cap");
    }

    /// @notice The registry holds exactly the stakes it says it holds, whatever members deposit, leave or take.
    function testFuzz_stakesAreHeld(uint256 seed) external {
        for (uint256 step = 0; step < 16; ++step) {
            seed = next(seed);
            uint256 operator = (seed >> 8) % OPERATORS;
            address account = keys[operator].addr;
            if (seed % 5 == 0) try this.tryStake(operator, (seed >> 16) % MINIMUM_STAKE + 1) {} catch {}
            if (seed % 5 == 1) try this.tryLeave(operator) {} catch {}
            if (seed % 5 == 2) vm.warp(block.timestamp + (seed >> 16) % 30 days);
            if (seed % 5 == 3) {
                vm.prank(account);
                try operators.withdrawStake() {} catch {}
            }
            if (seed % 5 == 4) try operators.deactivate(account) {} catch {}
            uint256 held;
            for (uint256 i = 0; i < OPERATORS; ++i) {
                held += operators.operatorOf(keys[i].addr).stake;
            }
            require(token.balanceOf(address(operators)) == held, "holds another sum");
        }
    }

    function tryStake(uint256 operator, uint256 amount) external {
        stake(operator, amount);
    }

    function tryLeave(uint256 operator) external {
        startExit(operator);
    }

    function startExit(uint256 operator) private {
        vm.prank(keys[operator].addr);
        operators.startExit();
    }

    /// @dev By looking at every set of `quorum` among the first `n`: zero where none is active.
    function cheapestQuorum(uint256 n, uint256 quorum) private view returns (uint256 least) {
        for (uint256 set = 1; set < 1 << n; ++set) {
            uint256 count;
            uint256 sum;
            bool isActive = true;
            for (uint256 i = 0; i < n; ++i) {
                if (set >> i & 1 == 0) continue;
                isActive = isActive && operators.isActive(keys[i].addr);
                sum += operators.operatorOf(keys[i].addr).stake;
                ++count;
            }
            if (count == quorum && isActive && (least == 0 || sum < least)) least = sum;
        }
    }
}
