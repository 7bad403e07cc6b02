/** What a map is drawn by: amounts as words, areas and fills. Pure. */
import { bytes, counted } from './format.ts'

const BIGGEST = 0.055 // radius of the largest bubble, as a share of the map's height, as the files have it
const SMALLEST = 0.006
const FAINTEST = 0.18 // opacity of the smallest amount of a choropleth

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
