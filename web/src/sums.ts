/** What an answer counts, in words; and the part of the period that it speaks of. Pure. */
import type { Picture } from './api.ts'
import { PORT_TOP } from './axis.ts'
import { clock, counted, DAY_LONG, stamp } from './format.ts'

interface Span {
  from: number
  to: number
}

const SECONDS_BELOW = 600_000 // ms; shorter windows are named to the second

/** The sentence that the server makes of the same numbers. */
export function totalsOf(picture: Picture, action: string): string {
  const what =
    action === 'refused' ? counted(picture.events, 'refused probe') : `${counted(picture.events, 'probe')} (${action})`
  return `${what} from ${counted(picture.sources, 'address', 'addresses')}.`
}

export function nothingHere(action: string): string {
  return action === 'refused' ? 'nothing was refused; 0 shows all.' : `no probe (${action}); 0 shows all.`
}

function allPorts(picture: Picture): boolean {
  return picture.port_min <= 1 && picture.port_max >= PORT_TOP
}

/** True where an answer leaves out a part of the period. */
export function isNarrower(picture: Picture, period: Span): boolean {
  return Date.parse(picture.from) > period.from || Date.parse(picture.to) < period.to || !allPorts(picture)
}

/** "10:00–11:30, ports 20–25"; without the ports where all are shown. */
export function zoomWords(picture: Picture, period: Span, tz: string): string {
  const from = Date.parse(picture.from)
  const to = Date.parse(picture.to)
  const name = (at: number) =>
    period.to - period.from > DAY_LONG ? stamp(at, tz).slice(0, 16) : clock(at, tz, to - from < SECONDS_BELOW)
  const hours = `${name(from)}–${name(to)}`
  return allPorts(picture) ? hours : `${hours}, ports ${picture.port_min}–${picture.port_max}`
}
