/**
 * Scope points of the merchants that are asked for, with their tables: working one out takes longer than all else that a
 * pseudonym takes. The one that was asked for longest ago goes first.
 */

import type { Hex } from '@palmhold/base'
import { type CurvePoint, preparePoint, scopePointOf } from '@palmhold/protocol'

/** 0.2 MB each. */
const MAX_MERCHANTS = 64

/** Gives the scope point of a merchant on one chain. */
export type ScopePoints = (merchantId: Hex) => CurvePoint

export function createScopePoints(chainId: number): ScopePoints {
  const known = new Map<Hex, CurvePoint>()
  return (merchantId) => {
    const point = known.get(merchantId) ?? preparePoint(scopePointOf({ chainId, merchantId }))
    known.delete(merchantId)
    if (known.size >= MAX_MERCHANTS) known.delete(known.keys().next().value!)
    known.set(merchantId, point)
    return point
  }
}
