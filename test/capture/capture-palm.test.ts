/** A capture from frames with a known hand in them, through the same ports as a camera and a landmark model. */

import {
  CameraError,
  type CaptureOptions,
  capturePalm,
  createFixtureTracker,
  ENROLMENT_FRAMES,
  type Frame,
  type FrameSource,
  GOOD_FRAMES,
  type Hint,
  observeFrame,
  PROBE_FRAMES,
  type TrackedHand,
  trackedHand,
} from '@palmhold/capture'
import {
  assessRoi,
  buildTemplate,
  composeFrame,
  createSeededRandom,
  createSyntheticPalm,
  encodePalm,
  encodeProbe,
  type HandScene,
  locateRoi,
  nearestShift,
  type RgbaImage,
  renderHandScene,
  renderRoi,
  warpRoi,
} from '@palmhold/palm'
import { expect } from 'chai'

const MATCH_BITS = 550
const palm = createSyntheticPalm('captured', { side: 'left' })
const SIZE = { width: 960, height: 720, pixelsPerMm: 6, turnDegrees: 4 }

describe('capturePalm', function () {
  this.timeout(120_000)
  let scene: HandScene
  let frames: RgbaImage[]
  let hand: TrackedHand

  before(() => {
    scene = renderHandScene(palm, { ...SIZE, session: 1, index: 1, groundKind: 'tiles' })
    hand = trackedHand('left', scene.truth.landmarks)
    const random = createSeededRandom('tremble')
    const still = { dx: 0, dy: 0, turn: 0, coverLight: 1, groundLight: 1, noise: 1.5 }
    frames = Array.from({ length: 3 }, (_, i) => composeFrame(scene, { ...still, dx: i - 1 }, random))
  })

  /** Gives `images` in turn, `count` frames in all, then is unplugged. */
  function source(images: readonly RgbaImage[], count: number): FrameSource & { readonly given: () => number } {
    let next = 0
    return {
      given: () => next,
      nextFrame: async (): Promise<Frame> => {
        if (next === count) throw new CameraError('PALM_CAMERA_UNPLUGGED')
        return { image: images[next % images.length]!, atMs: next++ * 33 }
      },
      close: () => {},
    }
  }

  const tracker = (...hands: TrackedHand[]) => createFixtureTracker(() => hands)

  it('hands over frames of the palm, as many as are asked for, that match another day', async () => {
    const enrolled = encodePalm(renderRoi(palm, { session: 2, index: 1 }))
    for (const count of [PROBE_FRAMES, ENROLMENT_FRAMES]) {
      const camera = source(frames, 30)
      const taken = await capturePalm({ source: camera, tracker: tracker(hand), side: 'left', frames: count })
      expect(camera.given()).to.equal(GOOD_FRAMES)
      expect(taken.rois).to.have.lengthOf(count)
      expect(taken.side).to.equal('left')
      expect(nearestShift(enrolled, encodeProbe(taken.rois[0]!)).distanceBits).to.be.lessThan(MATCH_BITS)
      expect(nearestShift(buildTemplate(taken.rois), encodeProbe(taken.rois[0]!)).distanceBits).to.be.lessThan(300)
      taken.wipe()
      expect(taken.rois.every((roi) => roi.data.every((value) => value === 0))).to.equal(true)
    }
  })

  it('hands over what the finder says of a frame, though it followed the palm there', async () => {
    const regions = frames.map((image) => warpRoi(image, locateRoi(image, { quick: true })))
    for (const findsInEveryFrame of [false, true]) {
      const followed: boolean[] = []
      const taken = await capturePalm({
        source: source(frames, 30),
        tracker: tracker(hand),
        findsInEveryFrame,
        onStep: (_, { palm: seen }) => followed.push(typeof seen !== 'string' && seen.isFollowed),
      })
      for (const roi of taken.rois) expect(regions).to.deep.include(roi)
      const sharpness = taken.rois.map((roi) => assessRoi(roi).sharpness)
      expect(sharpness).to.deep.equal([...sharpness].sort((one, other) => other - one))
      const mostly = findsInEveryFrame ? 0 : GOOD_FRAMES - 1
      expect(followed.filter((is) => is)).to.have.lengthOf(mostly)
    }
  })

  it('looks longer for a hand that landmarks show and a quick look does not', async () => {
    // One of four in two hundred.
    const hidden = createSyntheticPalm('bench capture/79')
    const size = { width: 1280, height: 720, session: 1, index: 1, pixelsPerMm: 6.2, turnDegrees: 0 }
    const { image, truth } = renderHandScene(hidden, size)
    expect(() => locateRoi(image, { quick: true }))
      .to.throw()
      .with.property('code', 'PALM_NOT_FOUND')
    for (const findsInEveryFrame of [false, true]) {
      const camera = source([image], 30)
      const shown = tracker(trackedHand(hidden.side, truth.landmarks))
      const goodFrames = PROBE_FRAMES
      const taken = await capturePalm({ source: camera, tracker: shown, findsInEveryFrame, goodFrames })
      expect(camera.given()).to.be.within(goodFrames + 1, goodFrames + 6)
      expect(taken.rois[0]).to.deep.equal(warpRoi(image, locateRoi(image)))
    }
    const alone = await capturePalm({ source: source([image], 4) }).catch((reason: unknown) => reason)
    expect(alone, 'without landmarks nobody knows that there is a hand').to.have.property('code')
  })

  it('takes no other hand than the one that it followed', async () => {
    // Of Ann's hand only the palm stays in the picture, and beside it comes another, larger one.
    const size = { width: 1280, height: 720, session: 1, index: 1, turnDegrees: 0 }
    const ann = renderHandScene(palm, { ...size, pixelsPerMm: 5.5, shift: { x: -0.22, y: 0 } })
    const other = createSyntheticPalm('another', { side: 'left' })
    const bob = renderHandScene(other, { ...size, pixelsPerMm: 6.6, shift: { x: 0.2, y: 0 } })
    const frame = locateRoi(ann.image, { quick: true })
    const both = { ...bob.image, data: Uint8ClampedArray.from(bob.image.data) }
    const [reach, columns] = [Math.round(0.6 * frame.sidePx), size.width]
    for (let y = Math.round(frame.centre.y) - reach; y < frame.centre.y + reach; y++) {
      const from = 4 * (y * columns + Math.round(frame.centre.x) - reach)
      both.data.set(ann.image.data.subarray(from, from + 8 * reach), from)
    }
    expect(locateRoi(both, { quick: true }).centre.x).to.be.greaterThan(frame.centre.x + frame.sidePx)
    let given = 0
    const camera: FrameSource = {
      nextFrame: async () => {
        if (given === 30) throw new CameraError('PALM_CAMERA_UNPLUGGED')
        return { image: given === 0 ? ann.image : both, atMs: 33 * given++ }
      },
      close: () => {},
    }
    let followed = 0
    const error = await capturePalm({
      source: camera,
      tracker: tracker(trackedHand('left', ann.truth.landmarks)),
      onStep: (_, { palm: seen }) => {
        if (typeof seen !== 'string' && seen.isFollowed) followed++
      },
    }).catch((reason: unknown) => reason)
    expect(followed).to.be.least(GOOD_FRAMES - 1)
    expect(error).to.have.property('code', 'PALM_CAMERA_UNPLUGGED')
  })

  it('takes as many good frames in a row as it is told', async () => {
    const camera = source(frames, 30)
    const taken = await capturePalm({ source: camera, tracker: tracker(hand), goodFrames: GOOD_FRAMES + 3 })
    expect(camera.given()).to.equal(GOOD_FRAMES + 3)
    expect(taken.rois).to.have.lengthOf(PROBE_FRAMES)
  })

  it('captures without landmarks too, and then says nothing of the side', async () => {
    const taken = await capturePalm({ source: source(frames, 30) })
    expect(taken.side).to.equal(undefined)
    expect(taken.rois).to.have.lengthOf(PROBE_FRAMES)
  })

  it('overwrites what it does not hand over', async () => {
    const rois: Uint8Array[] = []
    const onStep: CaptureOptions['onStep'] = (_, seen) => {
      if (typeof seen.palm !== 'string') rois.push(seen.palm.roi.data)
    }
    const taken = await capturePalm({ source: source(frames, 30), tracker: tracker(hand), onStep })
    const kept = taken.rois.map(({ data }) => data)
    for (const data of rois) if (!kept.includes(data)) expect(data.every((value) => value === 0)).to.equal(true)
    expect(rois.length).to.be.greaterThan(kept.length)
  })

  it('asks for the other hand, and for one hand only, and captures neither', async () => {
    const wrong: [Hint, readonly TrackedHand[]][] = [
      [
        'other-hand',
        [
          trackedHand(
            'right',
            scene.truth.landmarks.map(({ x, y }) => ({ x: 960 - x, y })),
          ),
        ],
      ],
      ['one-hand', [hand, hand]],
    ]
    for (const [hint, hands] of wrong) {
      const hints = new Set<Hint>()
      const error = await capturePalm({
        source: source(frames, 24),
        tracker: tracker(...hands),
        side: 'left',
        onStep: (step) => hints.add(step.hint),
      }).catch((reason: unknown) => reason)
      expect(error).to.have.property('code', 'PALM_CAMERA_UNPLUGGED')
      expect([...hints]).to.include(hint)
      expect([...hints]).not.to.include('good')
    }
  })

  it('knows the back of a hand, a bent finger and a tilt by landmarks', () => {
    const [image] = frames
    const back = trackedHand('right', scene.truth.landmarks)
    expect(observeFrame(image!, 0, [back]).facesCamera).to.equal(false)
    const bent = { ...hand, landmarks: hand.landmarks.map((place, i) => (i === 12 ? hand.landmarks[9]! : place)) }
    expect(observeFrame(image!, 0, [bent]).open).to.equal(false)
    const away = hand.landmarks.map((place, i) => ({ ...place, z: i === 5 || i === 17 ? 250 : 0 }))
    const seen = observeFrame(image!, 0, [{ ...hand, landmarks: away }])
    expect(seen.tiltDegrees).to.be.greaterThan(30)
    expect(observeFrame(image!, 0, [hand])).to.include({ facesCamera: true, open: true, side: 'left' })
  })

  it('takes no palm that lies beside the hand that landmarks show', () => {
    const moved = { ...hand, landmarks: hand.landmarks.map(({ x, ...rest }) => ({ ...rest, x: x + 300 })) }
    expect(observeFrame(frames[0]!, 0, [moved]).palm).to.equal('PALM_NOT_FOUND')
  })

  it('ends when it is told to', async () => {
    const stop = new AbortController()
    const reason = new Error('the customer left')
    const error = await capturePalm({
      source: source(frames, 30),
      signal: stop.signal,
      onStep: () => stop.abort(reason),
    }).catch((thrown: unknown) => thrown)
    expect(error).to.equal(reason)
  })
})
