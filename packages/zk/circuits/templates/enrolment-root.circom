// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.1.5;

include "binary-merkle-root.circom";
include "bitify.circom";

// The root of the enrolment tree (LeanIMT) above a leaf, for a path of 0 .. maxDepth siblings, maxDepth a power of two.
// Bits of the index and siblings above the depth take no part: the root does not depend on them, and nothing else uses them.
template EnrolmentRoot(maxDepth) {
    signal input leaf, depth, index, siblings[maxDepth];
    signal output out;

    // depth < 2 maxDepth and maxDepth - depth < 2 maxDepth, hence depth <= maxDepth: above it the root below would be 0
    signal depthBits[6] <== Num2Bits(6)(depth);
    signal restBits[6] <== Num2Bits(6)(maxDepth - depth);
    // node_0 = leaf, node_(i+1) = H(node_i, sibling_i) or H(sibling_i, node_i) by bit i of the index, out = node_depth
    out <== BinaryMerkleRoot(maxDepth)(leaf, depth, index, siblings);
}
