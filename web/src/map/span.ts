/** Parts of a period, and where the reader's choice lies in it. Pure. */
import { instant, iso } from '../place.ts'
import { DAY, HOUR } from '../zone.ts'

export interface Part {
  from: number
  to: number
}
/** Bars from `first` up to and with `last`. */
export interface Picked {
  first: number
  last: number
}

const BARS = 96 // about, of a period: a quarter of an hour of a day
const WIDTHS = [1000, 5000, 10_000, 30_000, 60_000, 300_000, 600_000, 900_000, 1_800_000, HOUR, 2 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 7 * DAY]

/** How many equal parts a period is told in: of a width that people have a word for, where the period is made of such. */
export function partsOf(period: Part): number {
  const length = period.to - period.from
  const width = WIDTHS.find(one => length / one <= BARS && length % one === 0)
  return width ? Math.max(1, length / width) : BARS
}

export function partAt(period: Part, parts: number, picked: Picked): Part {
  const length = period.to - period.from
  const at = (n: number) => period.from + Math.round((length * n) / parts / 1000) * 1000
  return { from: at(picked.first), to: at(picked.last + 1) }
}

/** What an address has picked, where it lies in the period; null for all of it. */
export function pickedOf(text: string | undefined, period: Part, parts: number): Picked | null {
  const [a, b] = (text ?? '').split('/')
  const from = instant(a ?? null)
  const to = instant(b ?? null)
  if (from === null || to === null || from >= to || from >= period.to || to <= period.from) return null
  const share = (at: number) => ((at - period.from) / (period.to - period.from)) * parts
  const first = Math.min(parts - 1, Math.max(0, Math.round(share(from))))
  const last = Math.min(parts - 1, Math.max(first, Math.round(share(to)) - 1))
  return first === 0 && last === parts - 1 ? null : { first, last }
}

export function partText(part: Part): string {
  return `${iso(part.from)}/${iso(part.to)}`
}

/** The choice moved by so many bars, as a whole; it stays in the period. */
export function moved(picked: Picked | null, by: number, parts: number): Picked {
  if (!picked) return by < 0 ? { first: parts - 1, last: parts - 1 } : { first: 0, last: 0 }
  const length = picked.last - picked.first
  const first = Math.min(parts - 1 - length, Math.max(0, picked.first + by))
  return { first, last: first + length }
}

/** Longer or shorter at its end. */
export function stretched(picked: Picked | null, by: number, parts: number): Picked {
  if (!picked) return { first: 0, last: 0 }
  return { first: picked.first, last: Math.min(parts - 1, Math.max(picked.first, picked.last + by)) }
}

/** The next one of a walk through the period; null at its end. */
export function next(picked: Picked | null, parts: number): Picked | null {
  if (!picked) return { first: 0, last: 0 }
  const length = picked.last - picked.first + 1
  return picked.last + length > parts - 1 ? null : { first: picked.first + length, last: picked.last + length }
}
