/** Entry of an operator process: `main.ts CONFIG.json`. */

import { runNodeProcess } from '../runtime/node-process.ts'
import { startOperator } from './operator.ts'
import { operatorConfigSchema } from './operator-config.ts'

await runNodeProcess(operatorConfigSchema, startOperator)
