// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.1.5;

include "poseidon.circom";

// The commitment to a palm code, H(tag, limb_0 .. limb_7, salt). The input is taken to be 1,536 bits: whoever uses the
// template constrains them. A limb of 192 bits can't wrap around the field, so that one code has one row of limbs.
template CodeCommitment(tag) {
    signal input bits[1536], salt;
    signal output out;

    signal limbs[8];
    for (var k = 0; k < 8; k++) {
        // limb_k = sum 2^i b_(192 k + i) < 2^192
        var limb = 0;
        for (var i = 0; i < 192; i++) limb += bits[192 * k + i] * (1 << i);
        limbs[k] <== limb;
    }
    out <== Poseidon(10)([tag, limbs[0], limbs[1], limbs[2], limbs[3], limbs[4], limbs[5], limbs[6], limbs[7], salt]);
}
