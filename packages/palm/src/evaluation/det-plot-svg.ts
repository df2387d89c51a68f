/**
 * A detection error trade-off (DET) curve as an SVG document: FRR over FAR, both axes logarithmic, the equal-error line
 * dashed. Points without a single error on one axis cannot be drawn on it and are left out.
 */

import { type DistanceHistogram, detCurve } from './det-statistics.ts'

const WIDTH = 640
const HEIGHT = 520
const LEFT = 84
const TOP = 48
const PLOT = { width: 520, height: 400 }
const FAR_EXPONENTS = { least: -7, most: 0 }
const FRR_EXPONENTS = { least: -4, most: 0 }

/**
 * @param title one line above the plot
 * @throws {StatisticsError} as {@link detCurve}
 */
export function detPlotSvg(genuine: DistanceHistogram, impostor: DistanceHistogram, title = 'DET curve'): string {
  const points = detCurve(genuine, impostor).filter(({ far, frr }) => far > 0 && frr > 0)
  const path = points
    .map(({ far, frr }, i) => `${i === 0 ? 'M' : 'L'}${x(far).toFixed(1)} ${y(frr).toFixed(1)}`)
    .join('')
  const equal = `M${x(10 ** FRR_EXPONENTS.least)} ${y(10 ** FRR_EXPONENTS.least)}L${x(1)} ${y(1)}`
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="13">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    `<text x="${LEFT}" y="28" font-size="16">${escapeText(title)}</text>`,
    ...gridLines(),
    `<path d="${equal}" stroke="#999" stroke-dasharray="5 4" fill="none"/>`,
    points.length > 0
      ? `<path d="${path}" stroke="#0b5fa5" stroke-width="2" fill="none"/>`
      : `<text x="${LEFT + PLOT.width / 2}" y="${TOP + PLOT.height / 2}" text-anchor="middle">no threshold makes both kinds of error</text>`,
    `<text x="${LEFT + PLOT.width / 2}" y="${HEIGHT - 14}" text-anchor="middle">false accept rate</text>`,
    `<text transform="translate(22 ${TOP + PLOT.height / 2}) rotate(-90)" text-anchor="middle">false reject rate</text>`,
    '</svg>',
    '',
  ].join('\n')
}

/** A line and a label for each power of ten. */
function gridLines(): string[] {
  const lines: string[] = []
  for (let e = FAR_EXPONENTS.least; e <= FAR_EXPONENTS.most; e++) {
    const at = x(10 ** e)
    lines.push(`<path d="M${at} ${TOP}V${TOP + PLOT.height}" stroke="#ddd"/>`)
    lines.push(`<text x="${at}" y="${TOP + PLOT.height + 20}" text-anchor="middle">1e${e}</text>`)
  }
  for (let e = FRR_EXPONENTS.least; e <= FRR_EXPONENTS.most; e++) {
    const at = y(10 ** e)
    lines.push(`<path d="M${LEFT} ${at}H${LEFT + PLOT.width}" stroke="#ddd"/>`)
    lines.push(`<text x="${LEFT - 8}" y="${at + 4}" text-anchor="end">1e${e}</text>`)
  }
  return lines
}

function x(far: number): number {
  return LEFT + PLOT.width * part(far, FAR_EXPONENTS)
}

function y(frr: number): number {
  return TOP + PLOT.height * (1 - part(frr, FRR_EXPONENTS))
}

/** Where a rate lies on its axis, 0..1. */
function part(rate: number, { least, most }: { least: number; most: number }): number {
  return Math.min(1, Math.max(0, (Math.log10(rate) - least) / (most - least)))
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
