/** The heading of a screen: it takes the focus when the screen changes, so that a screen reader reads from there. */

import { type ReactNode, useEffect, useRef } from 'react'

export function Title({ children, className }: { readonly children: ReactNode; readonly className?: string }) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus(), [])
  return (
    <h1 ref={heading} tabIndex={-1} className={className}>
      {children}
    </h1>
  )
}
