/** Characters by their place in an alphabet. */

/** For each byte the place of that character in one of `alphabets`, or -1: 256 entries. */
export function createCharacterTable(alphabets: readonly string[]): Int8Array {
  const table = new Int8Array(256).fill(-1)
  for (const alphabet of alphabets) for (let i = 0; i < alphabet.length; i++) table[alphabet.charCodeAt(i)] = i
  return table
}
