/** docs/presentation-attacks.md from measured results. */

import { PRESENTATION_LIMITS, type PresentationCheck } from '@palmhold/capture'
import { binomialBounds, type PresentationKind } from '@palmhold/palm'

/** What the presentations of one kind came to. */
export type KindResult = {
  readonly kind: PresentationKind
  readonly presented: number
  /** Without a palm that the capture would take. */
  readonly notCaptured: number
  /** Called suspicious by one check at least, or refused as a repeat. */
  readonly suspicious: number
  /** The same without the flash check, which is silent unless the merchant asks for the screen's light. */
  readonly suspiciousUnlit: number
  readonly refusedAsRepeat: number
  /** By how many each check alone was called. */
  readonly byCheck: Readonly<Record<PresentationCheck, number>>
  /** How many each check could not judge. */
  readonly silent: Readonly<Record<PresentationCheck, number>>
}

const NAMES: Record<PresentationKind, string> = {
  'bona-fide': 'a hand',
  print: 'a printed picture of a hand, ground and all',
  'print-cut-out': 'a printed hand, cut out',
  screen: 'a hand on a screen',
  'replayed-video': 'a recording, fed in as a camera',
  'exact-repeat': 'an earlier scan, fed in again bit for bit',
  'pasted-roi': 'a hand with another’s palm pasted in',
}
const CHECKS: Record<PresentationCheck, string> = {
  moire: 'moire',
  flash: 'flash',
  carriedGround: 'carried ground',
  frameNoise: 'frame noise',
  seam: 'seam',
}

/** The document's text. */
export function describeAttacks(results: readonly KindResult[], each: number): string {
  const names = Object.keys(PRESENTATION_LIMITS) as PresentationCheck[]
  const rows = results.map((result) => {
    const judged = result.presented - result.notCaptured
    const cells = [result.suspiciousUnlit, result.suspicious].map((called) => {
      const wrong = result.kind === 'bona-fide' ? called : judged - called
      return `${rateOf(wrong, judged)}, ${wrong} of ${judged}`
    })
    const rate = result.kind === 'bona-fide' ? 'BPCER' : 'APCER'
    return `| ${NAMES[result.kind]} | ${rate} | ${cells.join(' | ')} | ${result.notCaptured} of ${result.presented} |`
  })
  const checks = results.map((result) => {
    const judged = result.presented - result.notCaptured
    const cells = names.map(
      (name) => `${result.byCheck[name]}${result.silent[name] ? ` (${result.silent[name]})` : ''}`,
    )
    return `| ${NAMES[result.kind]} | ${judged} | ${cells.join(' | ')} | ${result.refusedAsRepeat} |`
  })
  return `# Presentation attacks

What the terminal's checks tell of attempts to show it something else than a living hand. **The checks are advisory.** A scan
that they call suspicious asks for another factor above the sum that the merchant sets; it is not refused. Only an exact
repeat of an earlier scan is refused outright. The sum is \`askAboveMinor\` of the verifier's configuration, in cents (\`palmhold up
--ask-above\`), and 25 euros unless it is set. The flash check takes a screen that goes dark and bright again, which the page
does above that sum where \`lightsPalms\` is set (\`palmhold up --screen-light\`); it is silent otherwise. No software makes a palm in visible light unspoofable: a camera sees no
veins, and a good copy of a hand looks like a hand.

The figures below come from presentations that this project draws itself (\`packages/palm/src/synthetic/attacks.ts\`), in the
manner of ISO/IEC 30107-3: no printer, no screen and no camera had a part in them. They show that the checks work as they
are meant to and which attack escapes which check. **They say nothing about how often a real attack succeeds**; that takes a
test with real instruments.

Made by \`npm run bench -- attacks --hands ${each} --json attacks.json\`: ${each} presentations of each kind, 6 frames each.

## Error rates

APCER: the part of the attacks that no check called suspicious. BPCER: the part of real hands that some check did. With
their 95 % bounds (Clopper and Pearson). Not captured: the hand finder took too few frames, so there is nothing to judge.

| presented | rate of | as it is | with the screen's light | not captured |
|---|---|---|---|---|
${rows.join('\n')}

## Which check called how many

In brackets those that the check could not judge, because the hand did not move or the ground is plain.

| presented | judged | ${names.map((name) => CHECKS[name]).join(' | ')} | exact repeat |
|---|---|${names.map(() => '---|').join('')}---|
${checks.join('\n')}

## The checks, and what they cannot see

| check | looks for | cannot see |
|---|---|---|
| exact repeat | a frame whose code was seen before: salted hashes, in memory only | a recording that was compressed or cut anew; a scan of another terminal, or before a restart |
| moire | sharp peaks in the spectrum, from a screen's pixels or a printer's dots | a photograph on paper, a print finer than the camera's pixels, a screen that is out of focus |
| flash | a palm that does not get brighter when the terminal's screen does | a copy that reflects light as skin does: paper, silicone, a mask of a hand; in bright daylight the screen is drowned, and a living hand hardly answers either |
| carried ground | ground that moves with the hand | a copy that was cut out; a plain ground, or a hand that does not move |
| frame noise | frames that are equal to the last pixel | a recording with the noise of its own camera |
| seam | a straight step in brightness along the palm's square | a seam that was blended well; a whole hand that was drawn |

Beyond all of them: a cast of a hand, a cut-out print on thick paper held by a person, a person who is made to hold the hand
out, and software that draws the flash into its pictures. A terminal whose software was changed sees every palm it is shown
([SECURITY.md](../SECURITY.md)).
`
}

function rateOf(wrong: number, judged: number): string {
  if (judged === 0) return 'none judged'
  const [low, high] = binomialBounds(wrong, judged)
  return `${percent(wrong / judged)} (${percent(low)} .. ${percent(high)})`
}

function percent(part: number): string {
  return `${(100 * part).toFixed(1)} %`
}
