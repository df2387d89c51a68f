// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The scope point of a merchant: what its customers' pseudonyms are taken over
/// @notice `scope-point.ts` of packages/protocol states the derivation; a test holds the two against each other.
/// @dev Baby Jubjub (EIP-2494) over the scalar field of BN254, p - 1 = 2^28 * T with odd T. Everything here is public, so a
/// time that depends on the input gives nothing away.
library ScopePoint {
    uint256 internal constant P = 21888242871839275222246405745257275088548364400416034343698204186575808495617;
    uint256 private constant A = 168700;
    uint256 private constant D = 168696;
    uint256 private constant TWO_ADICITY = 28;
    /// @dev (T - 1) / 2
    uint256 private constant HALF_T = ((P - 1) / 2 ** TWO_ADICITY - 1) / 2;
    /// @dev 5^T: 5 is no square, so its order is 2^28.
    uint256 private constant ROOT_OF_UNITY = 19103219067921713944291392827692070036145651957329286315305642004821462161904;
    bytes32 private constant TAG = keccak256("palmhold/scope/1");

    /// @notice 8 * M for the first nonce whose M is on the curve and not of small order.
    /// @return x of a point of the prime-order subgroup that is not neutral
    /// @return y
    function derive(uint256 chainId, bytes32 merchantId, uint256 counter)
        internal
        view
        returns (uint256 x, uint256 y)
    {
        for (uint256 nonce = 0;; ++nonce) {
            y = uint256(keccak256(abi.encode(TAG, chainId, merchantId, counter, nonce))) % P;
            bool exists;
            (x, exists) = _abscissa(y);
            if (!exists) continue;
            (x, y) = _timesEight(x, y);
            // the only point of the subgroup with x = 0 is the neutral one
            if (x != 0) return (x, y);
        }
    }

    /// @dev The smaller x with x^2 = (1 - y^2) / (A - D y^2), if there is one.
    function _abscissa(uint256 y) private view returns (uint256 x, bool exists) {
        uint256 ySquared = mulmod(y, y, P);
        uint256 divisor = addmod(A, P - mulmod(D, ySquared, P), P);
        uint256 square = mulmod(addmod(1, P - ySquared, P), _power(divisor, P - 2), P);
        (x, exists) = _squareRoot(square);
        if (x > P >> 1) x = P - x;
    }

    /// @dev Tonelli and Shanks (Cohen, A Course in Computational Algebraic Number Theory, algorithm 1.5.1); no root of 0,
    /// which belongs to points of small order.
    function _squareRoot(uint256 square) private view returns (uint256 root, bool exists) {
        uint256 half = _power(square, HALF_T);
        root = mulmod(square, half, P);
        // square^T: its order is 2^rest with rest < 28 exactly where `square` is a square
        uint256 residue = mulmod(root, half, P);
        uint256 generator = ROOT_OF_UNITY;
        uint256 order = TWO_ADICITY;
        while (residue != 1) {
            uint256 rest = 0;
            for (uint256 power = residue; power != 1; power = mulmod(power, power, P)) {
                if (++rest == order) return (0, false);
            }
            for (uint256 i = order - rest; i > 1; --i) {
                generator = mulmod(generator, generator, P);
            }
            root = mulmod(root, generator, P);
            generator = mulmod(generator, generator, P);
            residue = mulmod(residue, generator, P);
            order = rest;
        }
        return (root, true);
    }

    /// @dev Three doublings in projective coordinates (dbl-2008-bbjlp of the Explicit-Formulas Database), then one inversion.
    function _timesEight(uint256 x, uint256 y) private view returns (uint256, uint256) {
        uint256 z = 1;
        for (uint256 i = 0; i < 3; ++i) {
            uint256 sum = addmod(x, y, P);
            uint256 c = mulmod(x, x, P);
            uint256 d = mulmod(y, y, P);
            uint256 e = mulmod(A, c, P);
            uint256 f = addmod(e, d, P);
            uint256 j = addmod(f, P - mulmod(2, mulmod(z, z, P), P), P);
            x = mulmod(addmod(mulmod(sum, sum, P), P - addmod(c, d, P), P), j, P);
            y = mulmod(f, addmod(e, P - d, P), P);
            z = mulmod(f, j, P);
        }
        uint256 inverse = _power(z, P - 2);
        return (mulmod(x, inverse, P), mulmod(y, inverse, P));
    }

    /// @dev EIP-198. It fails for want of gas alone, and then so does everything after it.
    function _power(uint256 base, uint256 exponent) private view returns (uint256 result) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, 0x20)
            mstore(add(free, 0x20), 0x20)
            mstore(add(free, 0x40), 0x20)
            mstore(add(free, 0x60), base)
            mstore(add(free, 0x80), exponent)
            mstore(add(free, 0xa0), P)
            if iszero(staticcall(gas(), 5, free, 0xc0, 0, 0x20)) { revert(0, 0) }
            result := mload(0)
        }
    }
}
