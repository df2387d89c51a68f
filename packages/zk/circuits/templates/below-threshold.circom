// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.1.5;

include "bitify.circom";
include "comparators.circom";

// distance < threshold < 2^n. The distance is taken to be below 2^n. A threshold of 0 is never met.
template BelowThreshold(n) {
    signal input distance, threshold;

    // threshold = sum 2^i t_i, i < n: LessThan is only sound for inputs of n bits
    signal thresholdBits[n] <== Num2Bits(n)(threshold);
    // distance + 2^n - threshold < 2^n
    signal isBelow <== LessThan(n)([distance, threshold]);
    isBelow === 1;
}
