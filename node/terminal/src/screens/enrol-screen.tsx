import type { VerifierClient } from '../verifier-client.ts'
export function EnrolScreen({ onEnd }: { readonly client: VerifierClient; readonly onEnd: () => void }) {
  return (
    <button type="button" onClick={onEnd}>
      …
    </button>
  )
}
