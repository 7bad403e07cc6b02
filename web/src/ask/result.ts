/** An answer: what it rests on, its picture, its table, and the command that gives the same. */
import { h, untrusted } from '../dom.ts'
import { bytes, count, counted, percent, stamp } from '../format.ts'
import { commandField } from '../menus.ts'
import { instant } from '../place.ts'
import { scroller, sortable, type Column as Shown } from '../tables.ts'
import { chartOf, numberText } from './chart.ts'
import { narrowed, whyOf, type Answer, type Cell, type Column, type Question } from './question.ts'

export interface Around {
  tz: string
  question: Question
  /** The address of Why for a value. */
  why: (q: string) => string
  /** The address of a narrower question. */
  narrow: (q: string) => string
}

/** A sentence for the head of the page. */
export function headlineOf(answer: Answer): string {
  if (answer.show === 'sql') return `${answer.more ? 'More than ' : ''}${counted(answer.rows.length, 'row')}`
  if (!answer.total) return `No ${answer.sentence}`
  const whole = `${count(answer.total)} ${answer.sentence}`
  return answer.show === 'top' ? `${whole}, in ${counted(answer.groups ?? answer.rows.length, 'group')}` : whole
}

export function resultOf(answer: Answer, around: Around): (HTMLElement | null)[] {
  const command = h('div', { class: 'ask-command' }, commandField(answer.command, 'The command that answers the same', 'Copy the command'))
  if (!answer.rows.length) return [restsOn(answer), nothing(answer), command]
  return [restsOn(answer), chartOf(answer, around.question.value === 'bytes' ? 'octets' : around.question.value, around.tz), tableOf(answer, around), command]
}

function restsOn(answer: Answer): HTMLElement | null {
  return answer.flows_seen ? h('p', { class: 'quiet', 'data-testid': 'ask-seen' }, untrusted(answer.flows_seen, 600), '.') : null
}

function nothing(answer: Answer): HTMLElement {
  const words = answer.show === 'sql' ? 'The SELECT has no rows.' : 'No record of this period fits. Choose another day above, a longer period in the words (since 7d), or fewer conditions.'
  return h('section', { class: 'empty', 'data-testid': 'empty' }, h('h2', {}, 'Nothing fits'), h('p', {}, words))
}

function captionOf(answer: Answer): string {
  const rows = answer.rows.length
  if (answer.show === 'sql') return answer.more ? `The first ${counted(rows, 'row')}` : counted(rows, 'row')
  if (answer.show === 'time') return `${answer.sentence}, by ${count(answer.seconds ?? 0)} s${answer.more ? `; the first ${count(rows)}` : ''}`
  const all = answer.show === 'top' ? (answer.groups ?? rows) : answer.total
  return `${answer.sentence}, ${answer.more ? `the first ${count(rows)} of ${count(all)}` : `all ${count(rows)}`}`
}

function tableOf(answer: Answer, around: Around): HTMLElement {
  const columns: Shown<Cell[]>[] = answer.columns.map((column, at) => ({
    name: column.title,
    key: row => keyOf(row[at] ?? null),
    cell: row => cellOf(column, row[at] ?? null, around),
    number: isNumber(column),
  }))
  if (answer.show === 'top') columns.push({ name: 'Records', key: () => '', cell: row => more(answer, row, around) })
  const caption = captionOf(answer)
  return h('div', { 'data-testid': 'ask-table' }, scroller(caption, sortable(caption, columns, answer.rows)))
}

/** A way to the records of a group. */
function more(answer: Answer, row: Cell[], around: Around): HTMLElement | string {
  const q = narrowed(around.question.q, answer.columns, row)
  return q === null ? '' : h('a', { href: around.narrow(q), title: q }, 'show')
}

function keyOf(value: Cell): string | number {
  return typeof value === 'number' ? value : value === null ? '' : String(value)
}

function isNumber(column: Column): boolean {
  return ['integer', 'share', 'seconds'].includes(column.form)
}

function cellOf(column: Column, value: Cell, around: Around): HTMLElement | string {
  if (value === null || value === '') return '–'
  const q = whyOf(column, value)
  // numbers that name something have no thousands
  const text = q !== null || column.filter ? nameOf(value) : textOf(column, value, around.tz)
  if (q === null && column.form === 'moment') return h('span', { class: 'whole' }, text)
  if (q === null) return typeof value === 'number' ? text : untrusted(text, 300)
  return h('a', { href: around.why(q), class: 'mono', 'aria-label': `Why ${q}?` }, untrusted(text, 300))
}

function textOf(column: Column, value: Exclude<Cell, null>, tz: string): string {
  if (column.form === 'moment') {
    const at = instant(String(value))
    return at === null ? String(value) : stamp(at, tz)
  }
  if (typeof value !== 'number') return nameOf(value)
  if (column.form === 'share') return percent(value)
  if (column.key === 'octets') return bytes(value)
  return numberText(column, value)
}

function nameOf(value: Exclude<Cell, null>): string {
  return value === '--' ? 'home' : String(value)
}
