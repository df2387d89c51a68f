/**
 * A Chromium to test in: the one that CHROME_PATH names, or the one inside @sparticuz/chromium, which on a bare system
 * brings some of its libraries too.
 */

import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import packaged, { inflate } from '@sparticuz/chromium'
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type LaunchOptions,
} from 'playwright-core'

export type Missing = { readonly missing: string }

const START_TIMEOUT_MS = 30_000
/** No sandbox, as in a container there is none to be had; only pages of our own are opened. */
const ARGS = ['--no-sandbox', '--disable-dev-shm-usage']
/**
 * WebGL without a graphics card: the hand finder passes pictures through it. All else is drawn without, since to play a
 * graphics card takes many times as long.
 */
const SOFTWARE_GL = [
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  '--disable-gpu-compositing',
  '--disable-gpu-rasterization',
  '--disable-accelerated-2d-canvas',
]
/** Says yes to every page that asks for the camera, and gives it a file's pictures. */
const FAKE_CAMERA = ['--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream']

export type ChromiumOptions = {
  /** With WebGL, drawn by the processor. Default without. */
  readonly webGl?: boolean
  /** A .y4m or .mjpeg file that a fake camera plays again and again; see `renderCameraFile`. */
  readonly cameraFile?: string
}

/** A running Chromium, or why there is none. */
export function startChromium(options: ChromiumOptions = {}): Promise<Browser | Missing> {
  return start(options, (settings) => chromium.launch(settings))
}

/** A running Chromium that keeps what pages leave in `profile`, as one that is used every day does. */
export function startChromiumWithProfile(
  profile: string,
  options: ChromiumOptions & BrowserContextOptions = {},
): Promise<BrowserContext | Missing> {
  const { webGl, cameraFile, ...context } = options
  return start(options, (settings) => chromium.launchPersistentContext(profile, { ...context, ...settings }))
}

async function start<T>(
  options: ChromiumOptions,
  launch: (settings: LaunchOptions) => Promise<T>,
): Promise<T | Missing> {
  const args = [
    ...ARGS,
    ...(options.webGl ? SOFTWARE_GL : ['--disable-gpu']),
    ...(options.cameraFile ? [...FAKE_CAMERA, `--use-file-for-fake-video-capture=${options.cameraFile}`] : []),
  ]
  const settings = (executablePath: string, env: Record<string, string> = {}): LaunchOptions => ({
    executablePath,
    args,
    headless: true,
    timeout: START_TIMEOUT_MS,
    env: { ...process.env, ...env } as Record<string, string>,
  })
  const path = process.env.CHROME_PATH
  if (path) return launch(settings(path)).catch((error) => ({ missing: `CHROME_PATH is ${path}: ${firstLine(error)}` }))
  try {
    const executable = await packaged.executablePath()
    return await launch(settings(executable)).catch(async () => launch(settings(executable, await packagedLibraries())))
  } catch (error) {
    return { missing: firstLine(error) }
  }
}

/** Unpacks the libraries that come with the packaged Chromium and returns the environment that finds them. */
async function packagedLibraries(): Promise<Record<string, string>> {
  const bin = fileURLToPath(new URL('../bin/al2023.tar.br', import.meta.resolve('@sparticuz/chromium')))
  await inflate(bin)
  const known = process.env.LD_LIBRARY_PATH
  return { LD_LIBRARY_PATH: [join(tmpdir(), 'al2023', 'lib'), ...(known ? [known] : [])].join(':') }
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n').slice(0, 3).join(' ')
}
