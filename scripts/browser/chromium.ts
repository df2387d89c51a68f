/**
 * A Chromium to test in: the one that CHROME_PATH names, or the one inside @sparticuz/chromium, which on a bare system
 * brings some of its libraries too.
 */

import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import packaged, { inflate } from '@sparticuz/chromium'
import { type Browser, chromium } from 'playwright-core'

const START_TIMEOUT_MS = 30_000
/** No sandbox, as in a container there is none to be had; only pages of our own are opened. */
const ARGS = ['--no-sandbox', '--disable-dev-shm-usage']
/** WebGL without a graphics card: the hand finder passes pictures through it. */
const SOFTWARE_GL = ['--use-angle=swiftshader', '--enable-unsafe-swiftshader']
/** Says yes to every page that asks for the camera, and gives it a file's pictures. */
const FAKE_CAMERA = ['--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream']

export type ChromiumOptions = {
  /** With WebGL, drawn by the processor. Default without. */
  readonly webGl?: boolean
  /** A .y4m or .mjpeg file that a fake camera plays again and again; see `renderCameraFile`. */
  readonly cameraFile?: string
}

/** A running Chromium, or why there is none. */
export async function startChromium(options: ChromiumOptions = {}): Promise<Browser | { readonly missing: string }> {
  const args = [
    ...ARGS,
    ...(options.webGl ? SOFTWARE_GL : ['--disable-gpu']),
    ...(options.cameraFile ? [...FAKE_CAMERA, `--use-file-for-fake-video-capture=${options.cameraFile}`] : []),
  ]
  const path = process.env.CHROME_PATH
  if (path) return launch(path, args).catch((error) => ({ missing: `CHROME_PATH is ${path}: ${firstLine(error)}` }))
  try {
    const executable = await packaged.executablePath()
    return await launch(executable, args).catch(async () => launch(executable, args, await packagedLibraries()))
  } catch (error) {
    return { missing: firstLine(error) }
  }
}

function launch(executablePath: string, args: readonly string[], env: Record<string, string> = {}): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [...args],
    headless: true,
    timeout: START_TIMEOUT_MS,
    env: { ...process.env, ...env } as Record<string, string>,
  })
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
