// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.1.5;

// Domain separators: a name in ASCII, read as a big-endian number. A test holds them against COMMITMENT_TAGS of
// packages/protocol.

// palmhold/template/3
function templateTag() {
    return 2506170249894548346087656266269105104844304179;
}

// palmhold/enrolment/1
function enrolmentTag() {
    return 641579583973004376598421912871056709133708570417;
}

// palmhold/leaf/1
function leafTag() {
    return 583513232389126984888598901794680625;
}

// palmhold/link/1
function linkTag() {
    return 583513232389126984888598919192981297;
}

// palmhold/probe/1
function probeTag() {
    return 149379387491616508131482459113062215473;
}

// palmhold/pseudonym/2
function pseudonymTag() {
    return 641579583973004376598435234427527307446908170034;
}
