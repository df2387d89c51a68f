// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ERC3009} from "@openzeppelin/contracts/token/ERC20/extensions/draft-ERC3009.sol";

/// @title The demo's money: worthless, and on local chains only
/// @notice Behaves as EURC does where Palmhold touches it: 6 decimals, EIP-2612, EIP-3009. The deployment script refuses to
/// deploy it anywhere but on a local chain.
contract TestEurc is ERC20, ERC20Permit, ERC3009, Ownable {
    constructor(address owner) ERC20("Test EUR Coin", "tEURC") ERC20Permit("Test EUR Coin") Ownable(owner) {}

    /// @notice Makes money out of nothing.
    function mint(address to, uint256 amount) external onlyOwner {
        _mint(to, amount);
    }

    function decimals() public pure override returns (uint8) {
        return 6;
    }
}
