// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Merchants and their terminals
/// @notice A merchant is known by `merchantId`, the keccak256 of its DID's UTF-8 bytes. Who holds the key inside a did:ethr
/// registers it alone; any other DID is registered by governance, so that nobody takes payments under a foreign name.
interface IMerchantRegistry {
    /// @param owner who manages the merchant
    /// @param active false once governance has deactivated it
    /// @param payout where its payments go
    struct Merchant {
        address owner;
        bool active;
        address payout;
    }

    event MerchantRegistered(bytes32 indexed merchantId, address indexed owner, address payout, string did);
    event MerchantTransferred(bytes32 indexed merchantId, address indexed owner);
    event PayoutChanged(bytes32 indexed merchantId, address payout);
    event MerchantActivity(bytes32 indexed merchantId, bool active);
    event TerminalActivity(bytes32 indexed merchantId, address indexed terminal, bool active);

    error ZeroAddress();
    error DidNotOwned(string did);
    error MerchantExists(bytes32 merchantId);
    error MerchantUnknown(bytes32 merchantId);
    error NotMerchantOwner(bytes32 merchantId, address caller);
    error TerminalExists(bytes32 merchantId, address terminal);
    error TerminalUnknown(bytes32 merchantId, address terminal);

    /// @notice Registers the did:ethr whose key signs this transaction.
    /// @param did "did:ethr:", then nothing or a chain id ("0x", up to 16 lower-case hexadecimal digits, the first not 0, ":"),
    /// then the sender's address or compressed public key; a network by name is governance's to register
    /// @param publicKey the sender's uncompressed key, 64 bytes; needed where the DID ends in a public key, else empty
    /// @param payout where payments go
    function register(string calldata did, bytes calldata publicKey, address payout) external returns (bytes32 merchantId);

    /// @notice Governance: registers any DID, after having seen that `owner` controls it.
    function registerFor(string calldata did, address owner, address payout) external returns (bytes32 merchantId);

    /// @notice Governance: a deactivated merchant's terminals count for nothing.
    function setMerchantActive(bytes32 merchantId, bool active) external;

    function transferMerchant(bytes32 merchantId, address newOwner) external;

    function setPayout(bytes32 merchantId, address payout) external;

    /// @notice Adds a terminal's key, active.
    function addTerminal(bytes32 merchantId, address terminal) external;

    function setTerminalActive(bytes32 merchantId, address terminal, bool active) external;

    /// @notice Whether the terminal's signatures count for this merchant.
    function isActiveTerminal(bytes32 merchantId, address terminal) external view returns (bool);

    function merchantOf(bytes32 merchantId) external view returns (Merchant memory);

    /// @notice The point of Baby Jubjub that pseudonyms at this merchant are taken over; computed at registration from chain and
    /// merchant id, and supplied by nobody. Reverts for a merchant that never was.
    function scopePointOf(bytes32 merchantId) external view returns (uint256 x, uint256 y);
}
