export { CameraError, type CameraFault } from './camera/camera-error.ts'
export { type CameraDevice, chooseCamera } from './camera/choose-camera.ts'
export {
  FROZEN_AFTER_MS,
  FROZEN_AFTER_REPEATS,
  type FreezeState,
  isFrozen,
  watchFreeze,
} from './camera/freeze-watch.ts'
export { type Camera, type CameraOptions, openCamera } from './camera/open-camera.ts'
export { type CapturedPalm, type CaptureOptions, capturePalm, ENROLMENT_FRAMES, PROBE_FRAMES } from './capture-palm.ts'
export type { Frame, FrameSource } from './frame.ts'
export {
  GOOD_FRAMES,
  type GuidanceOptions,
  type GuidanceState,
  type GuidanceStep,
  HINTS,
  type Hint,
  initialGuidance,
  stepGuidance,
} from './guidance/guidance.ts'
export { type Observation, type ObservedPalm, observeFrame, type PalmSearch } from './guidance/observe-frame.ts'
export {
  assessPresentation,
  PRESENTATION_LIMITS,
  type PresentationCheck,
  type PresentationReport,
} from './presentation/assess-presentation.ts'
export { createRepeatGuard, type RepeatGuard } from './presentation/exact-repeat.ts'
export type { PresentationFrame } from './presentation/presentation-frame.ts'
export {
  createFixtureTracker,
  type HandTracker,
  type Landmark,
  type TrackedHand,
  trackedHand,
} from './tracking/hand-tracker.ts'
export {
  createMediapipeTracker,
  MEDIAPIPE_FILES,
  type MediapipeOptions,
  TrackerError,
} from './tracking/mediapipe-tracker.ts'
export { createPalmFollower, type PalmFollower } from './tracking/palm-follower.ts'
export { createSparingTracker, type SparingOptions } from './tracking/sparing-tracker.ts'
