/**
 * The input of the membership circuit from what a wallet has. Every output is computed here by the plain model of
 * packages/protocol, so that a wallet learns in milliseconds, and by name, what would fail in the prover.
 */

import { fromBigEndian, fromHex, type Hex, PalmError } from '@palmhold/base'
import {
  BASE_POINT,
  type CurvePoint,
  CurvePointError,
  commitEnrolment,
  commitLink,
  enrolmentLeaf,
  enrolmentNode,
  FIELD_ORDER,
  fieldFromHex,
  isSubgroupPoint,
  multiplyPoint,
  pseudonymOfPoint,
  type TemplateCommitments,
} from '@palmhold/protocol'
import { type CircuitInput, requireField } from './circuit-input.ts'

/** The most levels of the enrolment tree that a path may climb. */
export const MOST_DEPTH = 32

/** A path of a LeanIMT: `index` has one bit for each sibling, lowest first, 1 where the sibling stands left. */
export type EnrolmentPath = { readonly index: number | bigint; readonly siblings: readonly bigint[] }

export type MembershipData = {
  readonly templates: TemplateCommitments
  /** s, 0 < s < l. */
  readonly secret: bigint
  /** Who enrolled. */
  readonly account: Hex
  readonly path: EnrolmentPath
  /** The root that is to be proven under. */
  readonly root: bigint
  /** Q of the merchant, from `scopePointOf` alone. */
  readonly scope: CurvePoint
  readonly linkSalt: bigint
}

/**
 * The circuit's input for `data`.
 * @throws {CurvePointError} the secret is out of range, or the scope no point of the subgroup
 * @throws {FieldElementError} a commitment, salt or root that is no field element
 * @throws {EnrolmentPathError} the path is too long or does not lead from this enrolment to the root
 */
export function membershipWitness(data: MembershipData): CircuitInput {
  const { templates, secret, account, path, root, scope, linkSalt } = data
  requireField(templates.left, templates.right, root, linkSalt)
  const identity = multiplyPoint(BASE_POINT, secret)
  if (!isSubgroupPoint(scope)) throw new CurvePointError('the scope is not a point of the prime-order subgroup')
  const leaf = enrolmentLeaf(fieldFromHex(commitEnrolment(templates, identity)), account)
  if (enrolmentRootAbove(leaf, path) !== root)
    throw new EnrolmentPathError('the path does not lead from this enrolment to the root')

  const link = commitLink(templates, account, linkSalt)
  const pseudonym = fieldFromHex(pseudonymOfPoint(multiplyPoint(scope, secret)))
  const publicInputs = [root, link, scope.x, scope.y, pseudonym]
  const siblings = Array.from({ length: MOST_DEPTH }, (_, i) => path.siblings[i] ?? 0n)
  return {
    publicInputs,
    signals: {
      root,
      link,
      scopeX: scope.x,
      scopeY: scope.y,
      pseudonym,
      templateLeft: templates.left,
      templateRight: templates.right,
      s: secret,
      account: fromBigEndian(fromHex(account, { length: 20 })),
      linkSalt,
      depth: BigInt(path.siblings.length),
      index: BigInt(path.index),
      siblings,
    },
  }
}

/**
 * The root that `path` leads to from `leaf`.
 * @throws {EnrolmentPathError} more than {@link MOST_DEPTH} siblings, or an index or sibling out of range
 */
export function enrolmentRootAbove(leaf: bigint, { index, siblings }: EnrolmentPath): bigint {
  const turns = BigInt(index)
  if (siblings.length > MOST_DEPTH) throw new EnrolmentPathError(`the path has more than ${MOST_DEPTH} levels`)
  if (turns < 0n || turns >> BigInt(siblings.length) !== 0n)
    throw new EnrolmentPathError('the index has bits above the path')
  if (siblings.some((sibling) => sibling < 0n || sibling >= FIELD_ORDER))
    throw new EnrolmentPathError('a sibling is no field element')
  return siblings.reduce(
    (node, sibling, i) => ((turns >> BigInt(i)) & 1n ? enrolmentNode(sibling, node) : enrolmentNode(node, sibling)),
    leaf,
  )
}

/** A path that does not prove the enrolment. */
export class EnrolmentPathError extends PalmError {
  constructor(message: string) {
    super('PALM_ENROLMENT_PATH', message, {
      hints: [
        'Read the enrolment tree from the chain again: the enrolment was renewed or revoked, or the root is another.',
      ],
    })
  }
}
