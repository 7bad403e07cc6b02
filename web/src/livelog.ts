/** The column beside the court: who was let in, which stays, and the last events; or who aimed at one name. */
import type { Ball, Kind } from './ball.ts'
import { pathName } from './courtpaint.ts'
import { fill, h, untrusted } from './dom.ts'
import { clock, count, counted, DAY_LONG, stamp } from './format.ts'
import { link, scroller, sortable } from './tables.ts'
import { ranked, type Aimed, type Tally } from './tally.ts'

const LET_IN_SHOWN = 20
const LINES = 30
const NAME = 48 // characters of a name in a line; the whole of it is in its tooltip and in the honeypot's tables
const WHO_MAX = 100

export interface LogListener {
  why(q: string): void
  aimed(kind: Kind, path: string): void
  back(): void
}

export class LiveLog {
  readonly element = h('aside', { class: 'panel live-log', 'aria-label': 'Who was let in, and the last events', 'data-testid': 'live-log' })
  private readonly letIn = h('ol', { class: 'visitors', 'data-testid': 'let-in' })
  private readonly lines = h('ol', { class: 'event-lines', 'data-testid': 'live-lines' })
  private readonly nobody = h('p', { class: 'quiet' }, 'Nobody so far.')
  private about: { kind: Kind; path: string } | null = null
  private shownIn: Ball | null = null
  private readonly listener: LogListener

  constructor(listener: LogListener) {
    this.listener = listener
    this.reset()
  }

  /** Both lists, with nothing in them. */
  reset(): void {
    this.about = null
    this.shownIn = null
    fill(this.letIn)
    fill(this.lines)
    this.nobody.hidden = false
    fill(this.element, h('h2', {}, 'Let in'), this.nobody, this.letIn, h('h2', {}, 'Last events'), this.lines)
  }

  show(tally: Tally, tz: string, long: boolean): void {
    if (this.about) return
    const [newest = null] = tally.letIn
    if (newest !== this.shownIn) {
      this.shownIn = newest
      this.nobody.hidden = newest !== null
      fill(this.letIn, ...tally.letIn.slice(0, LET_IN_SHOWN).map(ball => this.entry(ball, tz, long)))
    }
    fill(this.lines, ...tally.log.slice(0, LINES).map(ball => this.line(ball, tz, long)))
  }

  private entry(ball: Ball, tz: string, long: boolean): HTMLElement {
    const password = ball.password === null ? [] : [' with ', h('b', { class: 'mono' }, untrusted(ball.password || '(empty)', NAME))]
    return h(
      'li',
      {},
      h('time', { class: 'quiet', datetime: new Date(ball.at).toISOString() }, (long ? stamp : clockSeconds)(ball.at, tz)),
      ' ',
      this.source(ball.source),
      ' let in as ',
      h('b', { class: 'mono' }, untrusted(ball.path || '(empty)', NAME)),
      ...password,
      ball.count > 1 && `, ${count(ball.count)} times`,
    )
  }

  private line(ball: Ball, tz: string, long: boolean): HTMLElement {
    const aim = ball.kind === 'logins' ? (ball.path || '(empty)') : `${ball.path.split(':')[0]} ${pathName(ball.kind, ball.path).replace(/^ICMP /, '')}`
    const named = h('button', { type: 'button', class: 'link mono', onclick: () => this.listener.aimed(ball.kind, ball.path) }, untrusted(aim, NAME))
    return h(
      'li',
      { class: ball.accepted ? 'accepted' : ball.kind },
      h('time', { class: 'quiet', datetime: new Date(ball.at).toISOString() }, (long ? stamp : clockSeconds)(ball.at, tz)),
      h('span', { class: 'who' }, this.source(ball.source)),
      h('span', { class: 'aim' }, '→ ', named),
      ball.password !== null && h('span', { class: 'tried quiet mono' }, untrusted(ball.password || '(empty)', NAME)),
      ball.accepted && h('span', {}, 'let in'),
      ball.count > 1 && h('span', { class: 'quiet' }, `×${count(ball.count)}`),
    )
  }

  private source(source: string | null): HTMLElement {
    return source === null ? h('span', { class: 'quiet' }, 'unknown') : link(source, `Why ${source}?`, () => this.listener.why(source))
  }

  /** Who aimed at a port or a user name, as far as it was seen. */
  showAimed(tally: Tally, kind: Kind, path: string): void {
    this.about = { kind, path }
    const rows = tally.whoAimed(kind, path)
    const close = h('button', { type: 'button', class: 'close', 'aria-label': 'Close', onclick: () => this.listener.back() }, '×')
    const head = h('h2', { tabindex: -1 }, untrusted(kind === 'logins' ? `Logins as ${path || '(empty)'}` : path.replace(':', ' '), 80))
    const port = /^(TCP|UDP):([0-9]+)$/.exec(path)
    const why = kind === 'firewall' && port ? h('p', {}, h('button', { type: 'button', onclick: () => this.listener.why(`${port[1].toLowerCase()}/${port[2]}`) }, `Why ${port[1]} ${port[2]}?`)) : null
    fill(this.element, h('div', { class: 'panel-head' }, head, close), h('p', {}, `${counted(rows.length, 'address', 'addresses')} seen here lately.`), why, this.whoTable(rows, kind))
    head.focus({ preventScroll: true })
  }

  private whoTable(rows: ReturnType<Tally['whoAimed']>, kind: Kind): HTMLElement {
    const columns = [
      { name: 'Address', key: (row: (typeof rows)[number]) => row.source ?? '', cell: (row: (typeof rows)[number]) => this.source(row.source) },
      { name: 'Times', key: (row: (typeof rows)[number]) => row.count, number: true, cell: (row: (typeof rows)[number]) => count(row.count) },
    ]
    const passwords = { name: 'Passwords', key: (row: (typeof rows)[number]) => row.passwords.length, cell: (row: (typeof rows)[number]) => h('span', { class: 'mono' }, untrusted(row.passwords.slice(0, 5).map(one => one || '(empty)').join('  '), 120)) }
    return scroller('Addresses', sortable('Addresses', kind === 'logins' ? [...columns, passwords] : columns, rows.slice(0, WHO_MAX)))
  }
}

function clockSeconds(at: number, tz: string): string {
  return clock(at, tz, true)
}

const ROWS_MAX = 200

/** The table behind the court: what was aimed at, most often first. */
export function aimedTable(tally: Tally, caption: string, tz: string, length: number, open: (row: Aimed) => void): HTMLElement {
  const rows = ranked(tally)
  const when = (at: number) => (length > DAY_LONG ? stamp(at, tz) : clock(at, tz, true))
  const table = sortable<Aimed>(
    rows.length > ROWS_MAX ? `${caption}. The ${count(ROWS_MAX)} most frequent of ${count(rows.length)} names` : caption,
    [
      { name: 'Aimed at', key: row => row.path, cell: row => link(row.kind === 'logins' ? row.path || '(empty)' : row.path.replace(':', ' '), `Who aimed at ${row.path}?`, () => open(row)) },
      { name: 'Kind', key: row => row.kind, cell: row => (row.kind === 'logins' ? 'login' : 'probe') },
      { name: 'Refused', key: row => row.refused, number: true, cell: row => count(row.refused) },
      { name: 'Let in', key: row => row.accepted, number: true, cell: row => (row.accepted ? h('b', {}, count(row.accepted)) : '0') },
      { name: 'From', key: row => row.sources.size, number: true, cell: row => count(row.sources.size) },
      { name: 'Last', key: row => row.last, number: true, cell: row => when(row.last) },
    ],
    rows.slice(0, ROWS_MAX),
  )
  return scroller('Aimed at', table)
}
