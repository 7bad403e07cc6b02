/** Words of the section Warnings: its headline, what of a warning can be named, and the commands that say the same. Pure. */
import { count, counted } from './format.ts'
import type { Plane } from './palette.ts'
import { HOME, instant, iso, quoted, type Place } from './place.ts'

export interface Entry {
  source: string
  id: string | null
  name: string | null
  url: string | null
}
export interface WarningRow {
  time: string
  end_time?: string
  line: string
  kind: string
  side: string
  count: number
  open: boolean
  lists: Entry[]
  src_addr?: string
  dst_addr?: string
  name?: string
  /** Of a surge: its port, and how sure it is that it is one, or that it is over. Of a scan: whether it was found, has grown or is over, and who did what. */
  dst_port?: number
  proto_name?: string
  level?: string
  reason?: string
}
export interface Group {
  count: number
  warnings: number
  first: string
  last: string
  [key: string]: unknown
}
export interface SaidRow {
  kind: 'ack' | 'mute'
  what: string
  made: string
  until: string
  why: string
  in_force: boolean
}
export interface Warned {
  share_seen: number | null
  flows_seen: string
  by: Record<By, Group[]>
  groups: Record<By, number>
  /** Days that `by.day` tells of. */
  days: number
  total: { count: number; warnings: number }
  unacknowledged: number
  more: boolean
  warnings: WarningRow[]
  said: SaidRow[]
  may_write: boolean
}

export const BY = ['list', 'country', 'host', 'day'] as const
export type By = (typeof BY)[number]

/** How many there were, against how many are usual, and how many wait for somebody. `day` is that of the period, where it is one. */
export function headline(told: Warned, title: string, day: string | null = null): string {
  const { unacknowledged, more, total } = told
  if (!total.warnings) return `Nothing listed was touched: no warning on ${title}`
  const wait = unacknowledged === total.warnings ? 'none of them' : `${count(unacknowledged)}${more ? ' or more' : ''} of them not`
  const seen = unacknowledged ? `${wait} acknowledged` : 'all of them acknowledged'
  return `${counted(total.warnings, 'warning')} on ${title}${day ? usual(told, day) : ''}, ${seen}`
}

/** Warnings a day before this one, as far back as days are told. */
function usual(told: Warned, day: string): string {
  const before = told.by.day.filter(row => String(row['day']) < day).reduce((sum, row) => sum + row.warnings, 0)
  if (!before) return ` against none in the ${told.days - 1} days before`
  const mean = before / (told.days - 1)
  return ` against ${mean < 1 ? 'less than 1' : count(mean)} a day before`
}

export function totals({ total, groups }: Warned): string {
  if (!total.warnings) return ''
  const hosts = counted(groups.host, 'host')
  return `${counted(total.count, 'record')} of ${hosts}, on ${counted(groups.list, 'list')}, with ${counted(groups.country, 'country', 'countries')}.`
}

/** What of a warning can be acknowledged or muted, the narrowest first, each with what it is. */
export function subjects(row: WarningRow): { what: string; is: string }[] {
  if (row.kind === 'scan') return scanned(row)
  const [own, listed] = row.side === 'src' ? [row.dst_addr, row.src_addr] : [row.src_addr, row.dst_addr]
  const found = [
    { what: isSurge(row) ? `${row.proto_name}/${row.dst_port}` : undefined, is: 'the port' },
    { what: own, is: 'the host of yours' },
    { what: row.name ?? listed, is: 'what is listed' },
    ...row.lists.map(entry => ({ what: entry.id ? `${entry.source}:${entry.id}` : entry.source, is: entry.name || 'the entry of the list' })),
    ...row.lists.map(entry => ({ what: entry.source, is: 'the whole list' })),
  ]
  const known = found.filter((one): one is { what: string; is: string } => Boolean(one.what) && !/\s/.test(one.what ?? ''))
  return known.filter((one, at) => known.findIndex(other => other.what === one.what) === at)
}

function scanned(row: WarningRow): { what: string; is: string }[] {
  const found = [
    { what: row.src_addr, is: 'the source' },
    { what: row.dst_port === undefined ? undefined : `${row.proto_name}/${row.dst_port}`, is: 'the port' },
    { what: row.name, is: row.name === 'more' ? 'sums of scans' : 'all scans of this kind' },
  ]
  return found.filter((one): one is { what: string; is: string } => Boolean(one.what))
}

/** Whether the program found it by itself, and says why: no list has it. */
export function isFinding(row: WarningRow): boolean {
  return row.kind === 'scan' || isSurge(row)
}

export function isSurge(row: WarningRow): boolean {
  return row.kind === 'surge' && row.dst_port !== undefined
}

const SURGED: Record<string, Plane[]> = { tcp: ['tcp4', 'tcp6'], udp: ['udp4', 'udp6'] }
const MINUTE = 60_000

/** Where the Fireplot shows a scan: what its source did while it lasted. Null of anything else, and where it had several sources. */
export function scanPlace(place: Place, row: WarningRow): Place | null {
  const planes = SURGED[row.proto_name ?? '']
  const [first, last] = [instant(row.time), instant(row.end_time ?? null)]
  if (row.kind !== 'scan' || !row.src_addr || !planes || first === null || last === null) return null
  const [from, to] = [first - (first % MINUTE), last - (last % MINUTE) + MINUTE]
  const port = row.dst_port ?? null
  const src = row.src_addr.includes(':') ? `${row.src_addr}/64` : row.src_addr
  return { ...HOME, tz: place.tz, year: place.year, from, to, src, evidence: { from, to, portMin: port, portMax: port, planes } }
}

/** Where the Fireplot shows a surge: its hours, with its port marked. Null of anything else. */
export function surgePlace(place: Place, row: WarningRow): Place | null {
  const planes = SURGED[row.proto_name ?? '']
  const [from, to] = [instant(row.time), instant(row.end_time ?? null)]
  if (!isSurge(row) || !planes || from === null || to === null || from >= to) return null
  const port = row.dst_port ?? null
  return { ...HOME, tz: place.tz, year: place.year, from, to, evidence: { from, to, portMin: port, portMax: port, planes } }
}

/** What a surge and a scan are instead of the lists of a flow: level and why. */
export function findingWords(row: WarningRow): string {
  return [row.level, row.reason].filter(Boolean).join(': ')
}

export interface Saying {
  kind: 'ack' | 'mute'
  what: string
  until: string
  why: string
}

/** The command that says it. */
export function sayCommand({ kind, what, until, why }: Saying, words: readonly string[] = []): string {
  const ends = until ? ['--until', quoted(until)] : []
  const note = why ? ['--why', quoted(why)] : []
  return ['varde', 'warn', kind, quoted(what || 'all'), ...ends, ...note, ...withoutZone(words)].join(' ')
}

/** The command that counts as a table does. */
export function statsCommand(by: By, period: { from: number; to: number; day: string | null }, words: readonly string[], days: number): string {
  const whole = by === 'day' || !period.day
  const from = by === 'day' ? period.to - days * 86_400_000 : period.from
  const when = whole ? ['--since', iso(from), '--until', iso(period.to)] : ['--day', String(period.day)]
  return ['varde', 'warn', '--stats', '--by', by, ...when, ...words].join(' ')
}

/** Words of the store without a zone: `warn ack` and `warn mute` read no local day here. */
function withoutZone(words: readonly string[]): string[] {
  const at = words.indexOf('--tz')
  return at < 0 ? [...words] : words.toSpliced(at, 2)
}

/** What stands of a line before its links: who talked to whom. */
export function flowOf(line: string): string {
  const told = line.split(' : ')[1]?.split(') ')[0]
  return told ? `${told})` : line
}

/** Where the day of a row leads. */
export function dayPlace(place: Place, day: string): Place {
  return { ...place, day, from: null, to: null, why: '', evidence: null, zoom: null }
}
