/** The section Warnings: how many by list, country, host and day, the newest, and what people have said of them. */
import { ask, ApiError, tell, within } from './api.ts'
import { Asking } from './asking.ts'
import { fill, h, hide, untrusted } from './dom.ts'
import { count, counted, stamp } from './format.ts'
import { grid } from './grid.ts'
import { bar } from './honeypot/words.ts'
import { commandField, storeWords } from './menus.ts'
import { noWarnings } from './nowarnings.ts'
import { formatPlace, instant } from './place.ts'
import { SayForm } from './sayform.ts'
import type { Host, Period, Section, Where } from './section.ts'
import { FIRST } from './sections.ts'
import { link, scroller, sortable, type Column } from './tables.ts'
import { BY, dayPlace, flowOf, headline, findingWords, isFinding, scanPlace, statsCommand, subjects, surgePlace, totals, type By, type Group, type SaidRow, type Warned, type WarningRow } from './warnwords.ts'

const TITLES: Record<By, string> = { list: 'By list', country: 'By country', host: 'By host of yours', day: 'By day' }
const WHY_MAX = 800 // characters of why it is told: a scan says who did what, how sure that is, and what to do
const ROWS_SHOWN = 10 // of a table beside three others; all of them open on demand

export const section = (host: Host): Section => new Warnings(host)

class Warnings implements Section {
  readonly element: HTMLElement
  private readonly host: Host
  private readonly headline = h('h1', { 'data-testid': 'headline' })
  private readonly totals = h('span', { class: 'totals' })
  private readonly seen = h('span', { 'data-testid': 'seen' })
  private readonly note = h('span', { class: 'note' })
  private readonly synthetic = h('span', { class: 'synthetic', hidden: true }, 'synthetic sample day')
  private readonly fresh = h('p', { class: 'fresh', role: 'status' })
  private readonly tables = h('div', { class: 'warned-body' })
  private readonly body = h('div', { class: 'warned-body' })
  private readonly form: SayForm
  private readonly asking = new Asking()
  private where: Where | null = null
  private key = ''
  private answer = ''

  constructor(host: Host) {
    this.host = host
    this.form = new SayForm(saying => this.say(saying))
    const lines = h('p', { class: 'totals-line' }, this.synthetic, this.totals, this.seen, this.note)
    this.element = h('div', { class: 'warned by-name', 'data-testid': 'warned' }, this.headline, lines, this.fresh, this.tables, this.form.element, this.body)
  }

  title(where: Where): string {
    return where.period?.title ?? ''
  }

  show(where: Where): void {
    this.where = where
    hide(this.synthetic, !where.about.synthetic)
    this.form.words = storeWords({ place: where.place, switches: where.about.switches ?? [] })
    const key = JSON.stringify([where.period && within(where.period), where.tz])
    if (key === this.key) return
    this.key = key
    this.note.textContent = where.period?.note ?? ''
    if (where.period) this.ask(where.period)
    else this.nothing()
  }

  /** New warnings are stored: shown at once where the reader is at the top and in no table, else offered. */
  refresh(): void {
    const period = this.where?.period
    if (!period) return
    void ask<Warned>('warnings', this.query(period)).then(
      told => {
        if (JSON.stringify(told) === this.answer) return
        if (this.element.contains(document.activeElement) || this.element.parentElement?.scrollTop) this.offer(period)
        else this.fill(told, period)
      },
      (error: unknown) => {
        if (!(error instanceof ApiError)) throw error // what is shown stays
      },
    )
  }

  private offer(period: Period): void {
    fill(this.fresh, h('button', { type: 'button', onclick: () => this.ask(period) }, 'More has come: show it'))
  }

  private query(period: Period): Record<string, string | null> {
    return { ...within(period), tz: this.where?.place.tz ?? null }
  }

  private ask(period: Period): void {
    fill(this.fresh)
    void this.asking.into(this.tables, 'Counting warnings…', async signal => {
      const told = await ask<Warned>('warnings', this.query(period), signal)
      return this.made(told, period)
    })
  }

  private fill(told: Warned, period: Period): void {
    fill(this.tables, ...this.made(told, period))
  }

  private nothing(): void {
    this.headline.textContent = 'No warning was ever stored'
    fill(this.totals)
    fill(this.seen)
    hide(this.form.element, true)
    fill(this.body)
    fill(this.tables, noWarnings())
  }

  /** The tables of counts; what stands under the form is filled with them. */
  private made(told: Warned, period: Period): HTMLElement[] {
    this.answer = JSON.stringify(told)
    this.headline.textContent = headline(told, period.title, period.day)
    this.totals.textContent = totals(told)
    this.seen.textContent = told.flows_seen
    this.form.show(told)
    hide(this.form.element, false)
    fill(this.body, told.total.warnings > 0 && this.newest(told, period), told.said.length > 0 && this.said(told.said, told.may_write))
    if (!told.total.warnings) return [noWarnings(period.title), ...(told.by.day.length ? [this.group('day', told, period)] : [])]
    return [h('div', { class: 'briefs' }, ...BY.map(by => this.group(by, told, period)))]
  }

  private group(by: By, told: Warned, period: Period): HTMLElement {
    const rows = told.by[by]
    const shown = by === 'day' ? [...rows].reverse() : rows
    const box = h('div')
    const draw = (most: number): void => {
      const all = shown.length <= most
      const further = all ? null : h('button', { type: 'button', onclick: () => draw(shown.length) }, `Show all ${count(shown.length)}`)
      fill(box, scroller(TITLES[by], sortable<Group>(this.caption(by, told), this.columns(by, rows), shown.slice(0, most))), further)
    }
    draw(ROWS_SHOWN)
    const words = storeWords({ place: this.where!.place, switches: this.where!.about.switches ?? [] })
    const command = h('details', { class: 'counts' }, h('summary', {}, 'The command that counts this'), commandField(statsCommand(by, period, words, told.days), `Counts ${TITLES[by].toLowerCase()}`))
    return h('section', { class: 'brief', 'data-testid': `by-${by}` }, h('h2', {}, TITLES[by]), box, command)
  }

  private caption(by: By, told: Warned): string {
    if (by === 'day') return `The ${told.days} days up to the end of the period`
    const part = told.groups[by] > told.by[by].length ? `the first ${count(told.by[by].length)} of ` : ''
    const all = part + counted(told.groups[by], by, by === 'country' ? 'countries' : `${by}s`)
    return by === 'list' ? `${all}; a warning counts for each that holds its address` : all
  }

  private columns(by: By, rows: Group[]): Column<Group>[] {
    const most = rows.reduce((top, row) => Math.max(top, row.count), 0)
    return [
      { name: by[0].toUpperCase() + by.slice(1), key: row => String(row[by]), cell: row => this.name(by, String(row[by])) },
      { name: 'Records', key: row => row.count, number: true, cell: row => bar(row.count, most) },
      { name: 'Warnings', key: row => row.warnings, number: true, cell: row => count(row.warnings) },
    ]
  }

  private name(by: By, name: string): Node {
    if (by === 'day') return h('a', { href: formatPlace(dayPlace(this.where!.place, name)) }, name)
    if (by === 'list') return h('span', { class: 'mono' }, untrusted(name, 60))
    if (name === '-' || name === 'unknown') return h('span', { class: 'quiet' }, name)
    const asked = name === '--' ? 'home' : name
    return link(asked, `Why ${asked}?`, () => this.why(name))
  }

  private why(q: string): void {
    this.host.go({ view: FIRST, why: q, own: {}, evidence: null })
  }

  private newest(told: Warned, period: Period): HTMLElement {
    const rows = told.warnings
    const of = told.total.warnings > rows.length ? `the newest ${count(rows.length)} of ${count(told.total.warnings)}` : count(rows.length)
    const heads: [string, boolean?][] = [['Time'], ['Flow, port or scan'], ['Lists, or why'], ['Records', true], ['Seen']]
    const table = grid(`${of}, ${period.title}`, heads, rows.map(row => this.row(row)))
    return h('section', { 'data-testid': 'newest' }, h('h2', {}, 'Warnings'), table)
  }

  private row(row: WarningRow): (Node | string)[] {
    const lists = isFinding(row) ? untrusted(findingWords(row), WHY_MAX) : h('span', {}, ...row.lists.slice(0, 5).flatMap((entry, at) => [at ? ', ' : '', entryLink(entry)]))
    const button = h('button', { type: 'button', class: 'link', onclick: () => this.form.take(subjects(row)) }, row.open ? 'Acknowledge or mute' : 'seen')
    const at = instant(row.time)
    return [h('time', { class: 'whole', datetime: row.time }, at === null ? row.time : stamp(at, this.where!.tz)), h('span', { class: 'mono' }, this.flow(row)), lists, count(row.count), button]
  }

  /** Who talked to whom; of a surge its port and of a scan its source, which lead to where the Fireplot shows it. */
  private flow(row: WarningRow): Node {
    const text = untrusted(flowOf(row.line), 200)
    const place = surgePlace(this.where!.place, row) ?? scanPlace(this.where!.place, row)
    return place ? h('a', { href: formatPlace(place) }, text) : text
  }

  private said(rows: SaidRow[], mayWrite: boolean): HTMLElement {
    const heads: [string, boolean?][] = [['What'], ['Is'], ['Since'], ['Until'], ['Note'], ...(mayWrite ? [['Undo'] as [string]] : [])]
    const time = (text: string, other: string) => {
      const at = text ? instant(text) : null
      return h('span', { class: 'whole' }, at === null ? other : stamp(at, this.where!.tz))
    }
    const undo = (row: SaidRow) => h('button', { type: 'button', class: 'link', 'aria-label': `Take back: ${row.kind} ${row.what}`, onclick: () => this.say({ kind: row.kind, what: row.what, undo: true }) }, 'Take back')
    const kind = (row: SaidRow) => (row.kind === 'ack' ? 'acknowledged' : row.in_force ? 'muted' : 'was muted')
    return h(
      'section',
      { 'data-testid': 'said' },
      h('h2', {}, 'What was said of warnings'),
      grid('Newest first', heads, rows.map(row => [h('span', { class: 'mono' }, untrusted(row.what, 80)), kind(row), time(row.made, ''), time(row.until, 'then'), untrusted(row.why, 300), ...(mayWrite ? [undo(row)] : [])])),
    )
  }

  /** Tell the server, then ask what is so now. The words of a refusal stand in the form. */
  private say(body: object): void {
    void tell<{ sentence: string }>('warnings/said', body).then(
      ({ sentence }) => {
        this.form.told(sentence)
        this.host.said()
        if (this.where?.period) this.ask(this.where.period)
      },
      (error: unknown) => {
        if (!(error instanceof ApiError)) throw error
        this.form.told(error.message, true)
      },
    )
  }
}

/** A link that is followed only by a click, and only to the web; anything else stays text. */
function entryLink(entry: WarningRow['lists'][number]): HTMLElement {
  const name = untrusted(entry.name || entry.source, 80)
  if (!/^https?:\/\//.test(entry.url ?? '')) return h('span', {}, name)
  return h('a', { href: entry.url ?? '', rel: 'noreferrer noopener', target: '_blank' }, name)
}
