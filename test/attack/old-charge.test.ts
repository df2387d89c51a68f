/**
 * A verifier that was down for a while asks the chain whether a pending payment was charged. A charge further back than
 * an endpoint's greatest range of blocks must be found too: taken for missing, a paid payment would be called refused.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Hex, toHex } from '@palmhold/base'
import { type Chain, connectChain } from '@palmhold/chain'
import { addressOfKey, attestationHash, merchantIdOf, requestHash, scanHash, signDigest } from '@palmhold/protocol'
import { expect } from 'chai'
import { deployContracts } from '../../scripts/deploy.ts'
import { type Anvil, DEPLOYER_KEY, startAnvil } from '../chain/anvil.ts'
import {
  addressOf,
  COMMITTEE_ID,
  hashOf,
  keyOf,
  makeAttestation,
  makeRequest,
  operatorKeys,
} from '../protocol/signed.ts'

const CHAIN_ID = 31337
const DID = `did:ethr:0x7a6b:${addressOf('merchant')}`

describe('a charge of long ago', function () {
  this.timeout(60_000)
  const folder = mkdtempSync(join(tmpdir(), 'palmhold-attack-'))
  const open: Chain[] = []
  let anvil: Anvil
  let chain: Chain
  let charged: { hash: Hex; txHash: Hex; blockNumber: number; lockedUntil: number }

  before(async () => {
    anvil = await startAnvil(CHAIN_ID)
    const { contracts } = await deployContracts({
      rpcUrl: anvil.rpcUrl,
      deployerKey: DEPLOYER_KEY,
      deploymentsDir: folder,
    })
    const connect = async (signerKey: Hex) => {
      const connected = await connectChain({ rpcUrl: anvil.rpcUrl, expectedChainId: CHAIN_ID, contracts, signerKey })
      open.push(connected)
      await anvil.request('anvil_setBalance', connected.signer!, '0xde0b6b3a7640000')
      return connected
    }
    const governance = await connect(DEPLOYER_KEY)
    await anvil.request('anvil_setBalance', governance.signer!, '0x56bc75e2d63100000')
    for (const key of operatorKeys()) {
      const operator = await connect(toHex(key))
      await governance.mintTestTokens(operator.signer!, 200_000)
      await operator.registerOperator()
      await operator.depositStake(200_000)
    }
    const members = operatorKeys().map((_, i) => open[i + 1]!.signer!)
    await governance.createCommittee(COMMITTEE_ID, { members, threshold: 1, quorum: 2 })
    const merchant = await connect(toHex(keyOf('merchant')))
    await merchant.registerMerchant({ did: DID, payout: merchant.signer! })
    await merchant.addTerminal(merchantIdOf(DID), addressOf('terminal'))
    const payer = await connect(toHex(keyOf('payer')))
    await governance.mintTestTokens(payer.signer!, 10_000)
    await payer.deposit(10_000)
    await payer.optIn(COMMITTEE_ID)
    await payer.setLimits({ perPaymentMinor: 5_000, perDayMinor: 20_000 })

    const domain = { chainId: CHAIN_ID, verifyingContract: contracts.matchVerifier }
    const issuedAt = await governance.timestamp()
    const request = makeRequest({
      merchantId: merchantIdOf(DID),
      payee: merchant.signer!,
      token: contracts.token,
      issuedAt,
      expiry: issuedAt + 120,
    })
    const hash = requestHash(domain, request)
    const scan = {
      requestHash: hash,
      probeRoot: hashOf('probe'),
      leafCount: 25,
      probeSharesRoot: hashOf('probe shares'),
      capturedAt: issuedAt,
    }
    const bound = { requestHash: hash, scanHash: scanHash(domain, scan) }
    const attestation = makeAttestation(request, scan, bound)
    const digest = attestationHash(domain, attestation)
    const { txHash, blockNumber, lockedUntil } = await merchant.charge({
      request,
      requestSignature: signDigest(hash, keyOf('terminal')),
      scan,
      scanSignature: signDigest(bound.scanHash, keyOf('terminal')),
      attestation,
      evidence: {
        kind: 'quorum',
        signatures: operatorKeys()
          .slice(0, 2)
          .map((key) => ({ signer: addressOfKey(key), signature: signDigest(digest, key) })),
      },
    })
    charged = { hash, txHash, blockNumber, lockedUntil }
    chain = merchant
  })

  after(async () => {
    for (const each of open) each.close()
    await anvil?.stop()
    rmSync(folder, { recursive: true })
  })

  it('is found behind any number of blocks', async () => {
    const { hash, ...charge } = charged
    expect(await chain.chargeOf(hash)).to.deep.equal(charge)
    // An endpoint with a small range stands for many blocks, which take minutes to mine.
    const small: Chain = Object.create(chain, { maxBlockRange: { value: 50 } })
    await anvil.request('anvil_mine', '0xfa')
    expect(await small.chargeOf(hash)).to.deep.equal(charge)
  })

  it('is not found where there was none', async () => {
    expect(await chain.chargeOf(hashOf('never charged'))).to.equal(undefined)
  })
})
