/** Time zones: wall clock, days of 23, 24 and 25 hours, spans with one offset. Pure functions on epoch milliseconds. */

export interface Wall {
  year: number
  month: number
  day: number
  hour: number
  minute: number
  second: number
}
export interface Span {
  from: number
  to: number
  offset: number
}

export const HOUR = 3_600_000
export const DAY = 24 * HOUR
const PROBE_STEP = 7 * DAY // zones change their offset at most every few weeks: a week cannot hide two changes that matter

const formats = new Map<string, Intl.DateTimeFormat>() // building one costs far more than using it

function formatOf(tz: string): Intl.DateTimeFormat {
  let format = formats.get(tz)
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: tz,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
    formats.set(tz, format)
  }
  return format
}

export function isZone(tz: string): boolean {
  try {
    formatOf(tz)
    return true
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}

export function wall(at: number, tz: string): Wall {
  const found: Record<string, number> = {}
  for (const part of formatOf(tz).formatToParts(at)) found[part.type] = Number(part.value)
  return found as unknown as Wall
}

/** Milliseconds that the zone's clock is ahead of UTC at this instant. */
export function offset(at: number, tz: string): number {
  const w = wall(at, tz)
  const second = Math.floor(at / 1000) * 1000
  return Date.UTC(w.year, w.month - 1, w.day, w.hour, w.minute, w.second) - second
}

export function dayOf(at: number, tz: string): string {
  return new Date(at + offset(at, tz)).toISOString().slice(0, 10)
}

const DAY_TEXT = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/

export function isDay(text: string): boolean {
  return DAY_TEXT.test(text) && new Date(`${text}T00:00:00Z`).toJSON()?.slice(0, 10) === text
}

export function addDays(day: string, n: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + n * DAY).toISOString().slice(0, 10)
}

/** First instant of a calendar day; where midnight is skipped, the first that exists. */
export function dayStart(day: string, tz: string): number {
  const naive = Date.parse(`${day}T00:00:00Z`)
  const candidates = [offset(naive - DAY, tz), offset(naive + DAY, tz)].map(o => naive - o)
  const inside = candidates.filter(at => dayOf(at, tz) === day)
  return Math.min(...(inside.length ? inside : candidates))
}

export function dayPeriod(day: string, tz: string): { from: number; to: number } {
  return { from: dayStart(day, tz), to: dayStart(addDays(day, 1), tz) }
}

function change(before: number, after: number, tz: string): number {
  const first = offset(before, tz)
  let low = before
  let high = after
  while (high - low > 1000) {
    const middle = Math.floor((low + high) / 2000) * 1000
    if (offset(middle, tz) === first) low = middle
    else high = middle
  }
  return high
}

/** Cut a period into spans that keep one offset from UTC each. */
export function spans(from: number, to: number, tz: string): Span[] {
  const found: Span[] = []
  let start = from
  for (let at = from; at < to;) {
    const next = Math.min(to, at + PROBE_STEP)
    const current = offset(at, tz)
    if (offset(next, tz) === current) {
      at = next
      continue
    }
    const edge = change(at, next, tz)
    found.push({ from: start, to: edge, offset: current })
    start = at = edge
  }
  if (start < to) found.push({ from: start, to, offset: offset(start, tz) })
  return found
}
