/** `palmhold ...`: the command-line interface with what it needs from the outside. */

import { runCli } from '../node/src/cli/program.ts'
import { deployContracts } from './deploy.ts'

process.exit(await runCli(process.argv.slice(2), { deploy: deployContracts }))
