// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.1.5;

include "poseidon.circom";
include "tags.circom";

// The leaf that PalmRegistry makes of an enrolment and its sender.
template EnrolmentLeaf() {
    signal input templateLeft, templateRight, identityX, identityY, account;
    signal output out;

    // enrolment = H(D_ENROLMENT, left, right, S.x, S.y)
    signal enrolment <== Poseidon(5)([enrolmentTag(), templateLeft, templateRight, identityX, identityY]);
    // leaf = H(D_LEAF, enrolment, account)
    out <== Poseidon(3)([leafTag(), enrolment, account]);
}
