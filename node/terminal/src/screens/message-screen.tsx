/** A screen that only says something. */

import { Icon, type IconName } from '../parts/icon.tsx'
import { Title } from '../parts/title.tsx'

export type MessageProps = { readonly icon: IconName; readonly title: string; readonly lines: readonly string[] }

export function MessageScreen({ icon, title, lines }: MessageProps) {
  return (
    <section className="screen message">
      <div className="badge">
        <Icon name={icon} />
      </div>
      <Title key={title}>{title}</Title>
      {lines.map((line) => (
        <p key={line}>{line}</p>
      ))}
    </section>
  )
}
