// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.1.5;

include "escalarmulfix.circom";

// S = s * B with B of EIP-2494 (circomlib's Base8). With fewer than 252 bits no addition inside EscalarMulFix meets two
// equal points, where its slope would be free (docs/zero-knowledge.md).
template IdentityPoint() {
    signal input secretBits[251];
    signal output x, y;

    var B[2] = [
        5299619240641551281634865583518297030282874472190772894086521144482721001553,
        16950150798460657717958625567821834550301663161624707787222815936182638968203
    ];
    component multiply = EscalarMulFix(251, B);
    multiply.e <== secretBits;
    // S = sum 2^i s_i B
    x <== multiply.out[0];
    y <== multiply.out[1];
}
