/** The section Ask: questions about stored records, in the filter language of the command line or in SQL. */
import { aborted, ApiError, ask, askLong, type Progress } from './api.ts'
import { Box } from './ask/box.ts'
import { asks, ownOf, questionOf, requestOf, SHOWS, type Answer, type Question, type Show } from './ask/question.ts'
import { headlineOf, resultOf } from './ask/result.ts'
import './ask/ask.css'
import { failure } from './asking.ts'
import { announcer, fill, h, hide, put, untrusted } from './dom.ts'
import { nothingThatDay } from './empty.ts'
import { count, duration } from './format.ts'
import { formatPlace, OWN_TEXT_MAX, type Place } from './place.ts'
import { FIRST } from './sections.ts'
import type { Host, Section, Where } from './section.ts'

interface Word {
  name: string
  meaning: string
}
interface KnownTable {
  name: string
  stored: boolean
  meaning: string
  keys: { name: string; words: string[]; meaning: string; values: string; signs: string[] }[]
  fields: (Word & { title: string })[]
  values: (Word & { title: string })[]
}
interface Known {
  tables: KnownTable[]
  examples: { words: string; table: string; show: Show; fields?: string; value?: string }[]
  sql: string[]
  bins: number[]
  rows_max: number
}

const SHOW_WORDS: Record<Show, string> = { records: 'the records', top: 'the largest groups', time: 'how many over time' }
const PATIENCE = 400 // ms before the page says that it waits
const COUNTS = [10, 20, 50, 100, 200, 500, 1000]
const GROUPED = ['sip', 'dip', 'sport', 'dport', 'protocol', 'scc', 'dcc', 'sas', 'das', 'type', 'sensor', 'user', 'password', 'service', 'target', 'action', 'rule', 'name', 'snet', 'dnet']

export const section = (host: Host): Section => new Ask(host)

class Ask implements Section {
  readonly element: HTMLElement
  readonly keys = { e: () => this.editor().focus() }
  private readonly host: Host
  private readonly headline = h('h1', { 'data-testid': 'headline', tabindex: -1 }, 'Ask')
  private readonly synthetic = h('span', { class: 'synthetic', hidden: true }, 'synthetic sample day')
  private readonly note = h('span', { class: 'note' })
  private readonly box: Box
  private readonly sql = h('textarea', { class: 'mono', rows: 4, 'aria-label': 'One SELECT', 'data-testid': 'ask-sql', spellcheck: 'false', autocomplete: 'off', autocapitalize: 'off', maxlength: OWN_TEXT_MAX })
  private readonly choices = h('div', { class: 'ask-choices' })
  private readonly wordsPart: HTMLElement
  private readonly sqlPart: HTMLElement
  private readonly modes: HTMLButtonElement[]
  private readonly result = h('div', { class: 'ask-result', 'data-testid': 'ask-result' })
  private readonly helpPart = h('div', { class: 'ask-help' })
  private readonly voice = announcer()
  private where: Where | null = null
  private known: Known | null = null
  private learning = false
  /** What stands in the form; the address has what was asked last. */
  private draft: Question = questionOf({}, 'flows')
  private asked = ''
  private running: AbortController | null = null

  constructor(host: Host) {
    this.host = host
    this.box = new Box(() => this.around(), () => this.submit())
    this.modes = [this.mode(false, 'Filter'), this.mode(true, 'SQL')]
    this.wordsPart = h('div', { class: 'ask-words-part' }, this.box.element, this.choices)
    const go = h('button', { type: 'submit', 'data-testid': 'ask-go-sql' }, 'Ask')
    this.sqlPart = h('div', { class: 'ask-sql-part' }, this.sql, h('div', { class: 'ask-line' }, go, h('span', { class: 'quiet' }, 'One SELECT over the tables; it reads what is stored and nothing else. Ctrl + Enter asks.')))
    const form = h('form', { class: 'ask-form', 'aria-label': 'Question' }, h('div', { class: 'ask-modes', role: 'group', 'aria-label': 'Language' }, ...this.modes), this.wordsPart, this.sqlPart)
    form.addEventListener('submit', event => {
      event.preventDefault()
      this.submit()
    })
    this.sql.addEventListener('keydown', event => {
      if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
      event.preventDefault()
      this.submit()
    })
    this.element = h('div', { class: 'ask', 'data-testid': 'ask' }, this.headline, h('p', { class: 'totals-line' }, this.synthetic, this.note), form, this.result, this.helpPart, this.voice.element)
  }

  title(where: Where): string {
    return where.place.own.q ? where.place.own.q.slice(0, 60) : (where.period?.title ?? '')
  }

  show(where: Where): void {
    const before = this.where
    this.where = where
    hide(this.synthetic, !where.about.synthetic)
    this.note.textContent = where.period?.note ?? ''
    if (!where.period) {
      this.headline.textContent = 'Nothing is stored yet'
      fill(this.result, nothingThatDay('any day', null))
      return
    }
    // the same words again leave what is being written alone
    const fresh = !before?.period || JSON.stringify(before.place.own) !== JSON.stringify(where.place.own)
    if (fresh) {
      this.draft = questionOf(where.place.own, this.usualTable())
      this.showForm()
    }
    if (this.known) this.place()
    else if (!this.learning) void this.learn()
  }

  /** What was asked stays as it was answered: who wants it again asks again. */
  refresh(): void {}

  /** The tables and their words. Who writes before they are here goes on writing. */
  private async learn(): Promise<void> {
    this.learning = true
    try {
      this.known = await ask<Known>('ask/known')
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      fill(this.result, ...failure(error.message, () => void this.learn()))
      return
    } finally {
      this.learning = false
    }
    this.change({ table: this.where!.place.own.table || this.usualTable() })
    this.place()
  }

  private place(): void {
    const { place, period } = this.where!
    const key = JSON.stringify([place.own, period!.from, period!.to, this.where!.tz])
    if (key === this.asked) return
    this.asked = key
    if (asks(place.own)) void this.run(questionOf(place.own, this.usualTable()))
    else this.invite()
  }

  private usualTable(): string {
    const stored = (this.known?.tables ?? []).filter(table => table.stored).map(table => table.name)
    return stored.includes('flows') ? 'flows' : (stored[0] ?? 'flows')
  }

  private around() {
    const period = this.where?.period
    return period && !this.draft.sql ? { table: this.draft.table, when: period, tz: this.where!.tz } : null
  }

  private editor(): HTMLElement {
    return this.draft.sql ? this.sql : this.box.input
  }

  private mode(sql: boolean, name: string): HTMLButtonElement {
    const choose = () => {
      this.take()
      this.draft = { ...this.draft, sql, q: sql ? this.sql.value : this.box.value }
      this.showForm()
      this.editor().focus()
    }
    return h('button', { type: 'button', 'data-testid': sql ? 'mode-sql' : 'mode-words', onclick: choose }, name)
  }

  /** What was written, kept when the form is drawn again. */
  private take(): void {
    this.draft = { ...this.draft, q: this.draft.sql ? this.sql.value : this.box.value }
  }

  private change(part: Partial<Question>): void {
    this.take()
    this.draft = { ...this.draft, ...part }
    this.showForm()
  }

  private submit(): void {
    this.take()
    if (!this.draft.sql && !this.box.ready) {
      this.box.input.focus()
      return
    }
    if (this.draft.sql && !this.draft.q.trim()) return
    this.asked = '' // asked again even where nothing changed
    const own = ownOf(this.draft)
    const same = formatPlace({ ...this.where!.place, own }) === formatPlace(this.where!.place)
    if (same && this.known) this.place()
    else this.host.go({ own })
  }

  private showForm(): void {
    const { sql, q } = this.draft
    this.modes.forEach((button, at) => button.setAttribute('aria-pressed', String(Boolean(at) === sql)))
    hide(this.wordsPart, sql)
    hide(this.sqlPart, !sql)
    if (sql) this.sql.value = q
    else {
      this.box.value = q
      this.box.again()
      if (this.known) fill(this.choices, ...this.controls(this.known))
    }
    this.showHelp()
  }

  private controls(known: Known): HTMLElement[] {
    const { table, show, fields, value, count: most, bin } = this.draft
    const of = known.tables.find(one => one.name === table) ?? known.tables[0]!
    const tables = known.tables.filter(one => one.stored || one.name === table).map((one): [string, string] => [one.name, one.stored ? one.name : `${one.name} (empty)`])
    const values = of.values.map((one): [string, string] => [one.name, one.title])
    const made = [
      select('Of', 'ask-of', table, tables, name => this.change({ table: name, fields: '', value: 'records' })),
      select('Show', 'ask-show', show, SHOWS.map(one => [one, SHOW_WORDS[one]]), name => this.change({ show: name as Show, count: name === 'records' ? 100 : 10 })),
    ]
    if (show === 'top') {
      const [first, second] = fields.split(',')
      const ordered = GROUPED.flatMap(name => of.fields.filter(one => one.name === name))
      const options = ordered.map((one): [string, string] => [one.name, `${one.title}: ${one.meaning.replace(/[.;].*$/, '')}`])
      const put = (a: string, b: string) => this.change({ fields: [a, b].filter(Boolean).join(',') })
      made.push(select('By', 'ask-field', first || 'sip', options, name => put(name, second ?? '')))
      made.push(select('and', 'ask-second', second ?? '', [['', 'nothing else'], ...options], name => put(first || 'sip', name)))
      made.push(select('Counting', 'ask-value', value, values, name => this.change({ value: name })))
    }
    if (show === 'time') {
      const measured = values.filter(([name]) => ['records', 'packets', 'bytes'].includes(name))
      made.push(select('Counting', 'ask-value', value, measured, name => this.change({ value: name })))
      made.push(select('In steps of', 'ask-bin', String(bin), [['0', 'what fits'], ...known.bins.map((seconds): [string, string] => [String(seconds), duration(seconds * 1000)])], name => this.change({ bin: Number(name) })))
    }
    if (show !== 'time') made.push(select('At most', 'ask-count', String(most), [...new Set([...COUNTS, most])].sort((a, b) => a - b).map(one => [String(one), count(one)]), name => this.change({ count: Number(name) })))
    return made
  }

  private invite(): void {
    this.stop()
    this.headline.textContent = 'Ask about everything that is stored'
    fill(this.result)
    this.showHelp()
  }

  private async run(question: Question): Promise<void> {
    const { period, place } = this.where!
    const signal = this.begin()
    const progress = h('p', { class: 'quiet', role: 'status' }, 'Asking…')
    const meter = h('progress', { max: 100, 'aria-label': 'How far the answer is' })
    const cancel = h('button', { type: 'button', 'data-testid': 'ask-cancel', onclick: () => this.cancel() }, 'Cancel')
    const waiting = window.setTimeout(() => fill(this.result, h('div', { class: 'ask-waiting' }, progress, meter, cancel)), PATIENCE)
    try {
      const [path, body] = requestOf(question, period!, place.tz)
      const answer = await askLong<Answer>(path, body, signal, told => tell(told, progress, meter))
      if (!signal.aborted) this.showAnswer(answer, question)
    } catch (error) {
      if (aborted(error) || signal.aborted) return
      if (!(error instanceof ApiError)) throw error
      this.headline.textContent = 'This could not be answered'
      fill(this.result, ...failure(error.message, error.status >= 400 && error.status < 500 ? null : () => void this.run(question)))
    } finally {
      window.clearTimeout(waiting)
    }
  }

  private begin(): AbortSignal {
    this.stop()
    this.running = new AbortController()
    return this.running.signal
  }

  private stop(): void {
    this.running?.abort()
    this.running = null
  }

  /** The server notices that nobody waits any more, and ends the question. */
  private cancel(): void {
    this.stop()
    this.headline.textContent = 'Cancelled'
    fill(this.result, h('p', { class: 'quiet', role: 'status', 'data-testid': 'ask-cancelled' }, 'The question was ended. Nothing of it goes on.'))
    this.editor().focus()
  }

  private showAnswer(answer: Answer, question: Question): void {
    const { place, tz } = this.where!
    const there = (change: Partial<Place>) => formatPlace({ ...place, evidence: null, zoom: null, ...change })
    this.headline.replaceChildren(untrusted(headlineOf(answer), 600))
    fill(
      this.result,
      ...resultOf(answer, {
        tz,
        question,
        why: q => there({ view: FIRST, why: q, own: {} }),
        narrow: q => there({ own: ownOf({ ...question, show: 'records', count: 100, q }) }),
      }),
    )
    this.voice.say(headlineOf(answer))
  }

  /** Examples, and all words of the language for this table; open while nothing was asked. */
  private showHelp(): void {
    const known = this.known
    if (!known) return
    const open = !asks(this.where!.place.own)
    const { sql, table } = this.draft
    fill(this.helpPart, sql ? this.sqlHelp(known, open) : this.wordsHelp(known, table, open))
  }

  private example(words: string, question: Question): HTMLElement {
    return h('li', {}, h('a', { class: 'mono', href: formatPlace({ ...this.where!.place, own: ownOf(question) }) }, words))
  }

  private wordsHelp(known: Known, table: string, open: boolean): HTMLElement {
    const examples = known.examples.map(one => {
      const question = questionOf({ q: one.words, table: one.table, show: one.show, fields: one.fields ?? '', value: one.value ?? 'records' }, one.table)
      return put2(this.example(one.words, question), h('span', { class: 'quiet' }, ` ${one.table}, ${SHOW_WORDS[one.show]}${one.fields ? ` by ${one.fields}` : ''}`))
    })
    const of = known.tables.find(one => one.name === table)
    const rows = (of?.keys ?? []).map(key => [h('code', {}, key.name), key.meaning, h('span', { class: 'mono' }, key.signs.join(' ')), key.values])
    return helping(open, h('ul', { class: 'ask-examples' }, ...examples), h('p', {}, 'Conditions are joined by ', h('code', {}, 'and'), ', ', h('code', {}, 'or'), ', ', h('code', {}, 'not'), ' and brackets; several values by commas; a period by ', h('code', {}, 'since'), ', ', h('code', {}, 'until'), ', ', h('code', {}, 'on'), ', ', h('code', {}, 'last 6h'), ', ', h('code', {}, 'today'), ' or ', h('code', {}, 'yesterday'), '.'), list(`What ${table} can be asked by`, ['Word', 'What it is', 'Signs', 'Values'], rows))
  }

  private sqlHelp(known: Known, open: boolean): HTMLElement {
    const examples = known.sql.map(q => this.example(q, { ...this.draft, sql: true, q }))
    const rows = known.tables.filter(one => one.stored).map(one => [h('code', {}, one.name), one.meaning])
    return helping(open, h('ul', { class: 'ask-examples' }, ...examples), h('p', {}, 'Addresses are text; ', h('code', {}, 'proto_name'), ' and ', h('code', {}, 'dst_service'), ' stand beside the numbers; ', h('code', {}, "where day = '2026-11-20'"), ' reads that day only. Several questions cannot be one, and nothing can be written.'), list('Tables that hold something', ['Table', 'What it has'], rows))
  }
}

function put2(element: HTMLElement, child: Node): HTMLElement {
  put(element, child)
  return element
}

function helping(open: boolean, examples: HTMLElement, words: HTMLElement, table: HTMLElement): HTMLElement {
  const details = h('details', { class: 'part', 'data-testid': 'ask-help' }, h('summary', {}, 'Examples, and all words'), examples, words, table)
  details.open = open
  return details
}

function list(caption: string, heads: string[], rows: (Node | string)[][]): HTMLElement {
  const body = rows.map(row => h('tr', {}, ...row.map(cell => h('td', {}, cell))))
  return h('div', { class: 'scroller', tabindex: 0, role: 'group', 'aria-label': caption }, h('table', {}, h('caption', {}, caption), h('thead', {}, h('tr', {}, ...heads.map(head => h('th', { scope: 'col' }, head)))), h('tbody', {}, ...body)))
}

function select(label: string, id: string, value: string, options: [string, string][], change: (value: string) => void): HTMLElement {
  const made = h('select', { 'data-testid': id, onchange: () => change(made.value) }, ...options.map(([key, words]) => h('option', { value: key }, words)))
  made.value = value
  return h('label', {}, `${label} `, made)
}

function tell(told: Progress, words: HTMLElement, meter: HTMLProgressElement): void {
  if (told.progress === null) meter.removeAttribute('value')
  else meter.value = told.progress
  // read aloud once; the seconds go on silently
  if (!words.querySelector('span')) fill(words, 'Asking… ', h('span', { 'aria-hidden': 'true' }))
  words.querySelector('span')!.textContent = `${told.seconds.toFixed(0)} s`
}
