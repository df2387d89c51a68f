// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.1.5;

// Makes a public input part of the constraints where nothing else does, so that no proof holds for another value of it.
template Bound() {
    signal input in;

    // square = in^2
    signal square <== in * in;
}
