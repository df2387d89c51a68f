// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.1.5;

include "templates/enrolment-leaf.circom";
include "templates/enrolment-root.circom";
include "templates/identity-point.circom";
include "templates/identity-secret.circom";
include "templates/link.circom";
include "templates/pseudonym.circom";

// Somebody enrolled under `root` has this pseudonym in the scope Q, and links to `link`. docs/zero-knowledge.md states the
// relation; packages/protocol/src/commitments.ts is its plain model.
template Membership(maxDepth) {
    signal input root, link, scopeX, scopeY, pseudonym;
    signal input templateLeft, templateRight, s, account, linkSalt;
    signal input depth, index, siblings[maxDepth];

    // 0 < s < l
    signal secretBits[251] <== IdentitySecret()(s);
    // S = s B
    component identity = IdentityPoint();
    identity.secretBits <== secretBits;
    // leaf = H(D_LEAF, H(D_ENROLMENT, left, right, S), account)
    signal leaf <== EnrolmentLeaf()(templateLeft, templateRight, identity.x, identity.y, account);
    // root = the node `depth` levels above leaf
    signal above <== EnrolmentRoot(maxDepth)(leaf, depth, index, siblings);
    root === above;
    // pseudonym = H(D_PSEUDONYM, s Q)
    signal named <== Pseudonym()(secretBits, scopeX, scopeY);
    pseudonym === named;
    // link = H(D_LINK, left, right, account, salt)
    signal linked <== Link()(templateLeft, templateRight, account, linkSalt);
    link === linked;
}

component main {public [root, link, scopeX, scopeY, pseudonym]} = Membership(32);
