/** Following a palm tells what finding it tells, to a few pixels, and gives up where it could not. */

import { createPalmFollower, observeFrame } from '@palmhold/capture'
import {
  composeFrame,
  createSeededRandom,
  createSyntheticPalm,
  type HandScene,
  locateRoi,
  type RgbaImage,
  type RoiFrame,
  renderHandScene,
} from '@palmhold/palm'
import { expect } from 'chai'

const SIZE = { width: 960, height: 720, pixelsPerMm: 6, turnDegrees: 4 }
/** Distance of the centres, of a square of 128. */
const NEAR_PX = 1
const NEAR_DEGREES = 1

describe('a follower of palms', () => {
  let scene: HandScene
  let first: RgbaImage
  let found: RoiFrame
  const random = createSeededRandom('followed')
  const still = { dx: 0, dy: 0, turn: 0, coverLight: 1, groundLight: 1, noise: 2 }
  const moved = (change: Partial<typeof still>) => composeFrame(scene, { ...still, ...change }, random)

  before(() => {
    const palm = createSyntheticPalm('followed', { side: 'right' })
    scene = renderHandScene(palm, { ...SIZE, session: 1, index: 1, groundKind: 'tiles', shadow: 0.2 })
    first = moved({})
    found = locateRoi(first, { quick: true })
  })

  /** Where the palm is once the hand has moved. */
  function movedFrame({ dx = 0, dy = 0, turn = 0 }: Partial<typeof still>): RoiFrame {
    const [cos, sin] = [Math.cos(turn), Math.sin(turn)]
    const turned = ({ x, y }: { x: number; y: number }) => ({ x: cos * x - sin * y, y: sin * x + cos * y })
    const [middleX, middleY] = [SIZE.width / 2, SIZE.height / 2]
    const { x, y } = turned({ x: found.centre.x - middleX, y: found.centre.y - middleY })
    return { ...found, centre: { x: x + middleX + dx, y: y + middleY + dy }, right: turned(found.right) }
  }

  function expectNear(one: RoiFrame | undefined, other: RoiFrame): void {
    if (!one) throw new Error('lost')
    const apart = Math.hypot(one.centre.x - other.centre.x, one.centre.y - other.centre.y)
    expect((apart * 128) / other.sidePx).to.be.below(NEAR_PX)
    const across = one.right.x * other.right.y - one.right.y * other.right.x
    expect((Math.abs(Math.asin(across)) * 180) / Math.PI).to.be.below(NEAR_DEGREES)
    expect(one.sidePx / other.sidePx).to.be.within(0.98, 1.02)
  }

  it('knows where the palm went, under other light too', () => {
    const changes = [
      { dx: 6, dy: -4 },
      { dx: 12, dy: -9, turn: 0.03 },
      { dx: 9, dy: -6, turn: 0.02, coverLight: 0.85, groundLight: 0.85 },
    ]
    const follower = createPalmFollower()
    follower.lock(first, found)
    for (const change of changes) {
      const image = moved(change)
      expectNear(follower.follow(image), movedFrame(change))
    }
  })

  it('gives up on a palm that jumped, that left, and that something covers', () => {
    const none = { ...first, data: Uint8ClampedArray.from(scene.ground.data) }
    const covered = { ...first, data: Uint8ClampedArray.from(first.data) }
    for (let y = 0; y < SIZE.height; y++)
      covered.data.fill(0, 4 * y * SIZE.width, 4 * (y * SIZE.width + found.centre.x))
    for (const image of [moved({ dx: 120 }), none, covered, { ...none, data: none.data.map(() => 90) }]) {
      const follower = createPalmFollower()
      follower.lock(first, found)
      expect(follower.follow(image)).to.equal(undefined)
    }
  })

  it('gives up where the picture is hardly like the palm any more, though it could still be laid there', () => {
    for (const [noise, isFollowed] of [
      [10, true],
      [40, false],
    ] as const) {
      const follower = createPalmFollower()
      follower.lock(first, found)
      expect(follower.follow(moved({ dx: 4, noise })) !== undefined, `noise ${noise}`).to.equal(isFollowed)
    }
  })

  it('gives up on a palm that leaves the picture', () => {
    const left = Math.floor(found.centre.x - (found.sidePx / 2) * (Math.abs(found.right.x) + Math.abs(found.right.y)))
    const cut = ({ width, height, data }: RgbaImage): RgbaImage => {
      const out = new Uint8ClampedArray((width - left) * height * 4)
      for (let y = 0; y < height; y++)
        out.set(data.subarray(4 * (y * width + left), 4 * (y + 1) * width), 4 * y * (width - left))
      return { width: width - left, height, data: out }
    }
    for (const [dx, isFollowed] of [
      [8, true],
      [-12, false],
    ] as const) {
      const follower = createPalmFollower()
      follower.lock(cut(first), { ...found, centre: { x: found.centre.x - left, y: found.centre.y } })
      expect(follower.follow(cut(moved({ dx }))) !== undefined, `${dx} px`).to.equal(isFollowed)
    }
  })

  it('has the hand looked for anew after some frames, and follows nothing once it was told to forget', () => {
    const follower = createPalmFollower()
    follower.lock(first, found)
    const followed = Array.from({ length: 40 }, () => follower.follow(first)).indexOf(undefined)
    expect(followed).to.be.within(8, 30)
    follower.lock(first, found)
    expect(follower.follow(first)).not.to.equal(undefined)
    follower.release()
    expect(follower.follow(first)).to.equal(undefined)
  })

  it('is no palm where a picture has nothing in it', () => {
    const flat = { ...first, data: first.data.map(() => 90) }
    const follower = createPalmFollower()
    follower.lock(flat, found)
    expect(follower.follow(flat)).to.equal(undefined)
  })

  it('is used by an observation that is given one, which then says so, and judges light and sharpness alike', () => {
    const follower = createPalmFollower()
    const [seen, again] = [first, moved({ dx: 3 })].map(
      (image, i) => observeFrame(image, i, undefined, { follower }).palm,
    )
    if (typeof seen !== 'object' || typeof again !== 'object') return expect.fail('no palm')
    expect([seen.isFollowed, again.isFollowed]).to.deep.equal([false, true])
    expect(again.fault).to.equal(undefined)
    expect(again.sharpness / seen.sharpness).to.be.within(0.8, 1.25)
    const dark = observeFrame(moved({ coverLight: 0.2, groundLight: 0.2 }), 2, undefined, { follower }).palm
    expect(dark).to.include({ isFollowed: true, fault: 'PALM_TOO_DARK' })
    expect(observeFrame({ ...first, data: first.data.map(() => 90) }, 3, undefined, { follower }).palm).to.be.a(
      'string',
    )
  })
})
