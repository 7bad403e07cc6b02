/** The answer to "why": sums, facts, and tables of both sides. */
import type { PortRow, SourceRow, TargetRow, Why, WhyLife, WhySide } from './api.ts'
import { h, untrusted } from './dom.ts'
import { count, counted, stamp } from './format.ts'
import { lifeShown } from './honeypot/life.ts'
import { formatPlace, HOME, instant } from './place.ts'
import { listed, mentioned } from './listed.ts'
import { link, portTable, scroller, sortable, sourceList } from './tables.ts'
import { dayOf, dayPeriod, dayStart } from './zone.ts'

/** What a reader may do with an answer. */
export interface WhyListener {
  why(q: string): void
  filter(change: { src: string } | { dst: string }): void
  zoomPort(port: number): void
}

export function whyAnswer(answer: Why, tz: string, listener: WhyListener): (HTMLElement | null)[] {
  if (answer.kind === 'name') return [...listed(answer.listed), ...mentioned(answer.seen ?? [], tz)]
  return [
    ...sent(answer, listener),
    ...listed(answer.listed),
    records(answer),
    h('p', { class: 'quiet' }, lookedAt(answer, tz)),
    facts(answer, tz),
    ...tables(answer, answer, 'from', listener),
    ...(answer.aimed ? aimed(answer, answer.aimed, listener) : []),
    ...(answer.honeypot ? visited(answer, answer.honeypot, tz) : []),
  ]
}

/** What a question is in the filter language. Pure. */
export function filterOf(kind: string, q: string): string {
  const word = q.trim()
  const port = /^(?:(port|tcp|udp)[/ ])?([0-9]+)$/i.exec(word)
  if (kind === 'port') return port ? `${/tcp|udp/i.test(port[1] ?? '') ? `${port[1]!.toLowerCase()} ` : ''}port ${port[2]}` : ''
  const names: Record<string, string> = { address: 'any', network: 'any', as: 'as', country: 'country' }
  return names[kind] ? `${names[kind]} ${word.replace(/\s+/g, '')}` : ''
}

/** The way to all records that have it at either end, in the section Ask. */
function records(answer: Why): HTMLElement | null {
  const q = filterOf(answer.kind, answer.q)
  const from = instant(answer.from)
  const to = instant(answer.to)
  if (!q || from === null || to === null) return null
  const place = { ...HOME, view: 'ask', from: Math.floor(from / 1000) * 1000, to: Math.ceil(to / 1000) * 1000, own: { q, show: 'records' } }
  return h('p', {}, h('a', { class: 'button', href: formatPlace(place), 'data-testid': 'why-ask' }, 'Ask for its records'))
}

/** What it did at honeypots; an address has a storyboard there, of the days between its first visit and its last. */
function visited(answer: Why, life: WhyLife, tz: string): HTMLElement[] {
  const from = dayStart(dayOf(instant(life.first) ?? 0, tz), tz)
  const to = dayPeriod(dayOf(instant(life.last) ?? 0, tz), tz).to
  const place = { ...HOME, view: 'honeypot', from, to, own: { source: answer.q.trim() } }
  const story = h('p', {}, h('a', { class: 'button', href: formatPlace(place) }, 'Its storyboard, in order of time'))
  return [h('h3', {}, 'At honeypots'), ...lifeShown(life, tz), ...(answer.kind === 'address' ? [story] : [])]
}

/** The period looked at, so that nobody takes "none" for "never". */
function lookedAt(answer: Why, tz: string): string {
  const from = instant(answer.from)
  const to = instant(answer.to)
  if (from === null || to === null) return 'Nothing is stored to look through.'
  return `Looked through everything stored, ${stamp(from, tz)} to ${stamp(to, tz)}, refused and allowed.`
}

// What the probes of a kind of question did.
const DID: Record<string, string> = { address: 'came from it', network: 'came from it', port: 'wanted it' }

function sent(answer: Why, listener: WhyListener): HTMLElement[] {
  const did = DID[answer.kind] ?? 'came from there'
  if (!answer.events) return [h('p', {}, h('strong', {}, 'No probe'), ` ${did}.`)]
  const from = answer.kind === 'address' ? '' : `, from ${counted(answer.total_sources, 'address', 'addresses')}`
  const words = h('p', {}, h('strong', {}, counted(answer.events, 'probe')), ` ${did}${from}.`)
  const src = answer.q.trim()
  const port = answer.ports[0]?.port ?? 0
  if (answer.aimed) return [words, act('Show only probes from this', () => listener.filter({ src }))]
  if (answer.kind === 'port' && port) return [words, act('Zoom the picture to this port', () => listener.zoomPort(port))]
  return [words]
}

function aimed(answer: Why, side: WhySide, listener: WhyListener): (HTMLElement | null)[] {
  if (!side.events) return [h('p', { class: 'quiet' }, 'No probe was aimed at it.')]
  const from = ` from ${counted(side.total_sources, 'address', 'addresses')}`
  return [
    h('h3', {}, 'Aimed at it'),
    h('p', {}, h('strong', {}, counted(side.events, 'probe')), from, '.'),
    act('Show only probes at this', () => listener.filter({ dst: answer.q.trim() })),
    ...tables(answer, side, 'at', listener),
  ]
}

function act(words: string, go: () => void): HTMLElement {
  return h('p', {}, h('button', { type: 'button', onclick: go }, words))
}

function facts(answer: Why, tz: string): HTMLElement {
  const pairs = answer.facts.flatMap(fact => [
    h('dt', {}, untrusted(fact.label, 100)),
    h('dd', {}, untrusted(localTime(fact.value, tz), 500)),
  ])
  return h('dl', {}, ...pairs)
}

/** A table that would hold nothing but what was asked about is left out. */
function tables(answer: Why, side: WhySide, way: 'from' | 'at', listener: WhyListener): (HTMLElement | null)[] {
  const alone = answer.kind === 'address'
  return [
    side.ports.length && !(answer.kind === 'port' && side.ports.length === 1) ? ports(side.ports, alone && way === 'from', listener) : null,
    side.sources.length && !(alone && way === 'from') ? sources(side.sources, listener) : null,
    side.destinations.length && !(alone && way === 'at') ? targets(side.destinations, listener) : null,
  ]
}

const ROWS = 10 // of each table; the picture and its own table have the rest

function most(name: string, rows: unknown[]): string {
  return rows.length > ROWS ? `${name}, the ${ROWS} with the most probes` : name
}

function ports(rows: PortRow[], one: boolean, listener: WhyListener): HTMLElement {
  const open = (row: PortRow) => listener.why(`${row.proto}/${row.port}`)
  return scroller('Ports', portTable(most('Ports', rows), rows.slice(0, ROWS), { compact: true, one, open }))
}

function sources(rows: SourceRow[], listener: WhyListener): HTMLElement {
  return scroller('Addresses', sourceList(most('Addresses', rows), rows.slice(0, ROWS), listener.why))
}

function targets(rows: TargetRow[], listener: WhyListener): HTMLElement {
  const table = sortable<TargetRow>(
    most('Destinations', rows),
    [
      {
        name: 'Destination',
        key: row => row.dst_addr,
        cell: row => link(row.dst_addr, `Why ${row.dst_addr}?`, () => listener.why(row.dst_addr)),
      },
      { name: 'Probes', key: row => row.events, number: true, cell: row => count(row.events) },
      { name: 'From', key: row => row.sources, number: true, cell: row => count(row.sources) },
    ],
    rows.slice(0, ROWS),
  )
  return scroller('Destinations', table)
}

/** A fact that is an instant reads as one of the shown zone. */
function localTime(value: string, tz: string): string {
  const at = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T/.test(value) ? instant(value) : null
  return at === null ? value : stamp(at, tz)
}
