/** Where bars and curves stand. Pure. */

export const BAR = 20 // css px of a bar and what is between two
export const CURVE_HEIGHT = 160
const LABEL_MOST = 0.4 // of the width, for names
const CHARACTER = 8 // css px that hold a letter of 12 px, about

export interface Bar {
  label: string
  words: string
  y: number
  width: number
}

export interface Bars {
  /** Where bars begin. */
  left: number
  height: number
  bars: Bar[]
}

/** Bars of values, the largest as wide as there is room for beside its words. */
export function barsOf(rows: readonly { label: string; value: number; words: string }[], width: number): Bars {
  const most = Math.max(0, ...rows.map(row => row.value))
  const longest = (texts: string[]) => Math.max(0, ...texts.map(text => text.length)) * CHARACTER
  const left = Math.min(longest(rows.map(row => row.label)) + 8, width * LABEL_MOST)
  const room = Math.max(10, width - left - longest(rows.map(row => row.words)) - 8)
  const bars = rows.map((row, at) => ({ label: row.label, words: row.words, y: at * BAR, width: most > 0 && row.value > 0 ? Math.max(1, (room * row.value) / most) : 0 }))
  return { left, height: rows.length * BAR, bars }
}

/** No more of a name than there is room for. */
export function cut(label: string, room: number): string {
  const most = Math.max(3, Math.floor((room - 8) / CHARACTER))
  return label.length <= most ? label : `${label.slice(0, most - 1)}…`
}

/** Steps: each value holds from its moment up to the next. `top` is what the highest is drawn as. */
export function stepsOf(values: readonly number[], width: number, height: number): { path: string; top: number } {
  const top = Math.max(1, ...values)
  const step = values.length ? width / values.length : width
  const parts = values.map((value, at) => {
    const y = round(height - (height * Math.max(0, value)) / top)
    return `${at ? 'L' : 'M'}${round(at * step)},${y}L${round((at + 1) * step)},${y}`
  })
  return { path: parts.join(''), top }
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
