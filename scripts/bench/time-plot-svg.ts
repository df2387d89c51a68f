/** Measured times as an SVG document: lines over one quantity, both axes logarithmic, each point with its value. */

const WIDTH = 640
const HEIGHT = 440
const LEFT = 84
const TOP = 56
const PLOT = { width: 520, height: 310 }
const COLOURS = ['#0b5fa5', '#b3541e', '#3a7d44']

export type PlotLine = {
  readonly name: string
  /** By x ascending; both above 0. */
  readonly points: readonly { readonly x: number; readonly ms: number }[]
}

export type TimePlot = {
  readonly title: string
  /** What x counts, e.g. `rows`. */
  readonly xName: string
  readonly lines: readonly PlotLine[]
}

/** Draws a plot; there must be a point. */
export function timePlotSvg({ title, xName, lines }: TimePlot): string {
  const points = lines.flatMap((line) => line.points)
  const x = axisOf(points.map((point) => point.x))
  const y = axisOf(points.map((point) => point.ms))
  const atX = (value: number) => LEFT + PLOT.width * x.part(value)
  const atY = (value: number) => TOP + PLOT.height * (1 - y.part(value))
  const drawn = lines.flatMap((line, k) => {
    const colour = COLOURS[k % COLOURS.length]!
    const path = line.points.map((point, i) => `${i === 0 ? 'M' : 'L'}${round(atX(point.x))} ${round(atY(point.ms))}`)
    return [
      `<path d="${path.join('')}" stroke="${colour}" stroke-width="2" fill="none"/>`,
      ...line.points.flatMap((point) => [
        `<circle cx="${round(atX(point.x))}" cy="${round(atY(point.ms))}" r="3.5" fill="${colour}"/>`,
        `<text x="${round(atX(point.x))}" y="${round(atY(point.ms) - 9)}" text-anchor="middle" font-size="12" fill="${colour}">${threeDigits(point.ms)}</text>`,
      ]),
      `<text x="${LEFT + 12}" y="${TOP + 20 + 18 * k}" fill="${colour}">${escapeText(line.name)}</text>`,
    ]
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="13">`,
    `<title>${escapeText(title)}</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    `<text x="${LEFT}" y="30" font-size="16">${escapeText(title)}</text>`,
    ...x.ticks.flatMap((tick) => [
      `<path d="M${round(atX(tick))} ${TOP}V${TOP + PLOT.height}" stroke="#ddd"/>`,
      `<text x="${round(atX(tick))}" y="${TOP + PLOT.height + 20}" text-anchor="middle">${tick.toLocaleString('en')}</text>`,
    ]),
    ...y.ticks.flatMap((tick) => [
      `<path d="M${LEFT} ${round(atY(tick))}H${LEFT + PLOT.width}" stroke="#ddd"/>`,
      `<text x="${LEFT - 8}" y="${round(atY(tick) + 4)}" text-anchor="end">${tick.toLocaleString('en')}</text>`,
    ]),
    ...drawn,
    `<text x="${LEFT + PLOT.width / 2}" y="${HEIGHT - 16}" text-anchor="middle">${escapeText(xName)}</text>`,
    `<text transform="translate(22 ${TOP + PLOT.height / 2}) rotate(-90)" text-anchor="middle">ms</text>`,
    '</svg>',
    '',
  ].join('\n')
}

/** A logarithmic axis of whole powers of ten around `values`. */
function axisOf(values: readonly number[]) {
  const least = Math.floor(Math.log10(Math.min(...values)))
  const most = Math.max(least + 1, Math.ceil(Math.log10(Math.max(...values))))
  const ticks = Array.from({ length: most - least + 1 }, (_, k) => 10 ** (least + k))
  return { ticks, part: (value: number) => (Math.log10(value) - least) / (most - least) }
}

/** A number with three digits that matter. */
export function threeDigits(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3)
}

function round(value: number): string {
  return value.toFixed(1)
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
