/** Pictures of answers: bars of groups, a curve over time. The table beside them says the same. */
import { timeTicks } from '../axis.ts'
import { h, shape } from '../dom.ts'
import { bytes, count, percent, stamp, visible } from '../format.ts'
import { instant } from '../place.ts'
import { BAR, barsOf, CURVE_HEIGHT, cut, stepsOf } from './geometry.ts'
import type { Answer, Cell, Column } from './question.ts'

const BARS_MOST = 20 // rows that a picture has; the table has all
const FOOT = 20 // css px for the names of hours
const LABEL_CHARACTERS = 60

/** A number as people read it: octets with their unit. */
export function numberText(column: Column, value: number): string {
  if (column.form === 'share') return percent(value)
  return column.key === 'octets' ? bytes(value) : Number.isInteger(value) ? count(value) : value.toLocaleString('en-US', { maximumFractionDigits: 2 })
}

/** The picture of an answer, where it has one. `value`: the key of what a curve shows. */
export function chartOf(answer: Answer, value: string, tz: string): HTMLElement | null {
  const draw = answer.show === 'top' ? barsIn(answer) : answer.show === 'time' ? curveIn(answer, value, tz) : null
  if (!draw || !answer.rows.length) return null
  const figure = h('figure', { class: 'ask-chart', 'data-testid': 'chart' })
  let width = 0
  new ResizeObserver(() => {
    if (Math.abs(figure.clientWidth - width) < 1) return
    width = figure.clientWidth
    figure.replaceChildren(draw(Math.max(120, width)))
  }).observe(figure)
  return figure
}

type Draw = (width: number) => SVGSVGElement

function barsIn(answer: Answer): Draw | null {
  const at = answer.columns.findIndex(column => column.form === 'integer' && !column.filter && column.key !== 'percent')
  const measured = answer.columns.length - (answer.columns.at(-1)?.key === 'percent' ? 2 : 1)
  const place = measured >= 0 ? measured : at
  const column = answer.columns[place]
  if (!column) return null
  const rows = answer.rows.slice(0, BARS_MOST).map(row => ({ label: labelOf(row.slice(0, place)), value: Number(row[place]), words: numberText(column, Number(row[place])) }))
  const words = `Bars of the ${rows.length} largest by ${column.title}. The table says the same.`
  return width => {
    const { left, height, bars } = barsOf(rows, width)
    const marks = bars.flatMap(bar => [
      shape('text', { x: left - 8, y: bar.y + 14, 'text-anchor': 'end' }, cut(bar.label, left)),
      shape('rect', { x: left, y: bar.y + 3, width: bar.width, height: BAR - 6 }),
      shape('text', { x: left + bar.width + 6, y: bar.y + 14, class: 'quiet-text' }, bar.words),
    ])
    return shape('svg', { width, height, viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': words }, ...marks)
  }
}

function labelOf(cells: readonly Cell[]): string {
  const text = cells.map(cell => (cell === null || cell === '' ? '–' : cell === '--' ? 'home' : String(cell))).join(' · ')
  return visible(text, LABEL_CHARACTERS).map(piece => piece.text).join('')
}

function curveIn(answer: Answer, value: string, tz: string): Draw | null {
  const place = Math.max(1, answer.columns.findIndex(column => column.key === value))
  const column = answer.columns[place]
  const first = instant(String(answer.rows[0]?.[0] ?? ''))
  if (!column || first === null) return null
  const values = answer.rows.map(row => Number(row[place]))
  const to = first + values.length * (answer.seconds ?? 1) * 1000
  const most = Math.max(...values)
  const peak = instant(String(answer.rows[values.indexOf(most)]?.[0] ?? '')) ?? first
  const words = `Curve of ${column.title} from ${stamp(first, tz)} to ${stamp(to, tz)}; most at ${stamp(peak, tz)}: ${numberText(column, most)}. The table says the same.`
  return width => {
    const { path, top } = stepsOf(values, width, CURVE_HEIGHT - 16)
    const ticks = timeTicks(first, to, tz, width).flatMap(tick => {
      const x = ((tick.at - first) / (to - first)) * width
      const anchor = x < 20 ? 'start' : x > width - 20 ? 'end' : 'middle'
      return [shape('line', { x1: x, x2: x, y1: 16, y2: CURVE_HEIGHT, class: 'grid-line' }), shape('text', { x, y: CURVE_HEIGHT + 14, 'text-anchor': anchor, class: 'quiet-text' }, tick.label)]
    })
    const drawn = shape('g', { transform: 'translate(0 16)' }, shape('path', { d: `${path}V${CURVE_HEIGHT - 16}H0Z`, class: 'area' }), shape('path', { d: path, class: 'steps' }))
    const scale = shape('text', { x: 0, y: 11, class: 'quiet-text' }, `${numberText(column, top)} ${column.key === 'octets' ? '' : column.title.toLowerCase()}`)
    return shape('svg', { width, height: CURVE_HEIGHT + FOOT, viewBox: `0 0 ${width} ${CURVE_HEIGHT + FOOT}`, role: 'img', 'aria-label': words }, ...ticks, drawn, scale)
  }
}
