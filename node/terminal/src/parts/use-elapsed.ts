/** Whether something has lasted. */

import { useEffect, useState } from 'react'

/** Becomes true when `of` has stayed the same for `ms`. */
export function useElapsed(of: string, ms: number): boolean {
  const [elapsed, setElapsed] = useState<string>()
  useEffect(() => {
    const timer = setTimeout(() => setElapsed(of), ms)
    return () => clearTimeout(timer)
  }, [of, ms])
  return elapsed === of
}
