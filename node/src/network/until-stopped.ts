/** The end of a foreground program: a signal, or its launcher's end. */

/**
 * Resolves at the first SIGINT, SIGTERM or SIGHUP, or when the parent that holds the IPC channel goes. A terminal's
 * Ctrl-C may arrive twice: the second changes nothing.
 */
export function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve())
    if (process.send) process.once('disconnect', () => resolve())
    // The launcher may be gone before this ran.
    if (process.send && !process.connected) resolve()
  })
}
