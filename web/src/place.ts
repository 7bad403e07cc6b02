/** Where the reader is: view, period, zoom, filters. Every place is an address, so every view is a link. Pure. */
import { PLANES, type Plane } from './palette.ts'
import { PORT_TOP } from './axis.ts'
import { FIRST, SECTIONS } from './sections.ts'
import { isDay, isZone } from './zone.ts'

/** The name of a section. */
export type View = string
export const ACTIONS = ['refused', 'all', 'block', 'reject', 'allow', 'audit', 'unknown'] as const

/** A rectangle of the picture; ports are inclusive, null where the plane has none. */
export interface Rect {
  from: number
  to: number
  portMin: number | null
  portMax: number | null
  /** Only what should have a port and has none. */
  portless?: boolean
  planes: Plane[]
}

export interface Place {
  view: View
  day: string | null
  from: number | null
  to: number | null
  tz: string | null
  year: number | null
  zoom: Rect | null
  src: string
  dst: string
  sensor: string
  action: string
  planes: Plane[]
  table: boolean
  why: string
  evidence: Rect | null
  /** The finding that is told. */
  finding: string
  /** Whether findings are outlined. */
  outlines: boolean
  /** What the section shown keeps in the address for itself, as `view.name`; gone with the section. */
  own: Readonly<Record<string, string>>
}

export const HOME: Place = {
  view: FIRST,
  day: null,
  from: null,
  to: null,
  tz: null,
  year: null,
  zoom: null,
  src: '',
  dst: '',
  sensor: '',
  action: 'refused',
  planes: [],
  table: false,
  why: '',
  evidence: null,
  finding: '',
  outlines: true,
  own: {},
}
const TEXT_MAX = 300 // characters of one parameter; longer ones are not questions
export const OWN_TEXT_MAX = 4000 // characters of one parameter of a section: a question is a screenful
const OWN_MAX = 16 // parameters of a section; nobody asks for more by hand

export function iso(at: number): string {
  return new Date(at).toISOString().replace('.000Z', 'Z')
}

/** Milliseconds since 1970 of an ISO time with zone or of epoch seconds; null when it is neither. */
export function instant(text: string | null): number | null {
  if (!text) return null
  const at = /^[0-9]{1,11}$/.test(text) ? Number(text) * 1000 : Date.parse(text)
  return Number.isFinite(at) && Math.abs(at) < 8.64e15 ? at : null
}

function oneOf<T extends string>(words: readonly T[], text: string | null, fallback: T): T {
  return words.find(word => word === text) ?? fallback
}

function port(text: string | undefined): number | null {
  if (!text || !/^[0-9]{1,5}$/.test(text)) return null
  const n = Number(text)
  return n <= PORT_TOP ? n : null
}

function planesOf(texts: string[]): Plane[] {
  return PLANES.filter(plane => texts.includes(plane))
}

const PORTLESS = 'none'

/** FROM/TO/PORT/PORT/PLANE,PLANE with any tail left out; for the first port also `none`. */
export function parseRect(text: string | null): Rect | null {
  if (!text) return null
  const [a, b, low, high, planes] = text.split('/')
  const from = instant(a)
  const to = instant(b ?? null)
  if (from === null || to === null || from >= to) return null
  if (low === PORTLESS) return { from, to, portMin: null, portMax: null, portless: true, planes: planesOf((planes ?? '').split(',')) }
  const portMin = port(low)
  const portMax = port(high) ?? portMin
  if (portMin !== null && portMax !== null && portMin > portMax) return null
  return { from, to, portMin, portMax, planes: planesOf((planes ?? '').split(',')) }
}

export function formatRect(rect: Rect): string {
  const parts = [iso(rect.from), iso(rect.to), rect.portless ? PORTLESS : (rect.portMin ?? ''), rect.portMax ?? '', rect.planes.join(',')]
  return parts.join('/').replace(/\/+$/, '')
}

/** `hash` may name a finding, as the pictures that are one file do. */
export function parsePlace(search: string, hash = ''): Place {
  const query = new URLSearchParams(search)
  const named = /^#finding=(.+)$/.exec(hash)
  if (named && !query.has('finding')) query.set('finding', decoded(named[1]))
  const text = (key: string) => (query.get(key) ?? '').trim().slice(0, TEXT_MAX)
  const day = text('day')
  const from = instant(text('from'))
  const to = instant(text('to'))
  const ranged = from !== null && to !== null && from < to && !isDay(day)
  const year = /^[0-9]{4}$/.test(text('year')) ? Number(text('year')) : null
  const view = oneOf(Object.keys(SECTIONS), text('view'), FIRST)
  return {
    view,
    day: isDay(day) ? day : null,
    from: ranged ? from : null,
    to: ranged ? to : null,
    tz: text('tz') && isZone(text('tz')) ? text('tz') : null,
    year,
    zoom: zoomOf(parseRect(text('zoom'))),
    src: text('src'),
    dst: text('dst'),
    sensor: text('sensor'),
    action: oneOf(ACTIONS, text('action'), 'refused'),
    planes: planesOf(query.getAll('plane')),
    table: query.get('table') === '1',
    why: text('why'),
    evidence: parseRect(text('evidence')),
    finding: text('finding'),
    outlines: query.get('outlines') !== 'off',
    own: ownOf(query, view),
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch (error) {
    if (error instanceof URIError) return text // a per cent sign that stands for itself
    throw error
  }
}

/** A zoom over all ports has none: it holds port 0 and what has no port too. */
function zoomOf(rect: Rect | null): Rect | null {
  const all = rect && (rect.portMin ?? 1) <= 1 && (rect.portMax ?? PORT_TOP) >= PORT_TOP
  return all ? { ...rect, portMin: null, portMax: null } : rect
}

function ownOf(query: URLSearchParams, view: View): Record<string, string> {
  const mine = [...query].filter(([key, value]) => value && /^[a-z]+\.[a-z_]{1,32}$/.test(key) && key.startsWith(`${view}.`))
  return Object.fromEntries(
    mine.slice(0, OWN_MAX).map(([key, value]) => [key.slice(view.length + 1), value.slice(0, OWN_TEXT_MAX)]),
  )
}

function ownPairs(place: Place): [string, string][] {
  return Object.entries(place.own).map(([key, value]) => [`${place.view}.${key}`, value])
}

/** The address of a place, without what is at its default; always begins with "?". */
export function formatPlace(place: Place): string {
  const pairs: [string, string | null][] = [
    ['view', place.view === FIRST ? null : place.view],
    ['day', place.day],
    ['from', place.from === null ? null : iso(place.from)],
    ['to', place.to === null ? null : iso(place.to)],
    ['tz', place.tz],
    ['year', place.year === null ? null : String(place.year)],
    ['zoom', place.zoom && formatRect(place.zoom)],
    ['src', place.src],
    ['dst', place.dst],
    ['sensor', place.sensor],
    ['action', place.action === 'refused' ? null : place.action],
    ...place.planes.map((plane): [string, string] => ['plane', plane]),
    ['table', place.table ? '1' : null],
    ['why', place.why],
    ['evidence', place.evidence && formatRect(place.evidence)],
    ['finding', place.finding],
    ['outlines', place.outlines ? null : 'off'],
    ...ownPairs(place),
  ]
  const query = pairs.filter(([, value]) => value).map(([key, value]) => `${key}=${readable(value as string)}`)
  return `?${query.join('&')}`
}

// Colons, slashes and commas are legal in a query and far easier to read than their escapes.
function readable(value: string): string {
  return encodeURIComponent(value).replace(/%3A/g, ':').replace(/%2F/g, '/').replace(/%2C/g, ',')
}

type Filter = 'src' | 'dst' | 'sensor' | 'action' | 'planes'

/** The filters as switches of the command line, one string each. */
export function switches(place: Place): { key: Filter; text: string }[] {
  const found: { key: Filter; text: string }[] = []
  if (place.src) found.push({ key: 'src', text: `--src ${quoted(place.src)}` })
  if (place.dst) found.push({ key: 'dst', text: `--dst ${quoted(place.dst)}` })
  if (place.sensor) found.push({ key: 'sensor', text: `--only-sensor ${quoted(place.sensor)}` })
  if (place.action !== 'refused') found.push({ key: 'action', text: `--action ${place.action}` })
  if (place.planes.length) found.push({ key: 'planes', text: place.planes.map(plane => `--plane ${plane}`).join(' ') })
  return found
}

/** One shell word: bare when harmless, in single quotes otherwise. */
export function quoted(word: string): string {
  return /^[A-Za-z0-9_.:/@%+,-]+$/.test(word) ? word : `'${word.replace(/'/g, `'\\''`)}'`
}
