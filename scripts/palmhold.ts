/** `palmhold ...`: the command-line interface with what it needs from the outside. */

import { runCli } from '../node/src/cli/program.ts'
import type { Deploy } from '../node/src/network/network.ts'

// The deployment's libraries take longer to load than all else, and most commands do without.
const deploy: Deploy = async (options) => (await import('./deploy.ts')).deployContracts(options)

process.exit(await runCli(process.argv.slice(2), { deploy }))
