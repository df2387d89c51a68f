/**
 * The Solidity build and the networks that contracts are deployed to. The compiler is the solc package of this repository,
 * so a build needs no download; the hardfork has transient storage and the precompiles that the verifiers use.
 *
 * Networks other than the local ones take their secrets from the environment (or hardhat's keystore):
 * PALMHOLD_RPC_URL and PALMHOLD_DEPLOYER_KEY for `remote`, the same behind PALMHOLD_LOCAL_ for `local`.
 *
 * Solidity fuzz tests run 256 times, or as often as PALMHOLD_FUZZ_RUNS says, on values that follow from
 * PALMHOLD_FUZZ_SEED (32 bytes in hexadecimal): `npm run fuzz -- contracts` sets both.
 */

import { createRequire } from 'node:module'
import hardhatEthers from '@nomicfoundation/hardhat-ethers'
import hardhatEthersChaiMatchers from '@nomicfoundation/hardhat-ethers-chai-matchers'
import hardhatIgnitionEthers from '@nomicfoundation/hardhat-ignition-ethers'
import hardhatMocha from '@nomicfoundation/hardhat-mocha'
import hardhatNetworkHelpers from '@nomicfoundation/hardhat-network-helpers'
import { configVariable, defineConfig } from 'hardhat/config'

/** The first development account that anvil and hardhat fund; its key is public, it owns nothing anywhere else. */
const DEVELOPMENT_KEY = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80'

const { PALMHOLD_FUZZ_RUNS: runs = '256', PALMHOLD_FUZZ_SEED: seed } = process.env

export default defineConfig({
  plugins: [hardhatEthers, hardhatEthersChaiMatchers, hardhatIgnitionEthers, hardhatMocha, hardhatNetworkHelpers],
  solidity: {
    version: '0.8.37',
    path: createRequire(import.meta.url).resolve('solc/soljson.js'),
    settings: { optimizer: { enabled: true, runs: 1000 }, evmVersion: 'osaka' },
    // libraries that contracts are linked to
    npmFilesToBuild: ['poseidon-solidity/PoseidonT3.sol', 'poseidon-solidity/PoseidonT4.sol'],
  },
  paths: { sources: 'contracts', tests: { mocha: 'test/contracts', solidity: 'contracts/fuzz' } },
  test: { solidity: { fuzz: { runs: Number(runs), ...(seed === undefined ? {} : { seed }) } } },
  networks: {
    default: { type: 'edr-simulated', chainType: 'l1', chainId: 31337, hardfork: 'osaka' },
    local: {
      type: 'http',
      url: configVariable('PALMHOLD_LOCAL_RPC_URL', { default: 'http://127.0.0.1:8545' }),
      accounts: [configVariable('PALMHOLD_LOCAL_DEPLOYER_KEY', { default: DEVELOPMENT_KEY })],
    },
    remote: {
      type: 'http',
      url: configVariable('PALMHOLD_RPC_URL'),
      accounts: [configVariable('PALMHOLD_DEPLOYER_KEY')],
    },
  },
})
