// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title A verifying key of Groth16 (Groth, EUROCRYPT 2016) over BN254 for a circuit of five public inputs
/// @dev Points as EIP-196 and EIP-197 order them: x, y, and in the extension field x1, x0, y1, y0 (the imaginary part first).
/// @param ic one point for the constant, and one for each input in turn
struct VerifyingKey {
    uint256[2] alpha;
    uint256[4] beta;
    uint256[4] gamma;
    uint256[4] delta;
    uint256[12] ic;
}

/// @title Checks the proofs of one circuit
interface IProofVerifier {
    /// @notice gamma is delta or -delta: the key never went through phase 2, and anybody can forge proofs for it.
    error KeyWithoutPhaseTwo();
    /// @notice A coordinate that is not below the field's order, a point off the curve, outside the subgroup or at infinity.
    error KeyPointInvalid(uint256 word);
    /// @notice A key that one party made alone, on a chain where something is at stake.
    error DevelopmentKey(bytes32 keyHash);

    /// @notice Whether `proof` holds for `inputs`; false for inputs and coordinates that are not in their fields, for points off
    /// the curve and at infinity.
    /// @param inputs elements of the scalar field
    /// @param proof A.x, A.y, B.x1, B.x0, B.y1, B.y0, C.x, C.y
    function verify(uint256[5] calldata inputs, uint256[8] calldata proof) external view returns (bool);

    /// @notice keccak256 over the 26 words of the key, in the order of {VerifyingKey}.
    function keyHash() external view returns (bytes32);
}
