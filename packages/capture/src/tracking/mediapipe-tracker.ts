/**
 * Hand landmarks by `@mediapipe/hands`: the one file that knows it. Its script and models are served by our own page, no
 * other host is asked. Inference runs on the CPU: on a software GPU it would take seconds a frame.
 *
 * The package is a classic script that sets globals and loads more scripts beside it, so it is not bundled: serve the
 * files of {@link MEDIAPIPE_FILES} as they lie in the package, and allow `script-src 'self' 'wasm-unsafe-eval'`.
 */

import type { Hands, InputImage, Options, Results } from '@mediapipe/hands'
import { PalmError } from '@palmhold/base'
import type { RgbaImage } from '@palmhold/palm'
import type { HandTracker, TrackedHand } from './hand-tracker.ts'

/** What has to be served, beside each other. */
export const MEDIAPIPE_FILES = [
  'hands.js',
  'hands.binarypb',
  'hands_solution_packed_assets.data',
  'hands_solution_packed_assets_loader.js',
  'hands_solution_simd_wasm_bin.js',
  'hands_solution_simd_wasm_bin.wasm',
  'hands_solution_wasm_bin.js',
  'hands_solution_wasm_bin.wasm',
  'hand_landmark_full.tflite',
] as const

export type MediapipeOptions = {
  /** Where the files are served, with the slash at the end. */
  readonly baseUrl: string
}

const ENOUGH_WIDTH_PX = 640
const BLANK = { width: 64, height: 48 }

/** Not in the package's own types. */
type AllOptions = Options & { readonly useCpuInference: boolean }

const SETTINGS: AllOptions = {
  useCpuInference: true,
  // Frames are never mirrored; the labels are turned around below.
  selfieMode: false,
  maxNumHands: 2,
  modelComplexity: 1,
  minDetectionConfidence: 0.6,
  minTrackingConfidence: 0.6,
}

/**
 * Loads the models (about 16 MB, once) and makes a tracker.
 * @throws {TrackerError} no WebGL, which it passes pictures through, or a file that does not load
 */
export async function createMediapipeTracker({ baseUrl }: MediapipeOptions): Promise<HandTracker> {
  // Without WebGL the package opens a dialog that nobody at a terminal can answer.
  if (!hasWebGl()) throw new TrackerError('the browser has no WebGL')
  const Constructor = await loadConstructor(`${baseUrl}hands.js`)
  const hands = new Constructor({ locateFile: (name) => `${baseUrl}${name}` })
  hands.setOptions(SETTINGS)
  let answer: readonly TrackedHand[] = []
  let size = { width: 1, height: 1 }
  hands.onResults((results) => {
    answer = readResults(results, size)
  })
  const track = async (image: RgbaImage): Promise<readonly TrackedHand[]> => {
    answer = []
    size = image
    await hands.send({ image: asInput(shrink(image)) })
    return answer
  }
  try {
    await hands.initialize()
    // Its first picture takes seconds, which nobody should have to wait for who holds a palm to the camera.
    await track(new ImageData(BLANK.width, BLANK.height))
  } catch (cause) {
    throw new TrackerError('its models did not load', cause)
  }
  return {
    track,
    close: () => hands.close(),
  }
}

/** Halves (or thirds, ...) a picture until it is about as wide as its models can use, which look at 224 pixels of a hand. */
function shrink(image: RgbaImage): RgbaImage {
  const by = Math.floor(image.width / ENOUGH_WIDTH_PX)
  if (by < 2) return image
  const [width, height] = [Math.floor(image.width / by), Math.floor(image.height / by)]
  const data = new Uint8ClampedArray(4 * width * height)
  for (let y = 0, to = 0; y < height; y++)
    for (let x = 0; x < width; x++, to += 4) {
      const from = 4 * by * (y * image.width + x)
      for (let c = 0; c < 4; c++) {
        // Two neighbours of the square: enough against aliasing, at half the price.
        const across = image.data[from + 4 * (image.width + 1) + c]!
        data[to + c] = (image.data[from + c]! + across) >> 1
      }
    }
  return { width, height, data }
}

/** It reads whatever WebGL takes as a texture, which its types do not say. */
function asInput(image: RgbaImage): InputImage {
  const data = image instanceof ImageData ? image : new ImageData(Uint8ClampedArray.from(image.data), image.width)
  return data as unknown as InputImage
}

function readResults({ multiHandLandmarks, multiHandedness }: Results, size: { width: number; height: number }) {
  return multiHandLandmarks.map((landmarks, i): TrackedHand => {
    const { label, score } = multiHandedness[i] ?? { label: 'Left', score: 0 }
    return {
      landmarks: landmarks.map(({ x, y, z }) => ({ x: x * size.width, y: y * size.height, z: z * size.width })),
      // It takes every picture for a mirrored one: what it calls left in ours is a right hand.
      side: label === 'Left' ? 'right' : 'left',
      score,
    }
  })
}

function hasWebGl(): boolean {
  const canvas = document.createElement('canvas')
  return (canvas.getContext('webgl2') ?? canvas.getContext('webgl')) !== null
}

type HandsConstructor = typeof Hands

function loadConstructor(url: string): Promise<HandsConstructor> {
  const known = (): HandsConstructor | undefined => (globalThis as { Hands?: HandsConstructor }).Hands
  const already = known()
  if (already) return Promise.resolve(already)
  return new Promise((resolve, reject) => {
    const script = document.createElement('script')
    script.src = url
    script.onload = () => {
      const loaded = known()
      if (loaded) resolve(loaded)
      else reject(new TrackerError(`${url} is another script`))
    }
    script.onerror = () => reject(new TrackerError(`${url} does not load`))
    document.head.append(script)
  })
}

/** The landmark finder does not run here. */
export class TrackerError extends PalmError {
  constructor(detail: string, cause?: unknown) {
    super('PALM_TRACKER_UNAVAILABLE', `the hand finder does not run: ${detail}`, {
      hints: [
        'Use a browser with WebGL and WebAssembly, and check that the terminal serves the files of the hand finder.',
      ],
      cause,
    })
  }
}
