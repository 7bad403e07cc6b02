/** What is under the pointer: said at once from the picture, then in full by the server. */
import { aborted, ask, filters, rectQuery, ApiError, type At, type PortRow, type SourceRow } from './api.ts'
import { SERVICES } from './axis.ts'
import { fill, h, untrusted } from './dom.ts'
import { clock, count, counted } from './format.ts'
import { PLANE_NAMES } from './palette.ts'
import type { Place, Rect } from './place.ts'

const PATIENCE = 90 // ms the pointer must rest before the server is asked
const SHOWN = 4 // ports and sources in one tooltip

export class Tooltip {
  readonly element = h('div', { class: 'tooltip', 'data-testid': 'tooltip', role: 'tooltip', hidden: true })
  private timer = 0
  private asking: AbortController | null = null
  private key = ''
  private readonly say: (text: string) => void

  constructor(say: (text: string) => void) {
    this.say = say
  }

  /** `near` is what the picture itself holds there; 0 means nothing to ask about. */
  show(
    rect: Rect,
    at: { x: number; y: number },
    room: { width: number; height: number },
    near: number,
    place: Place,
    tz: string,
    aloud: boolean,
  ): void {
    const key = JSON.stringify([rect, near > 0])
    if (key !== this.key) {
      this.stop()
      this.key = key
      fill(this.element, h('div', { class: 'tip-head' }, heading(rect, tz)), h('div', {}, near ? '…' : 'nothing here'))
      if (near) this.timer = window.setTimeout(() => void this.ask(rect, place, tz, aloud), PATIENCE)
      else if (aloud) this.say(`${heading(rect, tz)}: nothing here`)
    }
    this.element.hidden = false
    this.move(at, room)
  }

  hide(): void {
    this.stop()
    this.key = ''
    this.element.hidden = true
  }

  private stop(): void {
    window.clearTimeout(this.timer)
    this.asking?.abort()
    this.asking = null
  }

  private move(at: { x: number; y: number }, room: { width: number; height: number }): void {
    const { offsetWidth: w, offsetHeight: t } = this.element
    const left = at.x + 14 + w > room.width ? Math.max(0, at.x - 14 - w) : at.x + 14
    const top = at.y + 14 + t > room.height ? Math.max(0, at.y - 14 - t) : at.y + 14
    this.element.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`
  }

  private async ask(rect: Rect, place: Place, tz: string, aloud: boolean): Promise<void> {
    const asking = (this.asking = new AbortController())
    try {
      const answer = await ask<At>('fireplot/at', { ...filters(place), ...rectQuery(rect) }, asking.signal)
      fill(this.element, ...body(rect, answer, tz))
      if (aloud) this.say(spoken(rect, answer, tz))
    } catch (error) {
      if (aborted(error)) return
      if (!(error instanceof ApiError)) throw error
      fill(this.element, h('div', { class: 'tip-head' }, heading(rect, tz)), h('div', {}, error.message))
    }
  }
}

export function portName(row: PortRow): string {
  if (row.port === null) return row.proto.toUpperCase()
  const service = row.service || SERVICES[row.port]
  return `${row.proto.toUpperCase()}/${row.port}${service ? ` ${service}` : ''}`
}

export function heading(rect: Rect, tz: string): string {
  const long = rect.to - rect.from >= 120_000
  const a = clock(rect.from, tz, !long)
  const b = clock(rect.to, tz, !long)
  return `${a === b ? a : `${a}–${b}`} · ${ports(rect)}`
}

function ports(rect: Rect): string {
  if (rect.portless) return 'no port in the log, as in fragments'
  if (rect.portMin === null || rect.portMax === null)
    return rect.planes.map(plane => PLANE_NAMES[plane]).join(', ') || 'all ports'
  if (rect.portMin !== rect.portMax) return `ports ${rect.portMin}–${rect.portMax}`
  const service = SERVICES[rect.portMin]
  return `port ${rect.portMin}${service ? ` ${service}` : ''}`
}

export function whence(row: SourceRow): string {
  const country = row.src_cc === '--' ? 'home' : row.src_cc
  return [country, row.src_as ? `AS${row.src_as}` : null].filter(Boolean).join(' ')
}

function body(rect: Rect, answer: At, tz: string): HTMLElement[] {
  const sums = `${counted(answer.events, 'probe')} from ${counted(answer.sources, 'address', 'addresses')}`
  return [
    h('div', { class: 'tip-head' }, heading(rect, tz)),
    h('div', { class: 'tip-sum' }, sums),
    h(
      'table',
      {},
      ...answer.ports
        .slice(0, SHOWN)
        .map(row =>
          h('tr', {}, h('td', {}, untrusted(portName(row), 40)), h('td', { class: 'number' }, count(row.events))),
        ),
    ),
    h(
      'table',
      {},
      ...answer.top_sources
        .slice(0, SHOWN)
        .map(row =>
          h(
            'tr',
            {},
            h('td', { class: 'mono' }, untrusted(row.src_addr, 60)),
            h('td', {}, untrusted(whence(row), 40)),
            h('td', { class: 'number' }, count(row.events)),
          ),
        ),
    ),
    h('div', { class: 'quiet' }, 'click for the log lines'),
  ]
}

function spoken(rect: Rect, answer: At, tz: string): string {
  const top = answer.top_sources
    .slice(0, 2)
    .map(row => `${row.src_addr} ${whence(row)}`)
    .join(', ')
  return `${heading(rect, tz)}: ${counted(answer.events, 'probe')} from ${counted(answer.sources, 'address', 'addresses')}. ${top}. Enter opens the log lines.`
}
