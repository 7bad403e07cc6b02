/** What a map is drawn by: amounts as words, areas and fills. Pure. */
import { bytes, counted } from './format.ts'

const BIGGEST = 0.055 // radius of the largest bubble, as a share of the map's height, as the files have it
const SMALLEST = 0.006
const FAINTEST = 0.18 // opacity of the smallest amount of a choropleth

const ARCS_MOST = 60 // countries that arcs lead to: more are a ball of wool
const THICKEST = 0.0028 // widths, as shares of the map's width, as the files have them
const THINNEST = 0.0004
const RISE = 0.22 // over the straight line, as a share of it

export interface Arc {
  key: string
  d: string
  width: number
}

/** Curves from home to the largest countries, the largest last. */
export function arcsOf(rows: readonly { key: string | number; value: number }[], places: Record<string, [number, number]>, home: readonly [number, number], width: number): Arc[] {
  const most = rows[0]?.value ?? 0
  const arcs = rows.slice(0, ARCS_MOST).flatMap(row => {
    const at = places[String(row.key)]
    if (!at || row.value <= 0 || (at[0] === home[0] && at[1] === home[1])) return []
    const pull = [Math.round((home[0] + at[0]) / 2), Math.max(0, Math.round((home[1] + at[1]) / 2 - 2 * RISE * Math.hypot(home[0] - at[0], home[1] - at[1])))]
    const d = `M${home[0]},${home[1]}Q${pull[0]},${pull[1]} ${at[0]},${at[1]}`
    return [{ key: String(row.key), d, width: Math.max(THINNEST, THICKEST * Math.sqrt(row.value / most)) * width }]
  })
  return arcs.reverse()
}

/** An amount with its unit. */
export function amount(value: number, by: string, table: string): string {
  if (by === 'octets') return bytes(value)
  return counted(value, by === 'packets' ? 'packet' : by === 'flows' ? 'flow' : table.replace(/s$/, ''))
}

/** Radius of a bubble whose area is the amount, in units of the map. */
export function radius(value: number, most: number, height: number): number {
  return value > 0 && most > 0 ? Math.max(SMALLEST, BIGGEST * Math.sqrt(value / most)) * height : 0
}

/** Opacity of a country's fill: by the square root, so that the many small ones differ too. */
export function depth(value: number, most: number): number {
  return value > 0 && most > 0 ? FAINTEST + (1 - FAINTEST) * Math.sqrt(value / most) : 0
}

/** Path data of rings. */
export function outlineOf(rings: readonly (readonly number[])[]): string {
  return rings.map(ring => `M${ring.reduce((text, number, at) => text + (at ? (at % 2 ? ',' : ' ') : '') + number, '')}Z`).join('')
}
