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
        uint256 bucket;
    }

    /// @notice What counts is never less than what the last window holds, and never more than 1.25 windows (and one bucket's
    /// rounding) hold; a limit kept by the counted sum is kept by the true one. All of it also when sums are taken out again.
    function testFuzz_boundsTheTrueSum(uint256 seed, uint32 window, uint40 limit) external pure {
        Entry[] memory entries = new Entry[](STEPS);
        uint256 count;
        uint256 word;
        uint256 time = 1_800_000_000;
        for (uint256 i = 0; i < STEPS; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            // steps from none to more than a window
            time += (seed >> 128) % (uint256(window) / ((seed & 7) + 1) + 2);
            if (count != 0 && seed >> 6 & 3 == 0) word = takeOut(entries[(seed >> 64) % count], word, time, window);
            uint256 amount = (seed >> 8) % (uint256(limit) / ((seed >> 3 & 7) + 1) + 1);
            (uint256 next, uint256 sum) = word.add(time, window, amount);
            uint256 bucket = SlidingWindow.bucketLength(window);
            require(sum >= amount + total(entries, count, time, window), "counts too little");
            require(sum <= amount + total(entries, count, time, 5 * bucket), "counts too much");
            if (sum > limit) continue;
            word = next;
            entries[count++] = Entry(time, amount, word.newestBucket());
            require(word.sumAt(time, window) == sum, "forgets what it counted");
        }
    }

    /// @notice What is taken out leaves the sum as if it had never been added: in every bucket, and at every time after.
    function testFuzz_subtractUndoesAdd(uint256 seed, uint32 window, uint40 amount) external pure {
        uint256 taken = seed % STEPS;
        uint256 with;
        uint256 without;
        uint256 bucket;
        uint256 time = 1_800_000_000;
        for (uint256 i = 0; i < STEPS; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            time += (seed >> 128) % (SlidingWindow.bucketLength(window) * 2 + 1);
            uint256 other = seed % (SlidingWindow.MAX_SUM / STEPS);
            if (i == taken) {
                uint256 counted = uint256(amount) / STEPS;
                (with,) = with.add(time, window, counted);
                bucket = with.newestBucket();
                require(with.subtract(bucket, counted).sumAt(time, window) == without.sumAt(time, window), "at once");
            }
            (with,) = with.add(time, window, other);
            (without,) = without.add(time, window, other);
            if (i >= taken) require(with.subtract(bucket, uint256(amount) / STEPS) == without, "later");
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

    /// @dev Takes an entry out, of the word and of the list.
    function takeOut(Entry memory entry, uint256 word, uint256 time, uint256 window) private pure returns (uint256 next) {
        next = word.subtract(entry.bucket, entry.amount);
        uint256 freed = word.sumAt(time, window) - next.sumAt(time, window);
        require(freed == 0 || freed == entry.amount, "frees a part");
        require(freed == entry.amount || entry.time + window <= time, "frees nothing of what counts");
        entry.amount = 0;
    }

    function total(Entry[] memory entries, uint256 count, uint256 time, uint256 window) private pure returns (uint256 sum) {
        for (uint256 i = 0; i < count; ++i) {
            if (entries[i].time + window > time) sum += entries[i].amount;
        }
    }
}
