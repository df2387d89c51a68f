export { buildTemplate, FramesError } from './build-template.ts'
export { distanceBits, EmptyProbeError, type Nearest, nearestShift } from './distance.ts'
export { encodePalm, encodeProbe } from './encode-palm.ts'
export { equalBits } from './equal-bits.ts'
export { type Bounds, binomialBounds, StatisticsError } from './evaluation/binomial-bounds.ts'
export { detPlotSvg } from './evaluation/det-plot-svg.ts'
export {
  type DetPoint,
  type DetStatistics,
  type DistanceHistogram,
  detCurve,
  detStatistics,
  loosestThreshold,
  REPORTED_FAR,
  type ReportedFar,
} from './evaluation/det-statistics.ts'
export {
  type CountedRate,
  type IdentificationRates,
  type IdentificationRule,
  identificationRates,
  identify,
  overRows,
  type Search,
} from './evaluation/identification.ts'
export { FIRST_PASS_RATES, type FirstPassRate, firstPassBitsFor } from './first-pass.ts'
export {
  createGalleryMatcher,
  createPooledMatcher,
  createSoftMatcher,
  type GalleryMatcher,
  packCodes,
  type SoftGalleryMatcher,
} from './gallery-matcher.ts'
export { type GreyImage, ImageShapeError, isGrey, type RgbaImage, toGrey } from './image.ts'
export { CODE_BITS, CODE_BYTES, type PalmCode, PalmCodeError, palmCode } from './palm-code.ts'
export { buildPalmTemplate, type PalmTemplate } from './palm-template.ts'
export type { Point } from './point.ts'
export {
  buildPooledTemplate,
  encodePooled,
  encodeProbeCodes,
  type PooledCode,
  PooledCodeError,
  type ProbeCodes,
  pooledCode,
} from './pooled-code.ts'
export { POOLED_BITS, POOLED_BYTES } from './pooled-projection.ts'
export {
  assessRoi,
  QualityError,
  type QualityReason,
  type RoiMeasures,
  type RoiQuality,
  requireQuality,
} from './quality.ts'
export { ROI_SIZE, RoiSizeError, ShiftError } from './responses.ts'
export {
  findRoi,
  frameFault,
  LEAST_SIDE_PX,
  locateRoi,
  RoiError,
  type RoiReason,
  type SearchOptions,
} from './roi/find-roi.ts'
export { glanceAtRoi, greyAround, type RoiFrame, sampleSquare, warpRoi } from './roi/warp-roi.ts'
export { NO_SHIFT, PROBE_SHIFTS_25, PROBE_SHIFTS_81, type Shift } from './shifts.ts'
export { encodeSoft, LARGEST_SOFT_PRODUCT, SOFT_CODE_BYTES, SoftCodeError } from './soft-code.ts'
export {
  PRESENTATION_KINDS,
  type PresentationKind,
  type PresentationOptions,
  type PresentedFrame,
  renderPresentation,
} from './synthetic/attacks.ts'
export type { Capture } from './synthetic/capture.ts'
export { composeFrame, type FrameChange, type Layers } from './synthetic/compose-frame.ts'
export { GROUND_KINDS, type GroundKind, type Rgb } from './synthetic/ground.ts'
export type { HandDetails } from './synthetic/hand-details.ts'
export type { HandTruth } from './synthetic/hand-pose.ts'
export { blurPicture, type HandCapture, type HandScene, renderHand, renderHandScene } from './synthetic/render-hand.ts'
export { type RoiCut, renderRoi } from './synthetic/render-roi.ts'
export { createSeededRandom, type SeededRandom } from './synthetic/seeded-random.ts'
export { createSyntheticPalm, type HandSide, type SyntheticPalm } from './synthetic/synthetic-palm.ts'
export {
  bothPalmsThreshold,
  bothPalmsThresholdFor,
  DEFAULT_TARGET_FPIR,
  falseAcceptRateAt,
  ThresholdInputError,
  type Thresholds,
  thresholdFor,
} from './thresholds.ts'
