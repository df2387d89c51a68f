// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {DevelopmentKeys} from "./generated/DevelopmentKeys.sol";
import {IProofVerifier, VerifyingKey} from "./interfaces/IProofVerifier.sol";

/// @title A verifier of Groth16 proofs over BN254 with five public inputs, for whatever key it is deployed with
/// @notice e(A, B) = e(alpha, beta) e(IC_0 + sum input_i IC_i, gamma) e(C, delta) (Groth, EUROCRYPT 2016, section 3.2).
/// @dev Precompiles of EIP-196 and EIP-197, which refuse points off the curve and take infinity: that one is refused here. The
/// key stands in the code, 26 words that cost no storage read.
contract Groth16Verifier is IProofVerifier {
    /// @dev r: order of the groups, and so the field of inputs.
    uint256 private constant SCALAR_ORDER = 21888242871839275222246405745257275088548364400416034343698204186575808495617;
    /// @dev q: the field of coordinates.
    uint256 private constant BASE_ORDER = 21888242871839275222246405745257275088696311157297823662689037894645226208583;
    uint256 private constant LOCAL_CHAIN = 31337;
    /// @dev More than twice of what the four pairings cost: a precompile that refuses takes all the gas it is given.
    uint256 private constant PAIRING_GAS = 400_000;

    uint256 private immutable _alphaX;
    uint256 private immutable _alphaY;
    uint256 private immutable _betaX1;
    uint256 private immutable _betaX0;
    uint256 private immutable _betaY1;
    uint256 private immutable _betaY0;
    uint256 private immutable _gammaX1;
    uint256 private immutable _gammaX0;
    uint256 private immutable _gammaY1;
    uint256 private immutable _gammaY0;
    uint256 private immutable _deltaX1;
    uint256 private immutable _deltaX0;
    uint256 private immutable _deltaY1;
    uint256 private immutable _deltaY0;
    uint256 private immutable _ic0X;
    uint256 private immutable _ic0Y;
    uint256 private immutable _ic1X;
    uint256 private immutable _ic1Y;
    uint256 private immutable _ic2X;
    uint256 private immutable _ic2Y;
    uint256 private immutable _ic3X;
    uint256 private immutable _ic3Y;
    uint256 private immutable _ic4X;
    uint256 private immutable _ic4Y;
    uint256 private immutable _ic5X;
    uint256 private immutable _ic5Y;

    /// @inheritdoc IProofVerifier
    bytes32 public immutable keyHash;

    constructor(VerifyingKey memory key) {
        _check(key);
        bytes32 hash = keccak256(abi.encode(key));
        bool isDevelopment = hash == DevelopmentKeys.MEMBERSHIP || hash == DevelopmentKeys.MATCH;
        if (isDevelopment && block.chainid != LOCAL_CHAIN) revert DevelopmentKey(hash);
        keyHash = hash;
        _alphaX = key.alpha[0];
        _alphaY = key.alpha[1];
        _betaX1 = key.beta[0];
        _betaX0 = key.beta[1];
        _betaY1 = key.beta[2];
        _betaY0 = key.beta[3];
        _gammaX1 = key.gamma[0];
        _gammaX0 = key.gamma[1];
        _gammaY1 = key.gamma[2];
        _gammaY0 = key.gamma[3];
        _deltaX1 = key.delta[0];
        _deltaX0 = key.delta[1];
        _deltaY1 = key.delta[2];
        _deltaY0 = key.delta[3];
        _ic0X = key.ic[0];
        _ic0Y = key.ic[1];
        _ic1X = key.ic[2];
        _ic1Y = key.ic[3];
        _ic2X = key.ic[4];
        _ic2Y = key.ic[5];
        _ic3X = key.ic[6];
        _ic3Y = key.ic[7];
        _ic4X = key.ic[8];
        _ic4Y = key.ic[9];
        _ic5X = key.ic[10];
        _ic5Y = key.ic[11];
    }

    /// @inheritdoc IProofVerifier
    function verify(uint256[5] calldata inputs, uint256[8] calldata proof) external view returns (bool) {
        for (uint256 i = 0; i < 5; ++i) {
            if (inputs[i] >= SCALAR_ORDER) return false;
        }
        for (uint256 i = 0; i < 8; ++i) {
            if (proof[i] >= BASE_ORDER) return false;
        }
        bool hasInfinity = proof[0] | proof[1] == 0 || proof[2] | proof[3] | proof[4] | proof[5] == 0
            || proof[6] | proof[7] == 0;
        if (hasInfinity) return false;

        uint256[24] memory pairs;
        // e(-A, B): a point with y = 0 is not on the curve, so -y is below the order where the pairing takes it
        pairs[0] = proof[0];
        pairs[1] = BASE_ORDER - proof[1];
        pairs[2] = proof[2];
        pairs[3] = proof[3];
        pairs[4] = proof[4];
        pairs[5] = proof[5];
        pairs[6] = _alphaX;
        pairs[7] = _alphaY;
        pairs[8] = _betaX1;
        pairs[9] = _betaX0;
        pairs[10] = _betaY1;
        pairs[11] = _betaY0;
        (pairs[12], pairs[13]) = _combine(inputs);
        pairs[14] = _gammaX1;
        pairs[15] = _gammaX0;
        pairs[16] = _gammaY1;
        pairs[17] = _gammaY0;
        pairs[18] = proof[6];
        pairs[19] = proof[7];
        pairs[20] = _deltaX1;
        pairs[21] = _deltaX0;
        pairs[22] = _deltaY1;
        pairs[23] = _deltaY0;
        bool holds;
        assembly ("memory-safe") {
            let ok := staticcall(PAIRING_GAS, 8, pairs, 0x300, 0, 0x20)
            holds := and(ok, eq(mload(0), 1))
        }
        return holds;
    }

    /// @dev IC_0 + sum input_i IC_i
    function _combine(uint256[5] calldata inputs) private view returns (uint256 x, uint256 y) {
        (x, y) = _addProduct(_ic0X, _ic0Y, _ic1X, _ic1Y, inputs[0]);
        (x, y) = _addProduct(x, y, _ic2X, _ic2Y, inputs[1]);
        (x, y) = _addProduct(x, y, _ic3X, _ic3Y, inputs[2]);
        (x, y) = _addProduct(x, y, _ic4X, _ic4Y, inputs[3]);
        (x, y) = _addProduct(x, y, _ic5X, _ic5Y, inputs[4]);
    }

    /// @dev sum + factor * point, of points that the constructor has looked at: it fails for want of gas alone.
    function _addProduct(uint256 sumX, uint256 sumY, uint256 x, uint256 y, uint256 factor)
        private
        view
        returns (uint256 resultX, uint256 resultY)
    {
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, x)
            mstore(add(free, 0x20), y)
            mstore(add(free, 0x40), factor)
            let ok := staticcall(gas(), 7, free, 0x60, free, 0x40)
            mstore(add(free, 0x40), sumX)
            mstore(add(free, 0x60), sumY)
            ok := and(ok, staticcall(gas(), 6, free, 0x80, free, 0x40))
            if iszero(ok) { revert(0, 0) }
            resultX := mload(free)
            resultY := mload(add(free, 0x20))
        }
    }

    /// @dev Each point is on its curve, in the group of order r, and not infinity; and the key went through phase 2.
    function _check(VerifyingKey memory key) private view {
        uint256[26] memory words = abi.decode(abi.encode(key), (uint256[26]));
        for (uint256 i = 0; i < 26; ++i) {
            if (words[i] >= BASE_ORDER) revert KeyPointInvalid(i);
        }
        // points with equal x are equal or opposite
        if (key.gamma[0] == key.delta[0] && key.gamma[1] == key.delta[1]) revert KeyWithoutPhaseTwo();
        _checkPoint(words, 0);
        for (uint256 i = 14; i < 26; i += 2) {
            _checkPoint(words, i);
        }
        for (uint256 i = 2; i < 14; i += 4) {
            _checkTwistPoint(words, i);
        }
    }

    /// @dev P + 0 = P; the first group is the whole curve.
    function _checkPoint(uint256[26] memory words, uint256 first) private view {
        (bool isOnCurve,) = address(6).staticcall(abi.encode(words[first], words[first + 1], 0, 0));
        if (!isOnCurve || words[first] | words[first + 1] == 0) revert KeyPointInvalid(first);
    }

    /// @dev e(G, Q) e(-G, Q) = 1 with the generator G = (1, 2).
    function _checkTwistPoint(uint256[26] memory words, uint256 first) private view {
        uint256[4] memory point = [words[first], words[first + 1], words[first + 2], words[first + 3]];
        (bool isInGroup,) =
            address(8).staticcall{gas: PAIRING_GAS}(abi.encode(1, 2, point, 1, BASE_ORDER - 2, point));
        if (!isInGroup || point[0] | point[1] | point[2] | point[3] == 0) revert KeyPointInvalid(first);
    }
}
