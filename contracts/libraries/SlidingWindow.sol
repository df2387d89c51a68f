// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title A sum over the last `window` seconds, in one storage slot
/// @notice Time is cut into buckets of a quarter window, and the sum of the newest five counts. Any interval of `window`
/// seconds lies within five neighbouring buckets, so no interval ever holds more than the limit; the price is that an
/// amount may count for up to 1.25 windows.
///
/// Layout of the word, lowest bits first: 5 sums of 40 bits (newest first), then the newest bucket's number.
/// 40 bits are 10,995,116,277.75 in a currency's main unit.
library SlidingWindow {
    uint256 internal constant MAX_SUM = type(uint40).max;

    uint256 private constant BUCKETS = 5;
    uint256 private constant SUM_BITS = 40;
    uint256 private constant SUMS_BITS = BUCKETS * SUM_BITS;
    uint256 private constant SUMS_MASK = (1 << SUMS_BITS) - 1;

    /// @notice `word` with `amount` added to the bucket of `time`, and the sum that counts then.
    /// @dev The caller refuses a sum above its limit (at most {MAX_SUM}) before it stores the word, so no bucket overflows.
    /// A `time` before the newest bucket (a chain whose clock was set back) counts as the newest.
    function add(uint256 word, uint256 time, uint256 window, uint256 amount)
        internal
        pure
        returns (uint256 next, uint256 sum)
    {
        uint256 bucket = time / bucketLength(window);
        uint256 newest = newestBucket(word);
        uint256 sums = word & SUMS_MASK;
        if (bucket > newest) {
            uint256 age = bucket - newest;
            sums = age >= BUCKETS ? 0 : (sums << (age * SUM_BITS)) & SUMS_MASK;
        } else {
            bucket = newest;
        }
        for (uint256 rest = sums; rest != 0; rest >>= SUM_BITS) {
            sum += rest & MAX_SUM;
        }
        sum += amount;
        next = (bucket << SUMS_BITS) | (sums + amount);
    }

    /// @notice `word` without an `amount` that it counted, taken from the very bucket that counted it.
    /// @dev The caller takes out what it added, once: `bucket` is {newestBucket} of the word that {add} gave back then. What
    /// has aged away since stays away, so never more is freed than still counts, and no bucket borrows from another.
    function subtract(uint256 word, uint256 bucket, uint256 amount) internal pure returns (uint256) {
        uint256 age = newestBucket(word) - bucket;
        return age >= BUCKETS ? word : word - (amount << (age * SUM_BITS));
    }

    /// @notice The number of the bucket that the last amount was added to.
    function newestBucket(uint256 word) internal pure returns (uint256) {
        return word >> SUMS_BITS;
    }

    /// @notice The sum that counts at `time`.
    function sumAt(uint256 word, uint256 time, uint256 window) internal pure returns (uint256 sum) {
        (, sum) = add(word, time, window, 0);
    }

    /// @notice Seconds in a bucket: a quarter window, rounded up, at least 1.
    function bucketLength(uint256 window) internal pure returns (uint256) {
        return window == 0 ? 1 : (window + 3) / 4;
    }
}
