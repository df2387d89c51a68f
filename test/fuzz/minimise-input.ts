/** Makes an input that shows a finding smaller, for as long as it shows the same: by halves, quarters and so on (ddmin). */

/** `input` with everything left out that `shows` does without. At most `tries` calls. */
export async function minimiseInput(
  input: Uint8Array,
  shows: (candidate: Uint8Array) => Promise<boolean>,
  tries = 300,
): Promise<Uint8Array> {
  let smallest = input
  let left = tries
  for (let part = Math.ceil(smallest.length / 2); part >= 1 && left > 0; part = part === 1 ? 0 : Math.ceil(part / 2)) {
    for (let at = 0; at < smallest.length && left > 0; ) {
      const candidate = without(smallest, at, part)
      left--
      if (await shows(candidate)) smallest = candidate
      else at += part
    }
  }
  return smallest
}

function without(bytes: Uint8Array, at: number, count: number): Uint8Array {
  const rest = bytes.subarray(at + count)
  const out = new Uint8Array(at + rest.length)
  out.set(bytes.subarray(0, at))
  out.set(rest, at)
  return out
}
