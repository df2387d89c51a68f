/** What `up` is told. */

import type { FirstPassRate } from '@palmhold/palm/first-pass'
import type { FirstPass } from '@palmhold/protocol'

export type UpOptions = {
  folder: string
  nodes?: number
  name: string
  chainPort: number
  port: number
  firstPass: FirstPass['use']
  passRate: FirstPassRate
  askAbove: number
  screenLight?: boolean
  foreground?: boolean
  json?: boolean
}
