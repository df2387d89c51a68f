/** Entry of a verifier process: `main.ts CONFIG.json`. */

import { runNodeProcess } from '../runtime/node-process.ts'
import { startVerifier } from './verifier.ts'
import { verifierConfigSchema } from './verifier-config.ts'

await runNodeProcess(verifierConfigSchema, startVerifier)
