/** The terminal's screen as a lamp: what it shows when, and what frames are told of it. */

import { expect } from 'chai'
import { createScreenLight, type Light } from '../../node/terminal/src/scan/screen-light.ts'

describe('the screen as a lamp', () => {
  const FRAME_MS = 33

  /** Runs frames of which `seenAt` says what they show; what the page showed, and what each frame was told. */
  function run(count: number, seenAt: (frame: number) => { hasPalm: boolean; progress: number }) {
    const shown: { light: Light; atMs: number }[] = []
    let atMs = 0
    const light = createScreenLight((next) => void shown.push({ light: next, atMs }))
    const told = Array.from({ length: count }, (_, frame) => {
      atMs = frame * FRAME_MS
      return light.next(atMs, seenAt(frame))
    })
    return { shown, told, off: () => light.off() }
  }

  it('goes dark for a palm and bright in the middle of the scan, and tells frames once the light has settled', () => {
    const { shown, told } = run(24, (frame) => ({ hasPalm: true, progress: (frame + 1) / 24 }))
    expect(shown.map(({ light }) => light)).to.deep.equal(['dark', 'bright'])
    const [dark, bright] = shown.map(({ atMs }) => atMs / FRAME_MS) as [number, number]
    for (const [frame, light] of told.entries()) {
      const since = frame >= bright ? bright : dark
      const settled = (frame - since) * FRAME_MS >= 150
      expect(light, `frame ${frame}`).to.equal(settled ? (frame >= bright ? 'bright' : 'dark') : undefined)
    }
    expect(told).to.include('dark').and.include('bright')
  })

  it('stays bright without a palm', () => {
    const { shown, told } = run(10, () => ({ hasPalm: false, progress: 0 }))
    expect(shown).to.deep.equal([])
    expect(new Set(told)).to.deep.equal(new Set(['bright']))
  })

  it('changes less than three times a second, however the palm comes and goes', () => {
    const { shown } = run(200, (frame) => ({ hasPalm: frame % 2 === 0, progress: 0 }))
    for (const [i, { atMs }] of shown.entries())
      if (i > 0) expect(atMs - shown[i - 1]!.atMs).to.be.greaterThan(1000 / 3)
  })

  it('is bright when a scan is over', () => {
    const { shown, off } = run(3, () => ({ hasPalm: true, progress: 0 }))
    off()
    expect(shown.at(-1)?.light).to.equal('bright')
  })
})
