// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.1.5;

// Puts the commitment of one hand and that of the other in the order left, right.
template TemplatePair() {
    // 0: the left hand, 1: the right one
    signal input hand, shown, other;
    signal output left, right;

    // h (h - 1) = 0
    hand * (hand - 1) === 0;
    // left = shown + h (other - shown), right = other + shown - left
    left <== shown + hand * (other - shown);
    right <== other + shown - left;
}
