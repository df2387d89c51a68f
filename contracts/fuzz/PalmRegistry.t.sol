// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PoseidonT3} from "poseidon-solidity/PoseidonT3.sol";
import {IPalmRegistry} from "../interfaces/IPalmRegistry.sol";
import {PalmRegistry} from "../PalmRegistry.sol";
import {Vm} from "./FuzzWorld.t.sol";

/// @title Fuzz test of the enrolment tree and its roots, under random enrolments, renewals and revocations
contract PalmRegistryTest {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    uint256 private constant STEPS = 10;
    uint256 private constant FIELD_ORDER = 21888242871839275222246405745257275088548364400416034343698204186575808495617;
    uint32 private constant MIN_AGE = 180;
    /// @dev A request's life and the skew of clocks.
    uint256 private constant LIFE = 150;

    PalmRegistry private palms;
    bytes32[] private roots;
    uint256[] private createdAt;
    uint32[] private live;

    function setUp() public {
        vm.warp(1_800_000_000);
        palms = new PalmRegistry(IPalmRegistry.Parameters(1000, 1000, 1, MIN_AGE, 1 days, 270, MIN_AGE + 150));
    }

    /// @notice After each step the root is that of the leaves: levels of pairs, where an odd node goes up as it is.
    function testFuzz_rootIsThatOfItsLeaves(uint256 seed) external {
        for (uint256 step = 0; step < STEPS; ++step) {
            seed = uint256(keccak256(abi.encode(seed)));
            change(seed);
            require(uint256(palms.currentRoot()) == rootOfLeaves(), "another root");
        }
    }

    /// @notice Whoever leaves, and whenever: a request is answered under the newest root that is old enough, to the end of its
    /// life, and a root is dead ten minutes after somebody left.
    function testFuzz_someRootCountsAtAnyTime(uint256 seed) external {
        change(0);
        vm.warp(block.timestamp + MIN_AGE);
        for (uint256 step = 0; step < STEPS; ++step) {
            seed = uint256(keccak256(abi.encode(seed)));
            vm.warp(block.timestamp + (seed >> 128) % (seed >> 200 & 1 == 0 ? 60 : 700));
            checkNewest();
            uint256 known = roots.length;
            bool leaves = change(seed);
            if (!leaves || known == 0) continue;
            uint48 refusedFrom = palms.rootOf(roots[known - 1]).refusedFrom;
            require(refusedFrom != 0 && refusedFrom <= block.timestamp + 600, "lives on");
        }
    }

    function checkNewest() private view {
        for (uint256 i = roots.length; i > 0; --i) {
            if (createdAt[i - 1] + MIN_AGE > block.timestamp) continue;
            palms.requireUsableRoot(roots[i - 1], block.timestamp, block.timestamp + LIFE - 1);
            return;
        }
        revert("no root is old enough");
    }

    /// @return leaves whether somebody left
    function change(uint256 seed) private returns (bool leaves) {
        leaves = live.length > 1 && seed % 2 == 1;
        bytes32 commitment = bytes32(uint256(keccak256(abi.encode(seed, roots.length))) % FIELD_ORDER);
        if (!leaves) {
            live.push(palms.enrol(commitment, 0));
        } else {
            uint256 pick = (seed >> 8) % live.length;
            if (seed >> 4 & 1 == 0) {
                palms.renew(live[pick], commitment, 0);
            } else {
                palms.revoke(live[pick]);
                live[pick] = live[live.length - 1];
                live.pop();
            }
        }
        roots.push(palms.currentRoot());
        createdAt.push(block.timestamp);
    }

    function rootOfLeaves() private view returns (uint256) {
        uint256 count = palms.enrolmentCount();
        uint256[] memory level = new uint256[](count);
        for (uint32 i = 0; i < count; ++i) {
            level[i] = uint256(palms.leafOf(i));
        }
        while (count > 1) {
            for (uint256 i = 0; i < count; i += 2) {
                level[i / 2] = i + 1 < count ? PoseidonT3.hash([level[i], level[i + 1]]) : level[i];
            }
            count = (count + 1) / 2;
        }
        return level[0];
    }
}
