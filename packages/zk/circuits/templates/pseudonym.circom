// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.1.5;

include "escalarmulany.circom";
include "poseidon.circom";
include "tags.circom";

// H(D_PSEUDONYM, P.x, P.y) of P = s * Q. Q is taken to be a point of the prime-order subgroup and not neutral: verifiers
// compute it from chain and merchant, and nobody supplies it. For another Q the template says nothing.
template Pseudonym() {
    signal input secretBits[251], scopeX, scopeY;
    signal output out;

    component multiply = EscalarMulAny(251);
    multiply.e <== secretBits;
    multiply.p <== [scopeX, scopeY];
    // P = sum 2^i s_i Q
    out <== Poseidon(3)([pseudonymTag(), multiply.out[0], multiply.out[1]]);
}
