/** A table that becomes a list of names and values for each row where the window is narrow. */
import { h } from './dom.ts'
import { scroller } from './tables.ts'

export function grid(caption: string, heads: [string, boolean?][], rows: (Node | string)[][]): HTMLElement {
  return scroller(
    caption,
    // roles, because on a narrow screen each row is a list of names and values
    h(
      'table',
      { role: 'table' },
      h('caption', {}, caption),
      h(
        'thead',
        { role: 'rowgroup' },
        h('tr', { role: 'row' }, ...heads.map(([name, number]) => h('th', { scope: 'col', role: 'columnheader', class: number ? 'number' : '' }, name))),
      ),
      h(
        'tbody',
        { role: 'rowgroup' },
        ...rows.map(row => h('tr', { role: 'row' }, ...row.map((cell, i) => valueOf(heads[i], cell)))),
      ),
    ),
  )
}

function valueOf([name, number]: [string, boolean?], cell: Node | string): HTMLElement {
  return h('td', { role: 'cell', class: number ? 'number' : '', 'data-name': name }, h('div', {}, cell))
}
