// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SlidingWindow} from "../libraries/SlidingWindow.sol";

/// @title Fuzz test of the sliding window against a list of everything that was added
contract SlidingWindowTest {
    using SlidingWindow for uint256;

    uint256 private constant STEPS = 24;

    struct Entry {
        uint256 time;
        uint256 amount;
    }

    /// @notice What counts is never less than what the last window holds, and never more than 1.25 windows (and one bucket's
    /// rounding) hold; a limit kept by the counted sum is kept by the true one.
    function testFuzz_boundsTheTrueSum(uint256 seed, uint32 window, uint40 limit) external pure {
        Entry[] memory entries = new Entry[](STEPS);
        uint256 count;
        uint256 word;
        uint256 time = 1_800_000_000;
        for (uint256 i = 0; i < STEPS; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            // steps from none to more than a window
            time += (seed >> 128) % (uint256(window) / ((seed & 7) + 1) + 2);
            uint256 amount = (seed >> 8) % (uint256(limit) / ((seed >> 3 & 7) + 1) + 1);
            (uint256 next, uint256 sum) = word.add(time, window, amount);
            uint256 bucket = SlidingWindow.bucketLength(window);
            require(sum >= amount + total(entries, count, time, window), "counts too little");
            require(sum <= amount + total(entries, count, time, 5 * bucket), "counts too much");
            if (sum > limit) continue;
            word = next;
            entries[count++] = Entry(time, amount);
            require(word.sumAt(time, window) == sum, "forgets what it counted");
        }
    }

    /// @notice Amounts of one bucket never spill into another, up to the greatest sum.
    function testFuzz_bucketsAreApart(uint40 first, uint40 second, uint32 window) external pure {
        uint256 bucket = SlidingWindow.bucketLength(window);
        uint256 word;
        (word,) = word.add(1000 * bucket, window, first);
        uint256 room = SlidingWindow.MAX_SUM - first;
        uint256 amount = second > room ? room : second;
        (word,) = word.add(1001 * bucket, window, amount);
        require(word.sumAt(1004 * bucket, window) == uint256(first) + amount, "both count");
        require(word.sumAt(1005 * bucket, window) == amount, "the first has gone");
        require(word.sumAt(1006 * bucket, window) == 0, "both have gone");
    }

    function total(Entry[] memory entries, uint256 count, uint256 time, uint256 window) private pure returns (uint256 sum) {
        for (uint256 i = 0; i < count; ++i) {
            if (entries[i].time + window > time) sum += entries[i].amount;
        }
    }
}
