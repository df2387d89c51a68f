// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.1.5;

// The payer is nobody (0) or the account; which of them a request's type demands is the verifier's to say.
template Payer() {
    signal input payer, account;

    // payer (payer - account) = 0
    payer * (payer - account) === 0;
}
