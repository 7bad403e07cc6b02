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

export function portTable(caption: string, rows: PortRow[], open?: (row: PortRow) => void): HTMLTableElement {
  const port = (row: PortRow) => (row.port === null ? '–' : String(row.port))
  return sortable<PortRow>(
    caption,
    [
      {
        name: 'Port',
        key: row => row.port ?? -1,
        number: true,
        cell: row =>
          open && row.port !== null
            ? link(port(row), `Log lines of ${row.proto} port ${row.port}`, () => open(row))
            : port(row),
      },
      {
        name: 'Service',
        key: row => row.service ?? '',
        cell: row => untrusted(row.service || SERVICES[row.port ?? -1] || '', 40),
      },
      {
        name: 'Protocol',
        key: row => row.plane ?? row.proto,
        cell: row => PLANE_NAMES[row.plane as Plane] ?? row.proto.toUpperCase(),
      },
      { name: 'Probes', key: row => row.events, number: true, cell: row => count(row.events) },
      { name: 'Addresses', key: row => row.sources, number: true, cell: row => count(row.sources) },
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
    { name: 'Country', key: row => row.src_cc ?? '', cell: row => (row.src_cc === '--' ? 'home' : (row.src_cc ?? '')) },
    { name: 'Network', key: row => row.src_as ?? -1, cell: row => untrusted(network(row), 60) },
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

function network(row: SourceRow): string {
  return row.src_as ? `AS${row.src_as}${row.src_as_name ? ` ${row.src_as_name}` : ''}` : ''
}

function link(text: string, label: string, go: () => void): HTMLButtonElement {
  return h('button', { type: 'button', class: 'link mono', 'aria-label': label, onclick: go }, untrusted(text, 60))
}

/** A table that scrolls sideways by itself, so that the page never does. */
export function scroller(label: string, table: HTMLElement): HTMLElement {
  return h('div', { class: 'scroller', tabindex: 0, role: 'group', 'aria-label': label }, table)
}
