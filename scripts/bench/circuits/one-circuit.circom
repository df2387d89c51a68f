// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.1.5;

include "templates/below-threshold.circom";
include "templates/bits.circom";
include "templates/bound.circom";
include "templates/code-commitment.circom";
include "templates/enrolment-leaf.circom";
include "templates/enrolment-root.circom";
include "templates/hamming-distance.circom";
include "templates/identity-point.circom";
include "templates/identity-secret.circom";
include "templates/payer.circom";
include "templates/pseudonym.circom";
include "templates/tags.circom";
include "templates/template-pair.circom";

// Membership and match in one circuit and without a link, for the benchmark alone: what the split saves.
template OneCircuit(maxDepth) {
    signal input root, scopeX, scopeY, pseudonym, probe, context, threshold, payer;
    signal input s, account, depth, index, siblings[maxDepth];
    signal input templateBits[1536], templateSalt, probeBits[1536], probeSalt, hand, otherTemplate;

    Bits(1536)(templateBits);
    Bits(1536)(probeBits);
    signal probed <== CodeCommitment(probeTag())(probeBits, probeSalt);
    probe === probed;
    component pair = TemplatePair();
    pair.hand <== hand;
    pair.shown <== CodeCommitment(templateTag())(templateBits, templateSalt);
    pair.other <== otherTemplate;
    signal distance <== HammingDistance(1536)(templateBits, probeBits);
    BelowThreshold(11)(distance, threshold);
    Payer()(payer, account);
    Bound()(context);

    signal secretBits[251] <== IdentitySecret()(s);
    component identity = IdentityPoint();
    identity.secretBits <== secretBits;
    signal leaf <== EnrolmentLeaf()(pair.left, pair.right, identity.x, identity.y, account);
    signal above <== EnrolmentRoot(maxDepth)(leaf, depth, index, siblings);
    root === above;
    signal named <== Pseudonym()(secretBits, scopeX, scopeY);
    pseudonym === named;
}

component main {public [root, scopeX, scopeY, pseudonym, probe, context, threshold, payer]} = OneCircuit(32);
