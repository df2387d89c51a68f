/** The region of interest on rendered hands: either hand, turns, sizes, grounds; and what must be refused. */

import {
  createSeededRandom,
  createSyntheticPalm,
  encodePalm,
  encodeProbe,
  findRoi,
  type HandCapture,
  LEAST_SIDE_PX,
  locateRoi,
  nearestShift,
  type RgbaImage,
  renderHand,
  renderHandScene,
  renderRoi,
  requireQuality,
  type SyntheticPalm,
  toGrey,
} from '@palmhold/palm'
import { expect } from 'chai'

const MATCH_BITS = 550
const WIDTH = 720
const HEIGHT = 960

function hand(palm: SyntheticPalm, capture: Partial<HandCapture> = {}): RgbaImage {
  return renderHand(palm, { session: 1, index: 1, width: WIDTH, height: HEIGHT, ...capture })
}

/** Distance between the palm found in `picture` and another day's region of interest. */
function distanceTo(palm: SyntheticPalm, picture: RgbaImage): number {
  const enrolled = encodePalm(renderRoi(palm, { session: 2, index: 1 }))
  return nearestShift(enrolled, encodeProbe(findRoi(picture))).distanceBits
}

function plain(width: number, height: number, colour: readonly [number, number, number]): RgbaImage {
  const data = new Uint8ClampedArray(width * height * 4)
  for (let at = 0; at < data.length; at += 4) data.set([...colour, 255], at)
  return { width, height, data }
}

/** `pictures` side by side. */
function beside(...pictures: RgbaImage[]): RgbaImage {
  const width = pictures.reduce((sum, picture) => sum + picture.width, 0)
  const { height } = pictures[0]!
  const data = new Uint8ClampedArray(width * height * 4)
  let left = 0
  for (const picture of pictures) {
    for (let y = 0; y < height; y++)
      data.set(picture.data.subarray(y * picture.width * 4, (y + 1) * picture.width * 4), (y * width + left) * 4)
    left += picture.width
  }
  return { width, height, data }
}

function darkened(picture: RgbaImage, factor: number): RgbaImage {
  return { ...picture, data: picture.data.map((value, at) => (at % 4 === 3 ? value : value * factor)) }
}

describe('findRoi', () => {
  it('takes a 128 x 128 picture as it is', () => {
    const roi = renderRoi(createSyntheticPalm('roi'), { session: 1, index: 1 })
    expect(findRoi(roi)).to.equal(roi)
  })

  for (const side of ['left', 'right'] as const)
    for (const turnDegrees of [-60, -45, -20, 0, 20, 45])
      it(`finds a ${side} hand turned by ${turnDegrees} degrees, and its code matches another day’s`, () => {
        const palm = createSyntheticPalm(`turned ${side}`, { side })
        const picture = hand(palm, { turnDegrees })
        const { right, sidePx } = locateRoi(picture)
        const found = (Math.atan2(right.y, right.x) * 180) / Math.PI
        expect(Math.abs(found - turnDegrees)).to.be.lessThan(10)
        expect(sidePx).to.be.greaterThan(LEAST_SIDE_PX)
        expect(distanceTo(palm, picture)).to.be.lessThan(MATCH_BITS)
      })

  it('finds a hand upside down', () => {
    const palm = createSyntheticPalm('upside down')
    expect(distanceTo(palm, hand(palm, { turnDegrees: 180 }))).to.be.lessThan(MATCH_BITS)
  })

  for (const pixelsPerMm of [3.9, 5.2])
    it(`finds hands of ${pixelsPerMm} px/mm`, () => {
      const palm = createSyntheticPalm('scaled')
      expect(distanceTo(palm, hand(palm, { pixelsPerMm: (pixelsPerMm * 1280) / HEIGHT }))).to.be.lessThan(MATCH_BITS)
    })

  it('finds hands in nearly all of many people’s pictures', () => {
    let matched = 0
    const people = 8
    for (let i = 0; i < people; i++) {
      const palm = createSyntheticPalm(`person ${i}`)
      if (distanceTo(palm, hand(palm)) < MATCH_BITS) matched++
    }
    expect(matched).to.be.at.least(people - 1)
  })

  it('finds a hand in a grey picture and on grounds of several colours', () => {
    const palm = createSyntheticPalm('grounds')
    expect(findRoi(toGrey(hand(palm, { ground: [20, 20, 20] }))).width).to.equal(128)
    for (const ground of [
      [245, 245, 245],
      [15, 15, 15],
      [40, 90, 170],
      [60, 130, 60],
    ] as const)
      expect(distanceTo(palm, hand(palm, { ground })), `ground ${ground}`).to.be.lessThan(MATCH_BITS)
  })

  for (const [name, capture] of [
    ['with a ring that cuts a finger off', { ring: [190, 192, 196], ground: [236, 236, 232] }],
    ['out of a sleeve, blotched, under a warm lamp', { sleeve: [40, 60, 120], blush: 0.15, lamp: [1.1, 1, 0.9] }],
    ['on a wooden table, which has the skin’s colour, and its own shadow on it', { groundKind: 'wood', shadow: 0.4 }],
    ['among boxes of many colours', { groundKind: 'boxes' }],
  ] as const)
    it(`finds a hand ${name}, where it is`, () => {
      for (const seed of ['one', 'other']) {
        const palm = createSyntheticPalm(`${seed} hand ${name}`)
        const given = { session: 1, index: 1, width: 1280, height: 720, pixelsPerMm: 6, ...capture }
        const { image, truth } = renderHandScene(palm, given)
        const { centre, right, sidePx } = locateRoi(image)
        const pixels =
          (128 * Math.hypot(centre.x - truth.roi.centre.x, centre.y - truth.roi.centre.y)) / truth.roi.sidePx
        expect(pixels, 'centre').to.be.lessThan(6)
        expect(right.x * truth.roi.right.x + right.y * truth.roi.right.y, 'cosine of the turn').to.be.greaterThan(0.998)
        expect(sidePx / truth.roi.sidePx).to.be.closeTo(1, 0.06)
      }
    })

  const palm = createSyntheticPalm('refused')
  const refused: [string, string, () => RgbaImage][] = [
    ['an empty ground', 'PALM_NOT_FOUND', () => plain(400, 500, [120, 130, 140])],
    ['a ball', 'PALM_NOT_FOUND', () => ball(500)],
    // Of thousands of parts, each of which might be a finger.
    ['noise', 'PALM_NOT_FOUND', () => noise(1280, 720, 6)],
    ['two hands', 'PALM_TWO_HANDS', () => beside(hand(palm, { turnDegrees: 0 }), hand(palm, { turnDegrees: 5 }))],
    ['a hand far away', 'PALM_TOO_SMALL', () => hand(palm, { pixelsPerMm: 2.2 * (1280 / HEIGHT) })],
    ['a hand in the dark', 'PALM_TOO_DARK', () => darkened(hand(palm), 0.03)],
    ['a black picture', 'PALM_TOO_DARK', () => plain(400, 500, [0, 0, 0])],
  ]
  for (const [name, code, picture] of refused)
    it(`refuses ${name}: ${code}`, () => {
      expect(() => requireQuality(findRoi(picture())))
        .to.throw()
        .with.property('code', code)
    })

  it('refuses a malformed picture', () => {
    expect(() => findRoi({ width: 10, height: 10, data: new Uint8Array(399) }))
      .to.throw()
      .with.property('code', 'PALM_IMAGE_SHAPE')
  })
})

/** Squares of `cell` pixels in any colours. */
function noise(width: number, height: number, cell: number): RgbaImage {
  const random = createSeededRandom('noise')
  const columns = Math.ceil(width / cell)
  const colours = Array.from({ length: columns * Math.ceil(height / cell) }, () =>
    [0, 0, 0].map(() => random.whole(0, 255)),
  )
  const picture = plain(width, height, [0, 0, 0])
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      picture.data.set(colours[Math.floor(y / cell) * columns + Math.floor(x / cell)]!, (y * width + x) * 4)
  return picture
}

function ball(side: number): RgbaImage {
  const picture = plain(side, side, [30, 40, 60])
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++)
      if ((x - side / 2) ** 2 + (y - side / 2) ** 2 < (side / 3) ** 2)
        picture.data.set([210, 160, 140], (y * side + x) * 4)
  return picture
}
