/** The terminal page: takes the link it was opened with, if any, and shows what its verifier says. */

import './style.css'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { startLanguages } from './i18n/i18n.ts'
import { createTerminalStore } from './terminal-store.ts'
import { createVerifierClient } from './verifier-client.ts'

const client = createVerifierClient()
const store = createTerminalStore(client, {
  nowMs: () => Date.now(),
  kept: localStorage,
  random: (length) => crypto.getRandomValues(new Uint8Array(length)),
})

const code = location.hash.slice(1)
// Out of the address bar and the history before anything else: it opens a terminal.
if (code !== '') history.replaceState(null, '', location.pathname)
await startLanguages()
const linkFailure = code === '' ? undefined : await client.link(code).catch((error: unknown) => error)

createRoot(document.getElementById('terminal')!).render(
  <App client={client} store={store} isLinkSpent={linkFailure !== undefined} />,
)
void store.run(new AbortController().signal)
