// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.1.5;

include "templates/below-threshold.circom";
include "templates/bits.circom";
include "templates/bound.circom";
include "templates/code-commitment.circom";
include "templates/hamming-distance.circom";
include "templates/link.circom";
include "templates/payer.circom";
include "templates/tags.circom";
include "templates/template-pair.circom";

// A palm that `link` commits to is nearer than `threshold` to the code that `probe` commits to, said for `context` alone.
// docs/zero-knowledge.md states the relation; packages/protocol/src/commitments.ts is its plain model.
template Match() {
    signal input link, probe, context, threshold, payer;
    signal input templateBits[1536], templateSalt, probeBits[1536], probeSalt;
    signal input hand, otherTemplate, account, linkSalt;

    Bits(1536)(templateBits);
    Bits(1536)(probeBits);
    // probe = H(D_PROBE, limbs, salt)
    signal probed <== CodeCommitment(probeTag())(probeBits, probeSalt);
    probe === probed;
    // shown = H(D_TEMPLATE, limbs, salt)
    signal shown <== CodeCommitment(templateTag())(templateBits, templateSalt);
    // link = H(D_LINK, left, right, account, salt)
    component pair = TemplatePair();
    pair.hand <== hand;
    pair.shown <== shown;
    pair.other <== otherTemplate;
    signal linked <== Link()(pair.left, pair.right, account, linkSalt);
    link === linked;
    // HD(template, probe) < threshold < 2^11
    signal distance <== HammingDistance(1536)(templateBits, probeBits);
    BelowThreshold(11)(distance, threshold);
    // payer in {0, account}
    Payer()(payer, account);
    Bound()(context);
}

component main {public [link, probe, context, threshold, payer]} = Match();
