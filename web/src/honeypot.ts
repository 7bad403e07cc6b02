/** The Honeypot section: what is new, the tables, and beside them a session, a source, a payload or a capture. */
import { address, ask, within, type Query } from './api.ts'
import { Asking as Question, answerInto, skeleton } from './asking.ts'
import { bringIntoView, fill, h, hide, untrusted } from './dom.ts'
import { Aside, type Asking } from './honeypot/aside.ts'
import type { Captures, Row, Summary, Table } from './honeypot/answers.ts'
import { tableCommand, type Told } from './honeypot/command.ts'
import { noHoneypot, noRows, nothingThen } from './honeypot/nothing.ts'
import { askedOf, FORMS, ORDERS, ownOf, type Asked, type Form, type Opened, type Order } from './honeypot/place.ts'
import { BRIEF, BRIEF_ROWS, questionOf, SHEETS, TABLES, type Sheet, type Sight } from './honeypot/sheets.ts'
import { daysOf } from './honeypot/spark.ts'
import { count, counted } from './format.ts'
import { commandField, menu } from './menus.ts'
import { formatPlace, instant, quoted, type Place } from './place.ts'
import type { Host, Period, Section, Where } from './section.ts'
import { FIRST } from './sections.ts'
import { scroller, sortable } from './tables.ts'
import { DAY, dayOf } from './zone.ts'

const ROWS = 100 // of a table at first
const ROWS_MORE = 1000
const AT_ONCE = 2 // questions of the first view: more together are not answered sooner, and the headline waits for all

export const section = (host: Host): Section => new Pot(host)

class Pot implements Section {
  readonly element: HTMLElement
  readonly answersWhy = true
  readonly keys = { Escape: () => this.open(null) }
  private readonly host: Host
  private readonly headline = h('h1', { 'data-testid': 'headline' })
  private readonly totals = h('span', { class: 'totals' })
  private readonly note = h('span', { class: 'note' })
  private readonly synthetic = h('span', { class: 'synthetic', hidden: true }, 'synthetic sample day')
  private readonly tabs = h('nav', { class: 'tabs', 'aria-label': 'Tables of the honeypot' })
  private readonly tools = h('div', { class: 'pot-tools' })
  private readonly body = h('div', { class: 'pot-body', 'data-testid': 'honeypot' })
  private readonly aside: Aside
  private readonly asking = new Question()
  private readonly summing = new Question()
  private where: Where | null = null
  private asked: Asked = askedOf({}, TABLES)
  private summary: Summary | null = null
  private bodyKey = ''
  private summaryKey = ''
  private toolsKey = ''
  private top = ROWS
  private summed: Promise<void> = Promise.resolve()
  private readonly fresh = h('p', { class: 'fresh', role: 'status' })

  constructor(host: Host) {
    this.host = host
    const why = (q: string) => this.go(null, { why: q })
    this.aside = new Aside(
      {
        source: name => this.open({ kind: 'source', name }),
        session: (name, sensor) => this.open({ kind: 'session', name, sensor }),
        payload: name => this.open({ kind: 'payload', name }),
      },
      {
        why,
        filter: change => host.go({ ...change, view: FIRST, why: '', own: {} }),
        zoomPort: port => host.go({ view: FIRST, why: String(port), own: {} }),
      },
      () => this.close(),
    )
    this.element = h(
      'div',
      { class: 'pot' },
      h(
        'div',
        { class: 'pot-main' },
        this.headline,
        h('p', { class: 'totals-line' }, this.synthetic, this.totals, this.note),
        this.tabs,
        this.tools,
        this.fresh,
        this.body,
      ),
      this.aside.element,
    )
  }

  title(where: Where): string {
    const { table } = askedOf(where.place.own, TABLES)
    return [SHEETS[table]?.title, where.period?.title].filter(Boolean).join(' · ')
  }

  show(where: Where): void {
    this.where = where
    const asked = askedOf(where.place.own, TABLES)
    if (asked.table !== this.asked.table) this.top = ROWS
    this.asked = asked
    hide(this.synthetic, !where.about.synthetic)
    this.element.classList.toggle('beside', Boolean(asked.opened || where.place.why))
    if (!where.period) {
      this.showNothing()
      return
    }
    this.note.textContent = where.period.note
    this.askSummary(where.period)
    this.showTabs(where.place)
    this.showTools(where.period)
    this.showBody(where.period)
    this.aside.show(asked.opened, where.place.why, this.question(where, where.period))
  }

  /** New records are stored: the sentence is asked again; what is read stays where it is until the reader wants the new. */
  refresh(): void {
    const before = JSON.stringify(this.summary?.counts)
    const period = this.where?.period
    if (!period) return
    this.askSummary(period, () => {
      if (this.summary && before !== JSON.stringify(this.summary.counts)) this.offer(period)
    })
  }

  private offer(period: Period): void {
    const again = () => {
      fill(this.fresh)
      this.bodyKey = ''
      this.showBody(period)
    }
    fill(this.fresh, h('button', { type: 'button', onclick: again }, 'More has come: show it'))
  }

  private go(opened: Opened | null, change: Partial<Place> = {}): void {
    this.host.go({ why: '', ...change, own: ownOf({ ...this.asked, opened }, TABLES) })
  }

  private open(opened: Opened | null): void {
    if (opened || this.asked.opened) this.go(opened)
  }

  private close(): void {
    this.go(null)
    this.body.querySelector<HTMLElement>('.scroller')?.focus({ preventScroll: true })
  }

  private to(change: Partial<Asked>): string {
    const place = this.where?.place as Place
    return formatPlace({ ...place, why: '', own: ownOf({ ...this.asked, opened: null, ...change }, TABLES) })
  }

  /** The filters that all tables of honeypots understand. */
  private filters(): Query {
    const place = this.where?.place
    return { src: place?.src, sensor: place?.sensor, action: 'all' }
  }

  private question({ place, about, tz }: Where, period: Period): Asking {
    const wider = { from: period.from - DAY, to: period.to + DAY }
    return {
      within: { ...within(period), ...this.filters() },
      around: { ...within(wider), ...this.filters() },
      sensor: place.sensor,
      told: { place, period, switches: about.switches ?? [] },
      tz,
    }
  }

  private askSummary(period: Period, done?: () => void): void {
    const query = { ...within(period), ...this.filters() }
    const key = JSON.stringify(query)
    if (key === this.summaryKey && !done) return
    if (key !== this.summaryKey) {
      this.summary = null
      this.headline.textContent = period.title
      fill(this.totals)
    }
    this.summaryKey = key
    const box = done ? h('span') : this.totals
    this.summed = this.summing.into(box, 'Comparing with the days before…', async signal => {
      this.summary = await ask<Summary>('honeypot', query, signal)
      fill(this.headline, untrusted(this.summary.headline, 400))
      if (this.where) this.showTabs(this.where.place)
      if (done) fill(this.totals, untrusted(this.summary.totals, 400))
      done?.()
      this.showEmpty()
      return [untrusted(this.summary.totals, 400)]
    })
  }

  private showTabs(place: Place): void {
    const { table } = this.asked
    const counts = this.summary?.counts
    const focused = this.tabs.contains(document.activeElement) ? document.activeElement?.getAttribute('href') : null
    fill(
      this.tabs,
      ...TABLES.map(name => {
        const sheet: Sheet | undefined = SHEETS[name]
        const none = Boolean(counts && sheet && !counts[sheet.counted])
        const title = none ? 'Nothing of this in the period' : null
        const href = formatPlace({ ...place, why: '', own: ownOf({ ...this.asked, table: name, opened: null }, TABLES) })
        return h('a', { href, class: none ? 'none' : '', title, 'aria-current': name === table ? 'page' : null }, sheet?.title ?? 'Overview')
      }),
    )
    bringIntoView(this.tabs)
    if (focused) this.tabs.querySelector<HTMLElement>(`[href="${CSS.escape(focused)}"]`)?.focus()
  }

  private showTools(period: Period): void {
    const { asked, where } = this
    if (!where) return
    const key = JSON.stringify([asked.table, asked.order, asked.form, asked.user, asked.accepted, where.place.src, where.place.sensor, period, where.tz, this.top])
    if (key === this.toolsKey) return
    this.toolsKey = key
    const sheet: Sheet | undefined = SHEETS[asked.table]
    fill(
      this.tools,
      sheet?.formed ? this.formChoice() : null,
      this.chips(where.place),
      sheet?.admits ? this.admitted() : null,
      !sheet || sheet.ordered ? this.orderChoice() : null,
      this.filterMenu(where.place),
      sheet ? this.download(sheet, period) : null,
    )
  }

  private orderChoice(): HTMLElement {
    const select = h('select', { 'data-testid': 'order' }, ...Object.entries(ORDERS).map(([value, name]) => h('option', { value }, name)))
    select.value = this.asked.order
    select.addEventListener('change', () => this.change({ order: select.value as Order }))
    return h('label', { class: 'inline' }, 'First the ', select)
  }

  private admitted(): HTMLElement {
    const box = h('input', { type: 'checkbox', checked: this.asked.accepted, onchange: () => this.change({ accepted: box.checked }) })
    return h('label', { class: 'inline' }, box, 'only let in')
  }

  private formChoice(): HTMLElement {
    const links = Object.entries(FORMS).map(([form, name]) =>
      h('a', { href: this.to({ form: form as Form }), 'aria-current': form === this.asked.form ? 'page' : null }, name),
    )
    return h('nav', { class: 'tabs forms', 'aria-label': 'What payloads are' }, ...links)
  }

  private change(change: Partial<Asked>): void {
    this.host.go({ own: ownOf({ ...this.asked, ...change }, TABLES) })
  }

  private switches(place: Place): { text: string; clear: () => void }[] {
    const { user, table } = this.asked
    const sheet: Sheet | undefined = SHEETS[table]
    const found: { text: string; clear: () => void }[] = []
    if (place.src) found.push({ text: `--src ${quoted(place.src)}`, clear: () => this.host.go({ src: '' }) })
    if (place.sensor) found.push({ text: `--only-sensor ${quoted(place.sensor)}`, clear: () => this.host.go({ sensor: '' }) })
    if (user && (!sheet || sheet.ofUsers)) found.push({ text: `--user ${quoted(user)}`, clear: () => this.change({ user: null }) })
    return found
  }

  private chips(place: Place): HTMLElement {
    const chips = this.switches(place).map(({ text, clear }) =>
      h('button', { type: 'button', class: 'chip mono', 'aria-label': `Remove the filter ${text}`, onclick: clear }, untrusted(text, 80), h('span', { 'aria-hidden': 'true' }, ' ×')),
    )
    return h('div', { class: 'chips', 'data-testid': 'chips' }, ...chips)
  }

  private filterMenu(place: Place): HTMLElement {
    return menu('Filter', (box, close) => {
      const src = h('input', { name: 'src', value: place.src, placeholder: '203.0.113.0/24', autocomplete: 'off', spellcheck: 'false' })
      const user = h('input', { name: 'user', value: this.asked.user ?? '', placeholder: 'root', autocomplete: 'off', spellcheck: 'false', maxlength: 300 })
      const names = ['', ...new Set([...(this.host.status()?.sensors.map(one => one.sensor) ?? []), place.sensor].filter(Boolean))]
      const sensor = h('select', { name: 'sensor' }, ...names.map(one => h('option', { value: one }, one || 'every sensor')))
      sensor.value = place.sensor
      const form = h(
        'form',
        { class: 'filter-form' },
        h('label', {}, 'Source ', h('code', {}, '--src'), src),
        h('label', {}, 'User name ', h('code', {}, '--user'), user),
        h('label', {}, 'Sensor ', h('code', {}, '--only-sensor'), sensor),
        h('button', { type: 'submit' }, 'Apply'),
      )
      form.addEventListener('submit', event => {
        event.preventDefault()
        close()
        this.host.go({ src: src.value.trim(), sensor: sensor.value, own: ownOf({ ...this.asked, user: user.value || null }, TABLES) })
      })
      fill(box, form)
    })
  }

  private download(sheet: Sheet, period: Period): HTMLElement {
    const { where, asked, top } = this
    const { name, query } = questionOf(sheet, asked, top)
    const told: Told = { place: where?.place as Place, period, switches: where?.about.switches ?? [], top }
    return menu('Download', box => {
      const all = { ...within(period), ...this.filters(), ...query }
      const csv = h('li', {}, h('a', { href: address(`${name}.csv`, all), download: `honeypot-${sheet.name}.csv` }, 'CSV table'))
      const json = h('li', {}, h('a', { href: address(name, all), download: `honeypot-${sheet.name}.json` }, 'JSON'))
      fill(box, h('ul', {}, csv, json), commandField(tableCommand(asked, told), 'The command that makes this table'))
    })
  }

  private sight({ tz }: Where, period: Period): Sight {
    return {
      tz,
      period,
      days: daysOf(period, tz),
      opener: {
        source: name => this.open({ kind: 'source', name }),
        session: (name, sensor) => this.open({ kind: 'session', name, sensor }),
        payload: name => this.open({ kind: 'payload', name }),
        capture: name => this.open({ kind: 'capture', name }),
        user: user => this.host.go({ own: ownOf({ ...this.asked, table: 'passwords', user, opened: null }, TABLES) }),
      },
    }
  }

  private showBody(period: Period): void {
    const { asked, where, top } = this
    if (!where) return
    const { table, order, form, user, accepted } = asked
    const key = JSON.stringify([table, order, form, user, accepted, within(period), this.filters(), where.tz, top])
    if (key === this.bodyKey) {
      this.showEmpty()
      return
    }
    this.bodyKey = key
    fill(this.fresh)
    const signal = this.asking.begin()
    const sheet: Sheet | undefined = SHEETS[table]
    if (!sheet) this.overview(where, period, signal)
    else void answerInto(this.body, `Counting: ${sheet.title}…`, signal, async () => [await this.whole(sheet, where, period, signal)])
  }

  /** Several short lists, each with its own question, behind that of the headline. */
  private overview(where: Where, period: Period, signal: AbortSignal): void {
    const lists = BRIEF.map(name => ({ name, sheet: SHEETS[name], box: h('div', { class: 'brief-box' }, ...skeleton('Counting…', 0)) }))
    const sections = lists.map(({ name, sheet, box }) => h('section', { class: 'brief' }, h('h2', {}, h('a', { href: this.to({ table: name }) }, sheet.title)), box))
    fill(this.body, h('div', { class: 'briefs' }, ...sections))
    const waiting = [...lists]
    const next = async (): Promise<void> => {
      const list = waiting.shift()
      if (!list || signal.aborted) return
      await answerInto(list.box, 'Counting…', signal, async () => [await this.brief(list.sheet, where, period, signal)])
      await next()
    }
    void this.summed.then(() => Array.from({ length: AT_ONCE }, next))
  }

  private async brief(sheet: Sheet, where: Where, period: Period, signal: AbortSignal): Promise<HTMLElement> {
    const { name, query } = questionOf(sheet, this.asked, BRIEF_ROWS)
    const { rows, groups } = await ask<Table>(name, { ...within(period), ...this.filters(), ...query }, signal)
    if (!rows.length) return h('p', { class: 'quiet' }, 'None in this period.')
    const columns = (sheet.brief ?? sheet.columns)(this.sight(where, period), rows, this.asked.form)
    const caption = `${counted(rows.length, 'row')}${groups && groups > rows.length ? ` of ${count(groups)}` : ''}, ${ORDERS[this.asked.order]} first`
    return scroller(sheet.title, sortable<Row>(caption, columns, rows))
  }

  private async whole(sheet: Sheet, where: Where, period: Period, signal: AbortSignal): Promise<HTMLElement> {
    const { name, query } = questionOf(sheet, this.asked, this.top)
    const answer = await ask<Table | Captures>(name, { ...within(period), ...this.filters(), ...query }, signal)
    const rows: Row[] = 'captures' in answer ? answer.captures.map(row => ({ ...row })) : answer.rows
    if (!rows.length) return this.noRows(sheet, where.place)
    const columns = sheet.columns(this.sight(where, period), rows, this.asked.form)
    const all = 'captures' in answer ? answer.total : answer.groups
    const of = all && all > rows.length ? `${count(rows.length)} of ${count(all)}` : count(rows.length)
    const how = sheet.ordered ? `${ORDERS[this.asked.order]} first` : 'newest first'
    const records = 'captures' in answer || answer.records === undefined ? '' : `; ${counted(answer.records, 'record')} in all`
    const table = scroller(sheet.title, sortable<Row>(`${sheet.title}: ${of}, ${how}${records}`, columns, rows))
    return h('div', { class: 'whole-table' }, table, this.more(rows.length, period))
  }

  private more(rows: number, period: Period): HTMLElement | null {
    if (rows < this.top || this.top >= ROWS_MORE) return null
    const further = () => {
      this.top = ROWS_MORE
      this.showTools(period)
      this.showBody(period)
    }
    return h('p', {}, h('button', { type: 'button', onclick: further }, `Show up to ${count(ROWS_MORE)} rows`))
  }

  private noRows(sheet: Sheet, place: Place): HTMLElement {
    const admits = sheet.admits && this.asked.accepted ? ['--accepted'] : []
    const filters = [...this.switches(place).map(one => one.text), ...admits]
    return noRows(sheet.title, filters, () => this.host.go({ src: '', sensor: '', own: ownOf({ ...this.asked, user: null, accepted: false }, TABLES) }))
  }

  private showNothing(): void {
    this.headline.textContent = 'Nobody has visited yet'
    fill(this.totals)
    fill(this.tabs)
    fill(this.tools)
    this.toolsKey = this.bodyKey = this.summaryKey = ''
    fill(this.body, noHoneypot())
  }

  /** A period in which no honeypot saw anything has no tables to offer. */
  private showEmpty(): void {
    const { summary, where } = this
    if (!summary || !where?.period || Object.values(summary.counts).some(n => n > 0)) return
    if (this.switches(where.place).length) return // the filters hide it: each table says so
    const at = instant(summary.last)
    const day = at === null ? null : dayOf(at, where.tz)
    const href = day && formatPlace({ ...where.place, day, from: null, to: null, own: {} })
    this.asking.stop()
    fill(this.tabs)
    fill(this.tools)
    this.toolsKey = ''
    fill(this.body, at === null ? noHoneypot() : nothingThen(where.period.title, day && href ? { day, href } : null))
  }
}
