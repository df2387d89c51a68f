// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Hashes of the keys in packages/zk/keys/development, which nobody should trust
library DevelopmentKeys {
    bytes32 internal constant MEMBERSHIP = 0;
    bytes32 internal constant MATCH = 0;
}
