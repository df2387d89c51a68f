// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.1.5;

include "poseidon.circom";
include "tags.circom";

// What joins a membership proof to match proofs: H(D_LINK, left, right, account, salt).
template Link() {
    signal input templateLeft, templateRight, account, salt;
    signal output out;

    out <== Poseidon(5)([linkTag(), templateLeft, templateRight, account, salt]);
}
