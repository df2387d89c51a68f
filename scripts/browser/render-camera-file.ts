/**
 * A file for Chromium's fake camera (`--use-file-for-fake-video-capture`), drawn from synthetic hands: YUV4MPEG2, 4:2:0,
 * which needs no codec. Chromium plays it in a loop at its frame rate.
 *
 *     await renderCameraFile('/tmp/hand.y4m', [
 *       { frames: 20 },                                                            // nobody there
 *       { frames: 60, palm: createSyntheticPalm('anna', { side: 'left' }), capture: { session: 2, index: 7 } },
 *     ])
 *     const browser = await startChromium({ webGl: true, cameraFile: '/tmp/hand.y4m' })
 *
 * Another capture index is another picture of the same palm: give each scan a new one. A frame of 1280 x 720 takes 1.4 MB.
 */

import { open } from 'node:fs/promises'
import {
  composeFrame,
  createSeededRandom,
  type HandCapture,
  type Layers,
  type RgbaImage,
  renderHandScene,
  type SyntheticPalm,
} from '@palmhold/palm'

/** Some seconds before the camera. */
export type CameraScene = {
  readonly frames: number
  /** Whose hand; without it the ground alone is seen. */
  readonly palm?: SyntheticPalm
  readonly capture?: HandCapture
  /** Whether every frame is the same to the last pixel, as from a camera that hangs; default false. */
  readonly frozen?: boolean
}

export type CameraFileOptions = {
  /** Default 1280 x 720. */
  readonly width?: number
  readonly height?: number
  readonly framesPerSecond?: number
}

/** A hand is still, but never quite: deviation of its place in pixels and of its turn in radians. */
const TREMOR = { px: 0.7, turn: 0.002 }
const NOISE = 1.4
/** Fits a whole hand into 720 rows. */
const PIXELS_PER_MM_AT_720 = 6

/** Writes `scenes` one after the other to `file`. */
export async function renderCameraFile(
  file: string,
  scenes: readonly CameraScene[],
  { width = 1280, height = 720, framesPerSecond = 15 }: CameraFileOptions = {},
): Promise<void> {
  await using out = await open(file, 'w')
  await out.write(`YUV4MPEG2 W${width} H${height} F${framesPerSecond}:1 Ip A1:1 C420jpeg\n`)
  for (const [number, scene] of scenes.entries()) {
    const layers = drawLayers(scene, width, height)
    const random = createSeededRandom(`camera file ${number}`)
    let frame: RgbaImage | undefined
    for (let i = 0; i < scene.frames; i++) {
      if (!frame || !scene.frozen)
        frame = composeFrame(
          layers,
          {
            dx: random.bell(TREMOR.px),
            dy: random.bell(TREMOR.px),
            turn: random.bell(TREMOR.turn),
            coverLight: 1,
            groundLight: 1,
            noise: NOISE,
          },
          random,
        )
      await out.write('FRAME\n')
      await out.write(toYuv420(frame))
    }
  }
}

function drawLayers({ palm, capture }: CameraScene, width: number, height: number): Layers {
  if (palm)
    return renderHandScene(palm, {
      session: 1,
      index: 1,
      pixelsPerMm: (PIXELS_PER_MM_AT_720 * height) / 720,
      ...capture,
      width,
      height,
    })
  const data = new Uint8ClampedArray(width * height * 4)
  for (let at = 0; at < data.length; at += 4) data.set([46, 52, 64, 255], at)
  const ground = { width, height, data }
  return { image: ground, cover: new Uint8Array(width * height), ground }
}

/** Luma and colour differences of ITU-R BT.601 over the range 16..235, the differences at half the resolution. */
function toYuv420({ width, height, data }: RgbaImage): Buffer {
  const out = Buffer.alloc(width * height + 2 * (width >> 1) * (height >> 1))
  for (let i = 0; i < width * height; i++)
    out[i] = 16 + (65.5 * data[4 * i]! + 128.6 * data[4 * i + 1]! + 25 * data[4 * i + 2]!) / 255
  let at = width * height
  for (const [red, green, blue] of [
    [-37.8, -74.2, 112],
    [112, -93.8, -18.2],
  ] as const)
    for (let y = 0; y + 1 < height; y += 2)
      for (let x = 0; x + 1 < width; x += 2) {
        let sum = 0
        for (const i of [y * width + x, y * width + x + 1, (y + 1) * width + x, (y + 1) * width + x + 1])
          sum += red * data[4 * i]! + green * data[4 * i + 1]! + blue * data[4 * i + 2]!
        out[at++] = 128 + sum / (4 * 255)
      }
  return out
}
