/** Numbers, dates and untrusted text as people read them. Pure functions. */
import { wall } from './zone.ts'

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })
const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']
const NARROW = '\u202f' // narrow no-break space between number and unit

export function count(n: number): string {
  return whole.format(n)
}

/** `192.0.2.1:80` and `[2001:db8::1]:80`; `?` for what is not known. */
export function atPort(host: string | null, port: number | string | null): string {
  return `${host?.includes(':') ? `[${host}]` : (host ?? '?')}:${port === null || port === '' ? '?' : port}`
}

/** "1 probe", "2 probes". */
export function counted(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`
}

/** A share 0..1 in per cent; never rounds something incomplete up to 100. */
export function percent(share: number): string {
  const tenths = Math.round(share * 1000)
  const honest = share < 1 ? Math.min(tenths, 999) : tenths
  return `${honest % 10 === 0 ? honest / 10 : (honest / 10).toFixed(1)}${NARROW}%`
}

/** The share of a sensor's lines that were understood. */
export function parsed(share: number | null): string {
  return share === null ? 'no lines yet' : percent(share)
}

export function bytes(n: number): string {
  let unit = 0
  let value = n
  while (value >= 1000 && unit < BYTE_UNITS.length - 1) {
    value /= 1000
    unit += 1
  }
  const digits = unit > 0 && value < 10 ? 1 : 0
  return `${value.toFixed(digits)}${NARROW}${BYTE_UNITS[unit]}`
}

const two = (n: number) => String(n).padStart(2, '0')

export function clock(at: number, tz: string, seconds = false): string {
  const w = wall(at, tz)
  return `${two(w.hour)}:${two(w.minute)}${seconds ? `:${two(w.second)}` : ''}`
}

export const DAY_LONG = 25 * 3_600_000 // ms; in a longer period a clock alone does not say which day

/** "2026-11-21 14:52:07" in the zone. */
export function stamp(at: number, tz: string): string {
  const w = wall(at, tz)
  return `${w.year}-${two(w.month)}-${two(w.day)} ${clock(at, tz, true)}`
}

const longDay = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'UTC',
  weekday: 'long',
  day: 'numeric',
  month: 'long',
  year: 'numeric',
})

/** "Saturday 21 November 2026" of the calendar day "2026-11-21". */
export function dayTitle(day: string): string {
  return longDay.format(new Date(`${day}T12:00:00Z`)).replace(',', '')
}

export function duration(ms: number): string {
  const table: [number, string][] = [
    [86_400_000, 'd'],
    [3_600_000, 'h'],
    [60_000, 'min'],
    [1000, 's'],
  ]
  for (const [size, unit] of table) {
    if (ms >= 2 * size) return `${Math.round(ms / size)}${NARROW}${unit}`
  }
  return `${Math.max(0, Math.round(ms / 1000))}${NARROW}s`
}

export interface Piece {
  text: string
  /** True where `text` stands for characters that would not show. */
  hidden: boolean
}

// Controls, bidi and other format marks, line separators, private and unassigned characters:
// what could hide or reorder a log line that an attacker wrote.
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]+/gu
const BLANK = /[\p{Z}\p{C}]+/gu // of a text that is nothing else
export const TEXT_MAX = 8192 // characters; the store keeps at most 8 KiB of a line

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`
  return code < 0x10000 ? `\\u${code.toString(16).padStart(4, '0')}` : `\\U${code.toString(16).padStart(8, '0')}`
}

/** Cut untrusted text into shown pieces and spelled-out pieces, in order and bounded. */
export function visible(text: string, limit = TEXT_MAX): Piece[] {
  const bounded = text.length > limit ? text.slice(0, limit) : text
  const pieces: Piece[] = []
  let at = 0
  for (const match of bounded.matchAll(bounded.trim() ? UNSEEN : BLANK)) {
    if (match.index > at) pieces.push({ text: bounded.slice(at, match.index), hidden: false })
    pieces.push({ text: [...match[0]].map(escapeCharacter).join(''), hidden: true })
    at = match.index + match[0].length
  }
  if (at < bounded.length) pieces.push({ text: bounded.slice(at), hidden: false })
  if (bounded.length < text.length)
    pieces.push({ text: ` … ${count(text.length - limit)} more characters`, hidden: true })
  return pieces
}
