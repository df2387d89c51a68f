/** How far work is, on stderr. */

/** Shows how far long work is on stderr: in place on a terminal, else a line for each tenth. */
export function createProgress(): (label: string, done: number, total: number) => void {
  let last = ''
  return (label, done, total) => {
    const percent = Math.floor((100 * done) / Math.max(1, total))
    const step = process.stderr.isTTY ? `${label} ${percent}` : `${label} ${Math.floor(percent / 10)}`
    if (step === last) return
    last = step
    const line = `${label}: ${done} of ${total} (${percent} %)`
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line}${done === total ? '\n' : ''}`)
    else process.stderr.write(`${line}\n`)
  }
}
