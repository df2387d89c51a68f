/** The option of commands that open a wallet; vault-key.ts has what follows from it. */

import type { Command } from 'commander'

export function withPassphraseFile(command: Command): Command {
  return command.option('--passphrase-file <file>', 'its first line opens the vault; default: an identity, or a prompt')
}
