/** Screens that clear themselves. */

import { useEffect, useRef, useState } from 'react'

/** Something on show that goes by itself. */
export type Stay = {
  /** Another text for what is another stay. */
  readonly of: string
  readonly ms: number | undefined
  readonly onEnd: () => void
}

/** Calls `onEnd` when the stay is over; returns the whole seconds that are left, if it ends at all. */
export function useStay(stay: Stay | undefined): number | undefined {
  const [left, setLeft] = useState<number>()
  const onEnd = useRef<() => void>(undefined)
  onEnd.current = stay?.onEnd
  const of = stay?.of
  const ms = stay?.ms
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is on show decides, not that it is drawn again
  useEffect(() => {
    if (ms === undefined) return setLeft(undefined)
    const end = performance.now() + ms
    setLeft(Math.ceil(ms / 1000))
    const timer = setInterval(() => {
      const leftMs = end - performance.now()
      setLeft(Math.max(0, Math.ceil(leftMs / 1000)))
      if (leftMs > 0) return
      clearInterval(timer)
      onEnd.current?.()
    }, 250)
    return () => clearInterval(timer)
  }, [of, ms])
  return left
}
