/** Accessible, sortable tables of ports and sources. */
import type { PortRow, SourceRow } from './api.ts'
import { fill, h, put, untrusted } from './dom.ts'
import { count } from './format.ts'
import { PLANE_NAMES, type Plane } from './palette.ts'
import { SERVICES } from './axis.ts'

export interface Column<Row> {
  name: string
  /** What the column sorts by; numbers begin with the largest. */
  key: (row: Row) => number | string
  cell: (row: Row) => Node | string
  number?: boolean
}

export function sortable<Row>(caption: string, columns: Column<Row>[], rows: Row[]): HTMLTableElement {
  const body = h('tbody')
  const table = h('table', { class: 'sortable' }, h('caption', {}, caption))
  const heads = columns.map(column => h('th', { scope: 'col', class: column.number ? 'number' : '' }))
  let sorted = -1
  let down = true
  const show = (index: number) => {
    const column = columns[index]
    down = index === sorted ? !down : Boolean(column.number)
    sorted = index
    const order = [...rows].sort((a, b) => compare(column.key(a), column.key(b)) * (down ? -1 : 1))
    fill(
      body,
      ...order.map(row =>
        h('tr', {}, ...columns.map(one => h('td', { class: one.number ? 'number' : '' }, one.cell(row)))),
      ),
    )
    heads.forEach((head, i) => {
      if (i === sorted) head.setAttribute('aria-sort', down ? 'descending' : 'ascending')
      else head.removeAttribute('aria-sort')
    })
  }
  columns.forEach((column, i) => put(heads[i], h('button', { type: 'button', onclick: () => show(i) }, column.name)))
  put(table, h('thead', {}, h('tr', {}, ...heads)), body)
  // Rows come in the server's order, most events first.
  fill(
    body,
    ...rows.map(row =>
      h('tr', {}, ...columns.map(one => h('td', { class: one.number ? 'number' : '' }, one.cell(row)))),
    ),
  )
  return table
}

function compare(a: number | string, b: number | string): number {
  return typeof a === 'number' && typeof b === 'number'
    ? a - b
    : String(a).localeCompare(String(b), 'en', { numeric: true })
}

/** `open` makes links of the ports; `compact` is for the column beside the picture. */
export interface PortTable {
  open?: (row: PortRow) => void
  compact?: boolean
  /** All from one address, which needs no counting. */
  one?: boolean
}

export function portTable(caption: string, rows: PortRow[], { open, compact, one }: PortTable = {}): HTMLTableElement {
  const text = (row: PortRow) => (row.port === null ? '–' : String(row.port))
  const named = (row: PortRow) => row.service || SERVICES[row.port ?? -1] || ''
  const cell = (row: PortRow) =>
    open && row.port !== null ? link(text(row), `${row.proto} port ${row.port}`, () => open(row)) : text(row)
  const port: Column<PortRow> = { name: 'Port', key: row => row.port ?? -1, number: true, cell }
  const service: Column<PortRow> = { name: 'Service', key: named, cell: row => untrusted(named(row), 40) }
  const from: Column<PortRow> = {
    name: compact ? 'From' : 'Addresses',
    key: row => row.sources,
    number: true,
    cell: row => count(row.sources),
  }
  const both = (row: PortRow) => h('span', {}, cell(row), ' ', h('span', { class: 'quiet' }, untrusted(named(row), 40)))
  return sortable<PortRow>(
    caption,
    [
      ...(compact ? [{ ...port, number: false, cell: both }] : [port, service]),
      {
        name: 'Protocol',
        key: row => row.plane ?? row.proto,
        cell: row => PLANE_NAMES[row.plane as Plane] ?? row.proto.toUpperCase(),
      },
      { name: 'Probes', key: row => row.events, number: true, cell: row => count(row.events) },
      ...(one ? [] : [from]),
    ],
    rows,
  )
}

/** Sources for the column beside the picture: where each is stands under its address. */
export function sourceList(caption: string, rows: SourceRow[], why: (address: string) => void): HTMLTableElement {
  const place = (row: SourceRow) => [country(row), network(row)].filter(Boolean).join(' ')
  const cell = (row: SourceRow) =>
    h(
      'span',
      {},
      link(row.src_addr, `Why ${row.src_addr}?`, () => why(row.src_addr)),
      h('span', { class: 'quiet line small' }, untrusted(place(row), 80)),
    )
  return sortable<SourceRow>(
    caption,
    [
      { name: 'Address', key: row => row.src_addr, cell },
      { name: 'Probes', key: row => row.events, number: true, cell: row => count(row.events) },
    ],
    rows,
  )
}

export function sourceTable(
  caption: string,
  rows: SourceRow[],
  why: (address: string) => void,
  time: (text: string) => string,
): HTMLTableElement {
  const columns: Column<SourceRow>[] = [
    {
      name: 'Address',
      key: row => row.src_addr,
      cell: row => link(row.src_addr, `Why ${row.src_addr}?`, () => why(row.src_addr)),
    },
    { name: 'Country', key: row => row.src_cc ?? '', cell: row => country(row) },
    { name: 'Network', key: row => row.src_as ?? -1, cell: row => h('span', { class: 'network' }, untrusted(network(row), 60)) },
    { name: 'Probes', key: row => row.events, number: true, cell: row => count(row.events) },
  ]
  if (rows.some(row => row.ports !== undefined))
    columns.push({ name: 'Ports', key: row => row.ports ?? 0, number: true, cell: row => count(row.ports ?? 0) })
  if (rows.some(row => row.first))
    columns.push({ name: 'First', key: row => row.first ?? '', cell: row => (row.first ? time(row.first) : '') })
  if (rows.some(row => row.last))
    columns.push({ name: 'Last', key: row => row.last ?? '', cell: row => (row.last ? time(row.last) : '') })
  return sortable(caption, columns, rows)
}

function country(row: SourceRow): string {
  return row.src_cc === '--' ? 'home' : (row.src_cc ?? '')
}

function network(row: SourceRow): string {
  return row.src_as ? `AS${row.src_as}${row.src_as_name ? ` ${row.src_as_name}` : ''}` : ''
}

export function link(text: string, label: string, go: () => void): HTMLButtonElement {
  return h('button', { type: 'button', class: 'link mono', 'aria-label': label, onclick: go }, untrusted(text, 60))
}

/** A table that scrolls sideways by itself, so that the page never does. */
export function scroller(label: string, table: HTMLElement): HTMLElement {
  return h('div', { class: 'scroller', tabindex: 0, role: 'group', 'aria-label': label }, table)
}
