/** Whether a document that was read says exactly what its text says: no field was dropped, added or changed on the way. */

/** What differs between the text and the value read from it; nothing where both say the same. */
export function saysAnother(text: string, value: unknown): string | undefined {
  return canonical(JSON.parse(text)) === canonical(value) ? undefined : 'what was read is not what the text says'
}

/** JSON with sorted keys; fields without a value count as absent. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'undefined'
  const fields = Object.entries(value).filter(([, one]) => one !== undefined)
  return `{${fields
    .map(([key, one]) => `${JSON.stringify(key)}:${canonical(one)}`)
    .sort()
    .join()}}`
}
