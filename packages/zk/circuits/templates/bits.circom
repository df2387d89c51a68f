// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.1.5;

// Each of n signals is 0 or 1.
template Bits(n) {
    signal input in[n];

    // b (b - 1) = 0
    for (var i = 0; i < n; i++) in[i] * (in[i] - 1) === 0;
}
