/** Two weeks of days as small columns, and the table behind them. */
import { h } from '../dom.ts'
import { count, counted } from '../format.ts'
import { addDays, dayOf } from '../zone.ts'

const SVG = 'http://www.w3.org/2000/svg'
const DAYS_LEAST = 14 // as the server tells them
const DAYS_MOST = 60 // more columns are thinner than a pixel
const HEIGHT = 18 // css px
const STEP = 5
const WIDTH = 4

/** The days that a curve shows: those of the period, and of a short one the days before it too. */
export function daysOf(period: { from: number; to: number }, tz: string): string[] {
  const last = dayOf(period.to - 1, tz)
  const days: string[] = []
  for (let day = dayOf(period.from, tz); day <= last && days.length < DAYS_MOST * 10; day = addDays(day, 1)) days.push(day)
  const shown = Math.min(DAYS_MOST, Math.max(DAYS_LEAST, days.length))
  return Array.from({ length: shown }, (_, i) => addDays(last, i - shown + 1))
}

/** Heights in css px: the most fills, a day with anything never vanishes, nothing is nothing. */
export function heights(values: readonly number[]): number[] {
  const most = Math.max(1, ...values)
  return values.map(n => (n > 0 ? Math.max(2, Math.round((HEIGHT * n) / most)) : 0))
}

export function drawing(values: readonly number[]): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg')
  const width = values.length * STEP
  svg.setAttribute('class', 'spark')
  svg.setAttribute('viewBox', `0 0 ${width} ${HEIGHT + 1}`)
  svg.setAttribute('width', String(width))
  svg.setAttribute('height', String(HEIGHT + 1))
  svg.setAttribute('aria-hidden', 'true')
  heights(values).forEach((height, i) => {
    const column = document.createElementNS(SVG, 'rect')
    const place = { x: i * STEP, y: HEIGHT - height, width: WIDTH, height: height + 1 }
    for (const [name, value] of Object.entries(place)) column.setAttribute(name, String(value))
    if (!height) column.setAttribute('class', 'none')
    svg.append(column)
  })
  return svg
}

/** A curve that opens into its table. */
export function curve(byDay: Record<string, number> | undefined, days: readonly string[]): HTMLElement {
  const values = days.map(day => byDay?.[day] ?? 0)
  const seen = values.filter(n => n > 0).length
  const words = `by day: seen on ${counted(seen, 'day')} of ${days.length}`
  const summary = h('summary', { title: 'Show the days as a table' }, drawing(values), h('span', { class: 'unseen-text' }, words))
  const details = h('details', { class: 'curve' }, summary)
  details.addEventListener('toggle', () => {
    if (details.open && details.childElementCount === 1) details.append(table(days, values)) // a thousand rows have no need of all theirs
  })
  return details
}

function table(days: readonly string[], values: readonly number[]): HTMLElement {
  const rows = days.map((day, i) => h('tr', {}, h('th', { scope: 'row' }, day), h('td', { class: 'number' }, count(values[i]))))
  return h('table', {}, h('caption', { class: 'unseen-text' }, 'By day'), h('tbody', {}, ...rows.toReversed()))
}
