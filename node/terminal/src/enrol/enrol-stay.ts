/** A customer who walks away in the middle of an enrolment leaves an idle terminal behind, and nothing of a palm. */

export const ENROL_STAGES = ['consent', 'hand', 'preparing', 'handover', 'working', 'done', 'failed'] as const
export type EnrolStage = (typeof ENROL_STAGES)[number]

const STAY_MS: Partial<Record<EnrolStage, number>> = {
  consent: 180_000,
  // Of each palm, from the last try.
  hand: 120_000,
  // Long enough to write twenty letters down, and shorter than the verifier keeps an enrolment open.
  handover: 300_000,
  done: 15_000,
  failed: 45_000,
}

/** How long a stage waits for somebody, in ms; nothing where the terminal itself is at work. */
export function enrolStayMs(stage: EnrolStage): number | undefined {
  return STAY_MS[stage]
}
