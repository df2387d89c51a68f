/** Where a network keeps its files: --folder, PALMHOLD_FOLDER, or .palmhold below the working folder. */

import { resolve } from 'node:path'
import type { Command } from 'commander'

export function withFolder(command: Command): Command {
  return command.option('--folder <dir>', 'the folder of the network', process.env.PALMHOLD_FOLDER ?? '.palmhold')
}

export function folderOf(options: { folder: string }): string {
  return resolve(options.folder)
}
