/** The tables of the honeypot: one entry each, with its question, its columns and what may narrow it. */
import type { Query } from '../api.ts'
import { h, untrusted } from '../dom.ts'
import { atPort, bytes, clock, count, DAY_LONG, duration, stamp } from '../format.ts'
import { instant } from '../place.ts'
import type { Column } from '../tables.ts'
import type { Row } from './answers.ts'
import type { Opener } from './octets.ts'
import type { Form } from './place.ts'
import { curve } from './spark.ts'
import { badge, bar, countryOf, defanged, NAME_MAX, said, systemOf } from './words.ts'

/** What cells need beside their row. */
export interface Sight {
  tz: string
  period: { from: number; to: number }
  days: readonly string[]
  opener: Opener & { capture(id: string): void; user(name: string): void }
}

export interface Sheet {
  title: string
  /** What the server calls it; `captures` has an address of its own. */
  name: string
  /** Key of its records in the counts of a period. */
  counted: string
  /** True where the filter by user name means something. */
  ofUsers?: boolean
  /** True where only what was let in can be asked for. */
  admits?: boolean
  /** True where the server knows the three orders; other tables are newest first. */
  ordered?: boolean
  /** True where the answer has one more column for each form. */
  formed?: boolean
  columns: (sight: Sight, rows: Row[], form: Form) => Column<Row>[]
  /** Of a short list: fewer columns. */
  brief?: (sight: Sight, rows: Row[]) => Column<Row>[]
}

const text = (row: Row, key: string) => String(row[key] ?? '')
const number = (row: Row, key: string) => Number(row[key] ?? 0)

function moment(row: Row, key: string, sight: Sight): HTMLElement {
  const at = instant(text(row, key) || null)
  const long = sight.period.to - sight.period.from > DAY_LONG
  return h('time', { class: 'whole', datetime: text(row, key) }, at === null ? '' : long ? stamp(at, sight.tz) : clock(at, sight.tz, true))
}

/** A name that opens something; it is called what it says, so that it can be spoken, and its title tells what opens. */
function opening(name: string, title: string, go: () => void): HTMLElement {
  return h('button', { type: 'button', class: 'link mono', title, onclick: go }, untrusted(name, NAME_MAX))
}

function time(name: string, key: string, sight: Sight): Column<Row> {
  return { name, key: row => text(row, key), cell: row => moment(row, key, sight) }
}

function plain(name: string, key: string): Column<Row> {
  return { name, key: row => number(row, key), number: true, cell: row => counts(number(row, key)) }
}

/** Nothing is quiet, so that something stands out. */
function counts(n: number): HTMLElement | string {
  return n ? count(n) : h('span', { class: 'quiet' }, '0')
}

function barred(name: string, key: string, rows: Row[]): Column<Row> {
  const most = Math.max(0, ...rows.map(row => number(row, key)))
  return { name, key: row => number(row, key), number: true, cell: row => bar(number(row, key), most) }
}

function words(name: string, key: string, limit?: number): Column<Row> {
  return { name, key: row => text(row, key), cell: row => said(row[key], limit) }
}

function typed(limit: number): Column<Row> {
  return { name: 'Typed', key: row => text(row, 'input'), cell: row => said(typeof row['input'] === 'string' ? defanged(row['input']) : null, limit) }
}

/** The first column: the name, and whether it is new. */
function fresh(column: Column<Row>): Column<Row> {
  return { ...column, cell: row => h('span', {}, column.cell(row), ' ', badge(row.new)) }
}

function byDay(sight: Sight): Column<Row> {
  const sum = (row: Row) => Object.values(row.days ?? {}).reduce((a, b) => a + b, 0)
  return { name: 'By day', key: sum, cell: row => curve(row.days, sight.days) }
}

const PERIOD = (sight: Sight) => [time('First', 'first', sight), time('Last', 'last', sight)]

function address(sight: Sight, key = 'src_addr'): Column<Row> {
  return {
    name: 'Address',
    key: row => text(row, key),
    cell: row => (row[key] ? h('span', { class: 'whole' }, opening(text(row, key), 'What it did, in order of time', () => sight.opener.source(text(row, key)))) : said(null)),
  }
}

const COUNTRY: Column<Row> = { name: 'Country', key: row => countryOf(row['cc'] ?? row['src_cc']), cell: row => countryOf(row['cc'] ?? row['src_cc']) }
const SYSTEM: Column<Row> = {
  name: 'Network',
  key: row => number(row, 'as'),
  cell: row => h('span', { class: 'network' }, untrusted(systemOf(row['as'] ?? row['src_as'], row['as_name']), 60)),
}

function user(sight: Sight): Column<Row> {
  return {
    name: 'User name',
    key: row => text(row, 'user'),
    cell: row => (row['user'] ? opening(text(row, 'user'), 'Passwords tried for this name', () => sight.opener.user(text(row, 'user'))) : said(row['user'])),
  }
}

const PASSWORD = words('Password', 'password')

const target: Column<Row> = {
  name: 'Target',
  key: row => text(row, 'target'),
  cell: row => said(atPort(row['target'] === null ? null : text(row, 'target'), text(row, 'target_port'))),
}

function opened(name: string, key: string, sight: Sight): Column<Row> {
  const open = (row: Row) => sight.opener.payload(text(row, 'example'))
  return { name, key: row => text(row, key), cell: row => h('button', { type: 'button', class: 'link', title: 'Headers and octets', onclick: () => open(row) }, said(row[key])) }
}

/** The telling columns of each form; the others would be empty. */
const OF_FORM: Record<Form, (sight: Sight) => Column<Row>[]> = {
  smtp: sight => [opened('EHLO name', 'ehlo', sight)],
  http: sight => [opened('Method', 'method', sight), words('Host', 'host'), words('Path', 'path'), words('Agent', 'agent'), words('JA4H', 'ja4h')],
  tls: sight => [opened('Server name', 'sni', sight), words('JA4', 'ja4')],
  ssh: sight => [opened('Form', 'form', sight)],
  unknown: sight => [opened('Form', 'form', sight)],
}

/** A column that no row has anything in is left out. */
function told(columns: Column<Row>[], rows: Row[], keys: Record<string, string>): Column<Row>[] {
  return columns.filter(column => !keys[column.name] || rows.some(row => row[keys[column.name]]))
}

const SCARCE = { Agent: 'agent', JA4H: 'ja4h', Path: 'path', JA4: 'ja4' }

function session(sight: Sight): Column<Row> {
  const open = (row: Row) => sight.opener.session(text(row, 'session'), text(row, 'sensor'))
  return { name: 'Session', key: row => text(row, 'session'), cell: row => (row['session'] ? opening(text(row, 'session'), 'What happened in this session', () => open(row)) : said(null)) }
}

const DURATION: Column<Row> = {
  name: 'Lasted',
  key: row => number(row, 'duration'),
  number: true,
  cell: row => (row['duration'] === null || row['duration'] === undefined ? '' : duration(1000 * number(row, 'duration'))),
}
const RECORDED: Column<Row> = { name: 'Recorded', key: row => (row['recording'] ? 1 : 0), cell: row => (row['recording'] ? 'terminal' : '') }
const LET_IN: Column<Row> = {
  name: 'Let in',
  key: row => number(row, 'success'),
  cell: row => (row['success'] === 1 ? h('span', { class: 'let-in' }, 'let in') : 'refused'),
}

const SHA: Column<Row> = {
  name: 'SHA-256',
  key: row => text(row, 'sha256'),
  cell: row => h('span', { class: 'sha', title: text(row, 'sha256').slice(0, 80) }, said(row['sha256'], 80)),
}
const URL_OF: Column<Row> = { name: 'URL, defanged', key: row => text(row, 'url'), cell: row => said(typeof row['url'] === 'string' ? defanged(row['url']) : null) }

export const SHEETS: Readonly<Record<string, Sheet>> = {
  passwords: {
    title: 'Passwords', name: 'passwords', counted: 'logins', ofUsers: true, ordered: true,
    columns: (sight, rows) => [fresh(PASSWORD), barred('Attempts', 'attempts', rows), byDay(sight), plain('Let in', 'accepted'), plain('User names', 'users'), plain('Addresses', 'sources'), ...PERIOD(sight)],
    brief: (sight, rows) => [fresh(PASSWORD), barred('Attempts', 'attempts', rows), byDay(sight)],
  },
  users: {
    title: 'User names', name: 'users', counted: 'logins', ofUsers: true, ordered: true,
    columns: (sight, rows) => [fresh(user(sight)), barred('Attempts', 'attempts', rows), byDay(sight), plain('Let in', 'accepted'), plain('Passwords', 'passwords'), plain('Addresses', 'sources'), ...PERIOD(sight)],
    brief: (sight, rows) => [fresh(user(sight)), barred('Attempts', 'attempts', rows), byDay(sight)],
  },
  pairs: {
    title: 'Pairs', name: 'pairs', counted: 'logins', ofUsers: true, ordered: true,
    columns: (sight, rows) => [user(sight), fresh(PASSWORD), barred('Attempts', 'attempts', rows), byDay(sight), plain('Let in', 'accepted'), plain('Addresses', 'sources'), ...PERIOD(sight)],
    brief: (sight, rows) => [user(sight), fresh(PASSWORD), barred('Attempts', 'attempts', rows)],
  },
  sources: {
    title: 'Sources', name: 'sources', counted: 'logins', ofUsers: true, ordered: true,
    columns: (sight, rows) => [fresh(address(sight)), COUNTRY, SYSTEM, barred('Attempts', 'attempts', rows), plain('Let in', 'accepted'), plain('User names', 'users'), plain('Passwords', 'passwords'), plain('Tunnels', 'tunnels'), ...PERIOD(sight)],
    brief: (sight, rows) => [fresh(address(sight)), COUNTRY, barred('Attempts', 'attempts', rows), plain('Tunnels', 'tunnels')],
  },
  tunnels: {
    title: 'On to', name: 'tunnels', counted: 'tunnels', ordered: true,
    columns: (sight, rows) => [fresh(target), COUNTRY, SYSTEM, barred('Requests', 'requests', rows), byDay(sight), plain('Addresses', 'sources'), plain('Sessions', 'sessions'), ...PERIOD(sight)],
    brief: (sight, rows) => [fresh(target), barred('Requests', 'requests', rows), byDay(sight)],
  },
  ports: {
    title: 'Ports', name: 'ports', counted: 'tunnels', ordered: true,
    columns: (sight, rows) => [
      fresh({ name: 'Port', key: row => number(row, 'target_port'), cell: row => text(row, 'target_port') || '?' }),
      barred('Requests', 'requests', rows), byDay(sight), plain('Targets', 'targets'), plain('Addresses', 'sources'), ...PERIOD(sight),
    ],
  },
  payloads: {
    title: 'Payloads', name: 'payloads', counted: 'payloads', ordered: true, formed: true,
    columns: (sight, rows, form) => {
      const [first, ...others] = told(OF_FORM[form](sight), rows, SCARCE)
      return [fresh(first), ...others, barred('Payloads', 'payloads', rows), plain('Addresses', 'sources'), { ...plain('Octets', 'octets'), cell: row => bytes(number(row, 'octets')) }, ...PERIOD(sight)]
    },
  },
  commands: {
    title: 'Commands', name: 'commands', counted: 'commands', ordered: true,
    columns: (sight, rows) => [fresh(typed(300)), barred('Times', 'times', rows), byDay(sight), plain('Addresses', 'sources'), plain('Sessions', 'sessions'), ...PERIOD(sight)],
    brief: (_, rows) => [fresh(typed(100)), barred('Times', 'times', rows)],
  },
  sessions: {
    title: 'Sessions', name: 'sessions', counted: 'sessions', ofUsers: true, admits: true,
    columns: sight => [
      time('Came', 'first', sight), session(sight), address(sight), COUNTRY, words('Service', 'service'), words('Client', 'version', 60), DURATION,
      plain('Logins', 'logins'), plain('Let in', 'accepted'), plain('Commands', 'commands'), plain('Tunnels', 'tunnels'), plain('Files', 'downloads'), RECORDED,
    ],
  },
  logins: {
    title: 'Logins', name: 'logins', counted: 'logins', ofUsers: true, admits: true,
    columns: sight => [time('Time', 'time', sight), address(sight), COUNTRY, words('Service', 'service'), user(sight), PASSWORD, LET_IN, session(sight)],
  },
  mails: {
    title: 'Mails', name: 'mails', counted: 'mails', ordered: true,
    columns: (sight, rows) => [fresh(address(sight)), COUNTRY, SYSTEM, barred('Mails', 'mails', rows), plain('Recipients', 'recipients'), { ...plain('Size', 'octets'), cell: row => bytes(number(row, 'octets')) }, plain('Connections', 'connections'), words('EHLO name', 'ehlo'), words('Sender', 'sender'), ...PERIOD(sight)],
  },
  downloads: {
    title: 'Files', name: 'downloads', counted: 'downloads', ordered: true,
    columns: (sight, rows) => [fresh(SHA), words('How', 'direction'), URL_OF, words('Name', 'name'), barred('Times', 'times', rows), plain('Addresses', 'sources'), ...PERIOD(sight)],
  },
  captures: {
    title: 'Captures', name: 'captures', counted: 'captures',
    columns: sight => [
      time('Time', 'time', sight), address(sight), { ...COUNTRY },
      { name: 'Port', key: row => number(row, 'dst_port'), cell: row => `${text(row, 'dst_port')}/${text(row, 'proto_name')}` },
      plain('Octets', 'length'), words('Form', 'form'),
      {
        name: 'What it is',
        key: row => text(row, 'known') || text(row, 'glimpse'),
        cell: row => h('button', { type: 'button', class: 'link', title: 'Octets, strings and URLs', onclick: () => sight.opener.capture(text(row, 'id')) },
          row['known'] ? h('strong', {}, untrusted(text(row, 'known'), 80)) : said(row['glimpse'], 80)),
      },
    ],
  },
}

/** The tables of the first view, and the rows of each. */
export const BRIEF = ['passwords', 'users', 'pairs', 'sources', 'tunnels', 'commands'] as const
export const BRIEF_ROWS = 8

export const TABLES: readonly string[] = ['overview', ...Object.keys(SHEETS)]

/** The question of a table: what it is called, and what narrows it beside the period and the source. */
export function questionOf(sheet: Sheet, asked: { order: string; form: string; user: string | null; accepted: boolean }, top: number): { name: string; query: Query } {
  if (sheet.name === 'captures') return { name: 'captures', query: { top } }
  return {
    name: `honeypot/${sheet.name}`,
    query: {
      top,
      order: sheet.ordered && asked.order !== 'frequency' ? asked.order : null,
      user: sheet.ofUsers ? asked.user : null,
      form: sheet.formed ? asked.form : null,
      accepted: sheet.admits && asked.accepted ? 'true' : null,
    },
  }
}
