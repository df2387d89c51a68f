/** Prints how many milliseconds it takes to write once into each page of so many bytes: `touch-memory.ts BYTES`. */

const PAGE_BYTES = 4096
const PIECE_BYTES = 1 << 30

const held: Uint8Array[] = []
const startMs = performance.now()
for (let left = Number(process.argv[2]); left > 0; left -= PIECE_BYTES) {
  const piece = new Uint8Array(Math.min(left, PIECE_BYTES))
  for (let at = 0; at < piece.length; at += PAGE_BYTES) piece[at] = 1
  held.push(piece)
}
process.stdout.write(`${performance.now() - startMs}\n`)
