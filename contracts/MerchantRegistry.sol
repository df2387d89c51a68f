// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ownable, Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {IMerchantRegistry} from "./interfaces/IMerchantRegistry.sol";
import {ScopePoint} from "./libraries/ScopePoint.sol";

/// @title Merchants and their terminals
/// @dev A merchant and a terminal cost one cold slot each where a request is checked: `owner` and `active` share the first,
/// and a terminal's state is 0 unknown, 1 active, 2 inactive. Terminals are listed per merchant, because a list over all of
/// them would let anybody occupy a foreign terminal's address.
contract MerchantRegistry is IMerchantRegistry, Ownable2Step {
    uint8 private constant ACTIVE = 1;
    uint8 private constant INACTIVE = 2;
    bytes private constant DID_METHOD = "did:ethr:";
    /// @dev "0x", 16 digits and ":".
    uint256 private constant MAX_NETWORK = 19;

    struct Point {
        uint256 x;
        uint256 y;
    }

    mapping(bytes32 merchantId => Merchant) private _merchants;
    mapping(bytes32 merchantId => Point) private _scopePoints;
    mapping(bytes32 merchantId => mapping(address terminal => uint8)) private _terminals;

    constructor(address owner) Ownable(owner) {}

    modifier onlyMerchantOwner(bytes32 merchantId) {
        if (_merchants[merchantId].owner != msg.sender) revert NotMerchantOwner(merchantId, msg.sender);
        _;
    }

    /// @inheritdoc IMerchantRegistry
    function register(string calldata did, bytes calldata publicKey, address payout)
        external
        returns (bytes32 merchantId)
    {
        if (!_ownsDid(bytes(did), publicKey)) revert DidNotOwned(did);
        return _register(did, msg.sender, payout);
    }

    /// @inheritdoc IMerchantRegistry
    function registerFor(string calldata did, address owner, address payout)
        external
        onlyOwner
        returns (bytes32 merchantId)
    {
        return _register(did, owner, payout);
    }

    /// @inheritdoc IMerchantRegistry
    function setMerchantActive(bytes32 merchantId, bool active) external onlyOwner {
        if (_merchants[merchantId].owner == address(0)) revert MerchantUnknown(merchantId);
        _merchants[merchantId].active = active;
        emit MerchantActivity(merchantId, active);
    }

    /// @inheritdoc IMerchantRegistry
    function transferMerchant(bytes32 merchantId, address newOwner) external onlyMerchantOwner(merchantId) {
        if (newOwner == address(0)) revert ZeroAddress();
        _merchants[merchantId].owner = newOwner;
        emit MerchantTransferred(merchantId, newOwner);
    }

    /// @inheritdoc IMerchantRegistry
    function setPayout(bytes32 merchantId, address payout) external onlyMerchantOwner(merchantId) {
        if (payout == address(0)) revert ZeroAddress();
        _merchants[merchantId].payout = payout;
        emit PayoutChanged(merchantId, payout);
    }

    /// @inheritdoc IMerchantRegistry
    function addTerminal(bytes32 merchantId, address terminal) external onlyMerchantOwner(merchantId) {
        if (terminal == address(0)) revert ZeroAddress();
        if (_terminals[merchantId][terminal] != 0) revert TerminalExists(merchantId, terminal);
        _terminals[merchantId][terminal] = ACTIVE;
        emit TerminalActivity(merchantId, terminal, true);
    }

    /// @inheritdoc IMerchantRegistry
    function setTerminalActive(bytes32 merchantId, address terminal, bool active)
        external
        onlyMerchantOwner(merchantId)
    {
        if (_terminals[merchantId][terminal] == 0) revert TerminalUnknown(merchantId, terminal);
        _terminals[merchantId][terminal] = active ? ACTIVE : INACTIVE;
        emit TerminalActivity(merchantId, terminal, active);
    }

    /// @inheritdoc IMerchantRegistry
    function isActiveTerminal(bytes32 merchantId, address terminal) external view returns (bool) {
        return _merchants[merchantId].active && _terminals[merchantId][terminal] == ACTIVE;
    }

    /// @inheritdoc IMerchantRegistry
    function merchantOf(bytes32 merchantId) external view returns (Merchant memory) {
        return _merchants[merchantId];
    }

    /// @inheritdoc IMerchantRegistry
    function scopePointOf(bytes32 merchantId) external view returns (uint256 x, uint256 y) {
        Point storage point = _scopePoints[merchantId];
        (x, y) = (point.x, point.y);
        // no scope point has x = 0, and none may stand in for a merchant that never was
        if (x == 0) revert MerchantUnknown(merchantId);
    }

    function _register(string calldata did, address owner, address payout) private returns (bytes32 merchantId) {
        if (owner == address(0) || payout == address(0)) revert ZeroAddress();
        merchantId = keccak256(bytes(did));
        if (_merchants[merchantId].owner != address(0)) revert MerchantExists(merchantId);
        _merchants[merchantId] = Merchant({owner: owner, active: true, payout: payout});
        Point storage point = _scopePoints[merchantId];
        (point.x, point.y) = ScopePoint.derive(block.chainid, merchantId, 0);
        emit MerchantRegistered(merchantId, owner, payout, did);
    }

    /// @dev did:ethr (its specification, "Method Specific Identifier") ends in an address or in a compressed public key. The
    /// key's uncompressed form is given along, because taking a square root on chain to decompress it buys nothing.
    function _ownsDid(bytes calldata did, bytes calldata publicKey) private view returns (bool) {
        bytes memory identifier;
        if (publicKey.length == 0) {
            identifier = bytes(Strings.toHexString(msg.sender));
        } else {
            if (publicKey.length != 64 || address(uint160(uint256(keccak256(publicKey)))) != msg.sender) return false;
            bytes1 prefix = uint8(publicKey[63]) & 1 == 0 ? bytes1(0x02) : bytes1(0x03);
            identifier = bytes(Strings.toHexString(bytes.concat(prefix, publicKey[:32])));
        }
        if (did.length < DID_METHOD.length + identifier.length) return false;
        if (keccak256(did[:DID_METHOD.length]) != keccak256(DID_METHOD)) return false;
        uint256 start = did.length - identifier.length;
        if (!_isNetwork(did[DID_METHOD.length:start])) return false;
        for (uint256 i = 0; i < identifier.length; ++i) {
            bytes1 digit = did[start + i];
            // an address may carry its checksum in upper-case digits
            if (digit >= "A" && digit <= "F") digit |= 0x20;
            if (digit != identifier[i]) return false;
        }
        return true;
    }

    /// @dev Nothing, or a chain id of at most 64 bits and the colon after it: "0x", lower-case hexadecimal digits of which the
    /// first is not 0, ":". Whatever else a DID URL has a meaning for ("#", "?", "/", ";", "%", a second ":"), and digits enough
    /// for an address, would let a reader of DIDs stop at a foreign identifier that stands before the sender's own.
    function _isNetwork(bytes calldata segment) private pure returns (bool) {
        uint256 length = segment.length;
        if (length == 0) return true;
        if (length < 4 || length > MAX_NETWORK || segment[length - 1] != ":") return false;
        if (segment[0] != "0" || segment[1] != "x" || segment[2] == "0") return false;
        for (uint256 i = 2; i < length - 1; ++i) {
            bytes1 digit = segment[i];
            if (!(digit >= "0" && digit <= "9") && !(digit >= "a" && digit <= "f")) return false;
        }
        return true;
    }
}
