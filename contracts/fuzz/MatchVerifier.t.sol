// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MatchAttestation, Request, Scan} from "../interfaces/IMatchVerifier.sol";
import {FuzzWorld, Key} from "./FuzzWorld.t.sol";

/// @title Fuzz test of what counts as a quorum, against the rule in words
contract MatchVerifierTest is FuzzWorld {
    uint256 private constant MOST = 7;

    /// @notice Evidence counts exactly where it is signatures of at least a quorum of active members over this very answer, by
    /// ascending signer, each once, and nothing else.
    function testFuzz_evidenceIsAQuorum(uint256 seed) external {
        (Request memory request, Scan memory scan, MatchAttestation memory attestation) = newPayment(address(1), 100);
        bytes32 digest = verifier.hashAttestation(attestation);
        (bytes memory evidence, bool isQuorum) = evidenceOf(seed, digest);
        bytes memory requestSignature = signed(terminal, attestation.requestHash);
        bytes memory scanSignature = signed(terminal, attestation.scanHash);
        bool isAccepted;
        try verifier.verify(request, requestSignature, scan, scanSignature, attestation, evidence) {
            isAccepted = true;
        } catch {}
        require(isAccepted == isQuorum, isQuorum ? "refuses a quorum" : "takes what is none");
    }

    /// @notice One changed bit anywhere in answer or signatures refuses it.
    function testFuzz_oneBitRefuses(uint256 seed) external {
        (Request memory request, Scan memory scan, MatchAttestation memory attestation) = newPayment(address(1), 100);
        bytes memory requestSignature = signed(terminal, attestation.requestHash);
        bytes memory scanSignature = signed(terminal, attestation.scanHash);
        bytes memory evidence = quorumOf(QUORUM, verifier.hashAttestation(attestation));
        verifier.verify(request, requestSignature, scan, scanSignature, attestation, evidence);
        uint256 what = seed % 6;
        uint256 bit = seed >> 8;
        if (what == 0) flip(requestSignature, bit);
        if (what == 1) flip(scanSignature, bit);
        if (what == 2) flip(evidence, bit);
        if (what == 3) attestation.galleryRoot ^= bytes32(1 << (bit % 256));
        if (what == 4) scan.probeSharesRoot ^= bytes32(1 << (bit % 256));
        if (what == 5) request.nonce ^= bytes32(1 << (bit % 256));
        try verifier.verify(request, requestSignature, scan, scanSignature, attestation, evidence) {
            revert("takes what was bent");
        } catch (bytes memory reason) {
            require(keccak256(reason) != keccak256(abi.encodeWithSignature("Error(string)", "takes what was bent")), "taken");
        }
    }

    /// @dev Up to seven signatures by operators in any order, now and then of a stranger, of another answer, of an operator that
    /// does not count any more, or cut short; and whether they are a quorum.
    function evidenceOf(uint256 seed, bytes32 digest) private returns (bytes memory evidence, bool isQuorum) {
        isQuorum = true;
        uint256 inactive = next(seed) % 4 == 0 ? seed % OPERATORS : OPERATORS;
        if (inactive < OPERATORS) operators.deactivate(keys[inactive].addr);
        bool isSorted = seed >> 16 & 1 == 0;
        uint256 count = (seed >> 24) % (MOST + 1);
        uint256 place;
        address last;
        for (uint256 i = 0; i < count; ++i) {
            seed = next(seed);
            // ascending for the most part, with gaps: by chance an order would hardly ever be right
            place = isSorted && place < OPERATORS ? place + (seed >> 32) % 4 / 3 : seed % OPERATORS;
            if (place >= OPERATORS) break;
            Key memory key = seed % 23 == 0 ? stranger : keys[place];
            bool isOther = seed % 29 == 0;
            evidence = bytes.concat(evidence, signed(key, isOther ? keccak256("another answer") : digest));
            isQuorum = isQuorum && !isOther && key.addr != stranger.addr && place != inactive && key.addr > last;
            last = key.addr;
            if (isSorted) ++place;
        }
        isQuorum = isQuorum && evidence.length >= QUORUM * 65;
        if (next(seed) % 16 == 0) {
            evidence = bytes.concat(evidence, hex"00");
            isQuorum = false;
        }
    }

    function flip(bytes memory value, uint256 bit) private pure {
        bit %= 8 * value.length;
        value[bit / 8] ^= bytes1(uint8(1 << (bit % 8)));
    }
}
