/** What is asked, as an address has it, and as the server takes it. Pure. */
import { iso } from '../place.ts'

export const SHOWS = ['records', 'top', 'time'] as const
export type Show = (typeof SHOWS)[number]
export const COUNTS: Record<Show, number> = { records: 100, top: 10, time: 0 }
const SQL_ROWS = 200

export interface Question {
  sql: boolean
  q: string
  table: string
  show: Show
  /** Of groups: one field, or several with commas. */
  fields: string
  value: string
  count: number
  /** Seconds of a bin; 0 leaves it to the server. */
  bin: number
}

export interface Column {
  key: string
  title: string
  form: string
  meaning: string
  filter?: string
}

export type Cell = string | number | boolean | null

export interface Answer {
  show: Show | 'sql'
  table?: string
  sentence: string
  from?: string
  to?: string
  command: string
  columns: Column[]
  rows: Cell[][]
  total: number
  groups?: number
  seconds?: number
  more: boolean
  /** Of flows: what share of those exported was seen. */
  flows_seen?: string
}

export function questionOf(own: Readonly<Record<string, string>>, table: string): Question {
  const show = SHOWS.find(one => one === own.show) ?? 'records'
  const count = /^[0-9]{1,4}$/.test(own.count ?? '') ? Number(own.count) : COUNTS[show]
  return {
    sql: own.mode === 'sql',
    q: own.q ?? '',
    table: own.table || table,
    show,
    fields: own.fields ?? '',
    value: own.value ?? 'records',
    count,
    bin: /^[0-9]{1,8}$/.test(own.bin ?? '') ? Number(own.bin) : 0,
  }
}

/** The words of an address: what is at its default is left out. */
export function ownOf(question: Question): Record<string, string> {
  const { sql, q, table, show, fields, value, count, bin } = question
  if (sql) return { mode: 'sql', q }
  const all: Record<string, string> = { q, table, show }
  if (show === 'top') Object.assign(all, { fields, value: value === 'records' ? '' : value })
  if (show === 'time') Object.assign(all, { bin: bin ? String(bin) : '', value: value === 'records' ? '' : value })
  if (show !== 'time' && count !== COUNTS[show]) all.count = String(count)
  return Object.fromEntries(Object.entries(all).filter(([, text]) => text))
}

/** True where an address asks something: an empty filter over a table is a question too. */
export function asks(own: Readonly<Record<string, string>>): boolean {
  return Boolean(own.show || own.q?.trim())
}

export interface When {
  from: number
  to: number
  day: string | null
}

/** The path and the body of the request. */
export function requestOf(question: Question, when: When, tz: string | null): [string, object] {
  if (question.sql) return ['ask/sql', { q: question.q, rows: SQL_ROWS }]
  const { q, table, show, fields, value, count, bin } = question
  const body = { from: iso(when.from), to: iso(when.to), day: when.day, tz, q, table, show, value }
  return ['ask', { ...body, fields: show === 'top' ? fields : '', count: Math.max(1, count || 1), seconds: show === 'time' && bin ? bin : null }]
}

/** What a value asks `why` about; null where nothing does. */
export function whyOf(column: Column, value: Cell): string | null {
  if (value === null || value === '') return null
  const text = String(value)
  if (column.form === 'address') return text
  if (/^(src|dst)_cc$/.test(column.key)) return /^[A-Z]{2}$/.test(text) ? text : null
  if (/^(src|dst)_as$/.test(column.key)) return Number(text) > 0 ? `AS${text}` : null
  if (/^(src|dst)_port$/.test(column.key)) return Number(text) > 0 ? text : null
  return isAddress(text) ? text : null
}

const V4 = /^(?:[0-9]{1,3}\.){3}[0-9]{1,3}$/
const V6 = /^(?=.*:.*:)[0-9a-f:.]{3,45}$/

function isAddress(text: string): boolean {
  return V4.test(text) || V6.test(text)
}

/** A filter that asks for the records of one group too; null where it cannot be said. */
export function narrowed(q: string, columns: readonly Column[], row: readonly Cell[]): string | null {
  if (/\bor\b/i.test(q) || /^\s*(since|until|before|after|on|day|last|today|yesterday)\b/i.test(q)) return null
  const parts = columns.flatMap((column, at) => (column.filter ? [`${column.filter} ${valued(row[at] ?? null, column)}`] : []))
  if (!parts.length || parts.some(part => part.endsWith(' '))) return null
  return [...parts, q.trim()].filter(Boolean).join(' and ')
}

function valued(value: Cell, column: Column): string {
  if (value === null || value === '') return column.form === 'code' ? 'unknown' : ''
  const text = String(value)
  if (/^[\w.:/-]+$/.test(text) && !text.startsWith('@')) return text
  return text.includes('"') ? (text.includes("'") ? '' : `'${text}'`) : `"${text}"`
}
