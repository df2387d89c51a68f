/** `up --foreground`: a network in this process, until it is told to stop. */

import { type Deploy, startNetwork } from '../../network/network.ts'
import { onReviveRequest } from '../../network/revive-request.ts'
import { untilStopped } from '../../network/until-stopped.ts'
import { printResult } from '../output.ts'
import { folderOf } from './folder-option.ts'
import { describeNetwork, printNetwork } from './print-network.ts'
import type { UpOptions } from './up-options.ts'

export async function upHere(options: UpOptions, deploy: Deploy): Promise<void> {
  const folder = folderOf(options)
  const stopped = untilStopped()
  const network = await startNetwork({
    folder,
    ...(options.nodes === undefined ? {} : { operators: options.nodes }),
    merchantName: options.name,
    chainPort: options.chainPort,
    verifierPort: options.port,
    firstPass: { use: options.firstPass, passRate: options.passRate },
    askAboveMinor: options.askAbove,
    lightsPalms: options.screenLight ?? false,
    deploy,
    log: (line) => process.stderr.write(`${line}\n`),
    onNodeExit: (name) => process.stderr.write(`PALM_NODE_DOWN: ${name} has ended; its log is in its data folder.\n`),
  })
  onReviveRequest(network, (line) => process.stderr.write(`${line}\n`))
  // Behind another command this is a log, which is no place for the link.
  if (process.stdout.isTTY) await printNetwork(options, network.record)
  else printResult(options.json, network.record, describeNetwork(network.record))
  await stopped
  await network.stop()
}
