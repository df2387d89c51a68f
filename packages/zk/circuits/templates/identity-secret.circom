// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.1.5;

include "bitify.circom";
include "comparators.circom";

// The bits of an identity secret s with 0 < s < l, where l is the order of Baby Jubjub's subgroup (251 bits). A secret has
// one spelling: s + l would be the same point, and s + p does not have 251 bits.
template IdentitySecret() {
    signal input s;
    signal output bits[251];

    var l = 2736030358979909402780800718157159386076813972158567259200215660948447373041;

    // s = sum 2^i b_i < 2^251
    bits <== Num2Bits(251)(s);
    // l - 1 - s < 2^251: both are below 2^251, so that a negative difference would be p - 2^251 or more, which has 254 bits
    signal rest[251] <== Num2Bits(251)(l - 1 - s);
    // s != 0
    signal isZero <== IsZero()(s);
    isZero === 0;
}
