/** Cameras: which one, what is wrong in words, and a picture that stands still. */

import {
  CameraError,
  type CameraFault,
  chooseCamera,
  FROZEN_AFTER_MS,
  FROZEN_AFTER_REPEATS,
  type FreezeState,
  isFrozen,
  openCamera,
  watchFreeze,
} from '@palmhold/capture'
import type { RgbaImage } from '@palmhold/palm'
import { expect } from 'chai'
import { cameraErrorOf } from '../../packages/capture/src/camera/camera-error.ts'

const device = (label: string) => ({ deviceId: label, label })

describe('cameras', () => {
  it('takes the one that staff chose, else a real one in visible light that looks at the customer', () => {
    const all = ['OBS Virtual Camera', 'Integrated IR Camera', 'Back Camera', 'HD Pro Webcam C920'].map(device)
    expect(chooseCamera(all)?.label).to.equal('HD Pro Webcam C920')
    expect(chooseCamera(all, 'Back Camera')?.label).to.equal('Back Camera')
    expect(chooseCamera(all, 'unplugged since')?.label).to.equal('HD Pro Webcam C920')
    expect(chooseCamera(all.slice(0, 2))?.label).to.equal('Integrated IR Camera')
    expect(chooseCamera([])).to.equal(undefined)
  })

  it('says in words what the browser answered', () => {
    const faults: [string, CameraFault][] = [
      ['NotAllowedError', 'PALM_CAMERA_REFUSED'],
      ['NotFoundError', 'PALM_CAMERA_MISSING'],
      ['NotReadableError', 'PALM_CAMERA_TAKEN'],
      ['AbortError', 'PALM_CAMERA_TAKEN'],
      ['TypeError', 'PALM_CAMERA_UNSUPPORTED'],
    ]
    for (const [name, code] of faults) {
      const error = cameraErrorOf(new DOMException('', name))
      expect(error).to.be.instanceOf(CameraError).with.property('code', code)
      expect(error.hints.length).to.be.at.least(1)
    }
  })

  it('is not to be had where there is no browser', async () => {
    const error = await openCamera().catch((reason: unknown) => reason)
    expect(error).to.have.property('code', 'PALM_CAMERA_UNSUPPORTED')
  })

  const still: RgbaImage = { width: 64, height: 48, data: new Uint8ClampedArray(64 * 48 * 4).fill(90) }

  it('calls no camera frozen that it has hardly looked at', () => {
    let state = watchFreeze(undefined, still, 0)
    for (let repeats = 1; repeats < FROZEN_AFTER_REPEATS; repeats++) {
      const atMs = repeats * FROZEN_AFTER_MS
      state = watchFreeze(state, still, atMs)
      expect(isFrozen(state, atMs)).to.equal(false)
    }
    const atMs = FROZEN_AFTER_REPEATS * FROZEN_AFTER_MS
    expect(isFrozen(watchFreeze(state, still, atMs), atMs)).to.equal(true)
  })

  it('calls a picture frozen that does not change for a while, and not one that has noise', () => {
    let state: FreezeState | undefined
    for (let atMs = 0; atMs < FROZEN_AFTER_MS; atMs += 100) {
      state = watchFreeze(state, still, atMs)
      expect(isFrozen(state, atMs)).to.equal(false)
    }
    state = watchFreeze(state, still, FROZEN_AFTER_MS)
    expect(isFrozen(state, FROZEN_AFTER_MS)).to.equal(true)
    const noisy = { ...still, data: still.data.map((value, i) => value + (i % 3)) }
    state = watchFreeze(state, noisy, FROZEN_AFTER_MS + 33)
    expect(isFrozen(state, FROZEN_AFTER_MS + 33)).to.equal(false)
  })
})
