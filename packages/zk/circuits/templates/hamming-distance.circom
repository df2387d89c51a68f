// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.1.5;

// In how many of n places two rows of bits differ. The inputs are taken to be bits.
template HammingDistance(n) {
    signal input a[n], b[n];
    signal output out;

    // sum a_i + b_i - 2 a_i b_i, at most n
    signal both[n];
    var sum = 0;
    for (var i = 0; i < n; i++) {
        both[i] <== a[i] * b[i];
        sum += a[i] + b[i] - 2 * both[i];
    }
    out <== sum;
}
