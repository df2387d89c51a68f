// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {MatchAttestation, Request, Scan} from "../interfaces/IMatchVerifier.sol";
import {IOperatorRegistry} from "../interfaces/IOperatorRegistry.sol";
import {IPalmPay} from "../interfaces/IPalmPay.sol";
import {IPalmRegistry} from "../interfaces/IPalmRegistry.sol";
import {IProofVerifier} from "../interfaces/IProofVerifier.sol";
import {MatchVerifier} from "../MatchVerifier.sol";
import {MerchantRegistry} from "../MerchantRegistry.sol";
import {OperatorRegistry} from "../OperatorRegistry.sol";
import {PalmPay} from "../PalmPay.sol";
import {PalmRegistry} from "../PalmRegistry.sol";
import {TestEurc} from "../tokens/TestEurc.sol";

/// @title What the test runner can do to its own chain
interface Vm {
    function sign(uint256 privateKey, bytes32 digest) external pure returns (uint8 v, bytes32 r, bytes32 s);
    function prank(address sender) external;
    function warp(uint256 timestamp) external;
}

/// @title A key of the tests: its secret, its point x || y, and its address
struct Key {
    uint256 secret;
    bytes point;
    address addr;
}

/// @title A deployment with a committee of five, a merchant with a terminal, and keys for all of them
abstract contract FuzzWorld {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    bytes32 internal constant COMMITTEE = keccak256("committee");
    uint256 internal constant OPERATORS = 5;
    uint8 internal constant THRESHOLD = 1;
    uint8 internal constant QUORUM = 3;
    uint256 internal constant UNIT = 10_000;
    uint128 internal constant MINIMUM_STAKE = 1000 * 100 * 10_000;
    uint32 internal constant DISPUTE_WINDOW = 4 days;
    uint32 internal constant ARBITRATION_WINDOW = 14 days;
    address internal constant ARBITER = address(0xa7b1);
    address internal constant PAYOUT = address(0x9a70);
    address internal constant TREASURY = address(0x7ea5);

    TestEurc internal token;
    OperatorRegistry internal operators;
    MerchantRegistry internal merchants;
    PalmRegistry internal palms;
    MatchVerifier internal verifier;
    PalmPay internal palmPay;

    /// @dev Ascending by address, as a committee wants them.
    Key[] internal keys;
    Key internal terminal;
    Key internal stranger;
    bytes32 internal merchantId;
    uint256 private nonce;

    function setUp() public virtual {
        vm.warp(1_800_000_000);
        token = new TestEurc(address(this));
        operators = new OperatorRegistry(
            address(this), address(token), IOperatorRegistry.Parameters(MINIMUM_STAKE, 21 days, 1 hours, 1000, TREASURY)
        );
        merchants = new MerchantRegistry(address(this));
        palms = new PalmRegistry(IPalmRegistry.Parameters(4, 8, 7 days, 180, 1 days, 270, 330));
        verifier = newVerifier();
        operators.setMatchVerifier(address(verifier));
        IPalmPay.Parameters memory params =
            IPalmPay.Parameters(0, 1 hours, DISPUTE_WINDOW, ARBITRATION_WINDOW, 50_000, 200_000);
        palmPay =
            new PalmPay(address(this), ARBITER, IERC20Metadata(address(token)), verifier, merchants, operators, params);
        verifier.setPaymentConsumer(address(palmPay));
        makeKeys();
        formCommittee();
        string memory did = string.concat("did:ethr:0x7a69:", Strings.toHexString(address(this)));
        merchantId = merchants.register(did, "", PAYOUT);
        merchants.addTerminal(merchantId, terminal.addr);
    }

    /// @dev Answers of the palm lane ask no proof verifier.
    function newVerifier() internal virtual returns (MatchVerifier) {
        IProofVerifier none = IProofVerifier(address(0xdead));
        return new MatchVerifier(address(this), operators, merchants, palms, none, none);
    }

    /// @dev keccak256 of "palmhold fuzz key 1" to "7": the points are written down, as a contract multiplies none.
    function makeKeys() private {
        keys.push(newKey(
                0xe1406a83392609988920fef793a43266de4e5f01485c990f7b5a8983f8b85b01,
                hex"88769c4c42b432fe96198be0a0e236124e00944afb1ced8fd5f3d42bab204ca834d9d4fac298323ef01108761c01112d7049e94583523a1a8588726e0c70519a"
            ));
        keys.push(newKey(
                0x7250b5b498b6451a6c8ecae7b923163569d5996bf81f5358a5243f5f6fff3769,
                hex"ce3e4fd2ebb0166618d766f4b453dc1c63adbb1f9b6756809d59ffb21a22046e2252f0002131ce36d79feaa2659a392201752869b53aadb6c1f6d2d3213e6bc3"
            ));
        keys.push(newKey(
                0x2661dd5c9fdb935c4fc6394cc8b5a363d79b6c91f3ba2d984109c3312ba38f99,
                hex"8812926259d2a255c9bc497f3359a5c5f30478398478c19764c130b80b149e160a751f217e53092fc464d21b663c1f7aa50cdf7cb67b4d741a33da7d7c143544"
            ));
        keys.push(newKey(
                0x41992acb527f31346af7a18c4aa5e0fce40ad62a2ad7702a130493562d36dec4,
                hex"19c02bbfe15a374180b7f750fa8ed29628f8b4a23d21eba619427ddd437888abf54e2cf5d9c791c1dc41f06250bc5f9b6f103d57423be84ae4520acefdffe2b2"
            ));
        keys.push(newKey(
                0x9c5cb7ec5edf4a24ef7dc2036c1dd3451ce61777eea367c187c8a37fc969bff2,
                hex"9e7d1798a73897912fa0f9728d1a5f97efeed4b6b147216c5d775fb7bf6484563f1aca08a3aaeee999cbebd2a426568b50f52b1dae6e1818e86524132c5f1937"
            ));
        terminal = newKey(
                0x1355f048f6b5004148c395cad939bef09768921d14a7efeb4e9dc0b746079d15,
                hex"19f0e92ce2c21fecc7201361de8a560ce7b6fbfe326cf5a418999c192bf8802fa5e0758114b54ada40c57acd431da5857a75f5312cc5b1b609404f17fcc8d61a"
            );
        stranger = newKey(
                0xc92820887dab4f97a7502d7d250083b0fadee04b990382b78e83a44208d8132c,
                hex"a3ccd801584f94270b9fff97b97f8696cd9c6b6eaff0379c4679f889ef7c2bdfdf65b795760d91541bc641ab4978770b7e34477082fcf45d3ba7b9d2796d0abc"
            );
    }

    function newKey(uint256 secret, bytes memory point) private pure returns (Key memory) {
        return Key(secret, point, address(uint160(uint256(keccak256(point)))));
    }

    /// @dev Five operators with stakes of 1.0, 1.1 .. 1.4 times the least one.
    function formCommittee() private {
        address[] memory members = new address[](OPERATORS);
        for (uint256 i = 0; i < OPERATORS; ++i) {
            members[i] = keys[i].addr;
            vm.prank(members[i]);
            operators.registerOperator(keys[i].point);
            stake(i, MINIMUM_STAKE * (10 + i) / 10);
        }
        operators.createCommittee(COMMITTEE, members, THRESHOLD, QUORUM);
    }

    function stake(uint256 operator, uint256 amount) internal {
        address account = keys[operator].addr;
        token.mint(account, amount);
        vm.prank(account);
        token.approve(address(operators), amount);
        vm.prank(account);
        operators.depositStake(amount);
    }

    /// @notice A payment that a palm answered: what the terminal and operators sign.
    function newPayment(address payer, uint64 amountMinor)
        internal
        returns (Request memory request, Scan memory scan, MatchAttestation memory attestation)
    {
        request = Request({
            requestType: 1,
            merchantId: merchantId,
            terminal: terminal.addr,
            payee: PAYOUT,
            token: address(token),
            amountMinor: amountMinor,
            lane: 2,
            factors: 1,
            policyHash: keccak256("policy"),
            committeeId: COMMITTEE,
            committeeEpoch: 1,
            orderHash: 0,
            nonce: bytes32(++nonce),
            issuedAt: uint64(block.timestamp),
            expiry: uint64(block.timestamp) + 120
        });
        bytes32 requestHash = verifier.hashRequest(request);
        scan = Scan(requestHash, keccak256("probe"), 25, keccak256("shares"), uint64(block.timestamp));
        attestation = MatchAttestation({
            version: 1,
            lane: 2,
            merchantId: merchantId,
            terminal: terminal.addr,
            requestHash: requestHash,
            scanHash: verifier.hashScan(scan),
            pseudonym: keccak256("pseudonym"),
            factors: 1,
            payer: payer,
            committeeId: COMMITTEE,
            committeeEpoch: 1,
            galleryRoot: keccak256("gallery"),
            expiry: request.expiry + 300
        });
    }

    function signed(Key memory key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key.secret, digest);
        return abi.encodePacked(r, s, v);
    }

    /// @notice The signatures of the first `count` operators.
    function quorumOf(uint256 count, bytes32 digest) internal view returns (bytes memory evidence) {
        for (uint256 i = 0; i < count; ++i) {
            evidence = bytes.concat(evidence, signed(keys[i], digest));
        }
    }

    /// @notice The next number of a seed.
    function next(uint256 seed) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode(seed)));
    }
}
