/** The column beside the link graph: what is new, what a node stands for and is connected with, what was found; and the table. */
import { fill, h, put, untrusted } from './dom.ts'
import { count, counted } from './format.ts'
import { aboutNode } from './linkpicture.ts'
import { link, scroller, sortable } from './tables.ts'
import { reason, ROLES, trace, type Found, type GraphNode, type LinkGraph, type Role } from './trace.ts'

export interface GraphPanelListener {
  why(q: string): void
  open(node: GraphNode): void
  filter(word: string, only: boolean): void
  close(): void
}

const LISTED = 200 // members written at once; the search finds the others
const NEWS = 30
const BUSIEST = 8
const PLURAL: Record<Role, string> = { source: 'Sources', port: 'Ports', target: 'Targets' }

export class GraphPanel {
  readonly element = h('aside', { class: 'panel graph-panel', 'aria-label': 'What is new', 'data-testid': 'panel' })
  private readonly listener: GraphPanelListener

  constructor(listener: GraphPanelListener) {
    this.listener = listener
  }

  showNothing(): void {
    this.head('What is new', false)
    put(this.element, h('p', { class: 'quiet' }, 'Nothing is there to compare.'))
  }

  /** What is new; without that, the busiest of each kind. */
  showWhole(graph: LinkGraph, compared: boolean): void {
    const news = graph.nodes.filter(node => node.new).sort((a, b) => b.count - a.count)
    this.head(compared ? 'What is new' : 'The busiest', false)
    if (compared) put(this.element, news.length ? this.nodes(news.slice(0, NEWS), news.length, true) : h('p', { class: 'quiet' }, 'All of these were there before.'))
    if (compared && news.length) return
    for (const role of ROLES) {
      const mine = graph.nodes.filter(node => node.role === role).sort((a, b) => b.count - a.count)
      if (mine.length) put(this.element, h('h3', {}, PLURAL[role]), this.nodes(mine.slice(0, BUSIEST), mine.length))
    }
  }

  showFound(found: Found[], text: string): void {
    this.head(found.length ? `${count(found.length)} found` : 'Nothing found', false)
    if (!found.length) put(this.element, h('p', {}, 'No source, port or target shown here has ', h('b', {}, untrusted(text.trim(), 80)), ' in its name.'))
    else put(this.element, this.rows(found.slice(0, LISTED).map(one => ({ name: one.name, count: one.count, go: () => this.listener.open(one.node) }))), this.rest(found.length - LISTED))
  }

  /** A node: members with what may be done with each, and the other ends of its paths. */
  showNode(graph: LinkGraph, node: GraphNode): void {
    this.head(node.label, true)
    const folded = node.total_members > 1
    put(this.element, h('p', {}, aboutNode(node), folded ? `: ${reason(node)}` : '', '.'))
    if (folded) put(this.element, h('h3', {}, 'Folded into it'), this.members(node))
    else put(this.element, this.acts(node.role, node.members[0]?.name ?? ''))
    const near = trace(graph, node.id).nodes
    for (const role of ROLES.filter(one => one !== node.role)) {
      const others = [...near].map(([id, n]) => ({ node: graph.nodes[id], n })).filter(one => one.node.role === role).sort((a, b) => b.n - a.n)
      if (!others.length) continue
      put(this.element, h('h3', {}, `${PLURAL[role]}, ${count(others.length)}`), this.rows(others.slice(0, LISTED).map(one => ({ name: one.node.label, count: one.n, new: one.node.new, go: () => this.listener.open(one.node) }))), this.rest(others.length - LISTED))
    }
  }

  private head(title: string, closes: boolean): void {
    this.element.setAttribute('aria-label', title)
    const close = h('button', { type: 'button', class: 'close', 'aria-label': 'Close', onclick: () => this.listener.close() }, '×')
    fill(this.element, h('div', { class: 'panel-head' }, h('h2', {}, untrusted(title, 200)), closes && close))
  }

  private nodes(nodes: GraphNode[], total: number, roles = false): HTMLElement {
    const rows = nodes.map(node => ({ name: node.label, count: node.count, new: node.new, quiet: roles ? node.role : '', go: () => this.listener.open(node) }))
    return h('div', {}, this.rows(rows), this.rest(total - nodes.length))
  }

  private rows(rows: { name: string; count: number; new?: boolean; quiet?: string; go: () => void }[]): HTMLElement {
    return h('ul', { class: 'node-rows' }, ...rows.map(row => h('li', {}, h('span', {}, row.new && h('span', { class: 'new-mark' }, 'new '), link(row.name, `Show ${row.name}`, row.go), row.quiet && h('span', { class: 'quiet small' }, ` ${row.quiet}`)), h('span', { class: 'number' }, count(row.count)))))
  }

  private rest(more: number): HTMLElement | null {
    return more > 0 ? h('p', { class: 'quiet' }, `and ${count(more)} more; the table and the search have them`) : null
  }

  private members(node: GraphNode): HTMLElement {
    const rows = node.members.slice(0, LISTED).map(member =>
      h('li', {}, h('span', {}, untrusted(member.name, 200), ' ', this.small(node.role, member.name)), h('span', { class: 'number' }, count(member.count))),
    )
    const more = node.total_members - rows.length
    const words = more > 0 ? h('p', { class: 'quiet' }, `and ${counted(more, 'more', 'more')}; a filter shows fewer at a time`) : null
    return h('div', {}, h('ul', { class: 'node-rows', 'data-testid': 'members' }, ...rows), words)
  }

  /** Why, and only this: beside each member. */
  private small(role: Role, name: string): HTMLElement {
    const only = role === 'port' ? `port=${name}` : name
    const why = questionOf(role, name)
    return h('span', { class: 'small acts' }, why && h('button', { type: 'button', class: 'link', 'aria-label': `Why ${name}?`, onclick: () => this.listener.why(why) }, 'why'), ' ', canFilter(role, name) && h('button', { type: 'button', class: 'link', 'aria-label': `Only ${name}`, onclick: () => this.listener.filter(only, true) }, 'only'))
  }

  private acts(role: Role, name: string): HTMLElement {
    const word = role === 'port' ? `port=${name}` : name
    const why = questionOf(role, name)
    return h(
      'p',
      { class: 'choices' },
      why && h('button', { type: 'button', onclick: () => this.listener.why(why) }, 'Why?'),
      canFilter(role, name) && h('button', { type: 'button', onclick: () => this.listener.filter(word, true) }, 'Only this'),
      canFilter(role, name) && h('button', { type: 'button', onclick: () => this.listener.filter(word, false) }, 'Without it'),
    )
  }
}

/** What the Why box is asked about a name; null where it knows nothing of such. */
function questionOf(role: Role, name: string): string | null {
  if (role === 'port') return /^[0-9]{1,5}$/.test(name) ? `tcp/${name}` : null
  return /^[0-9.]+$|^[0-9a-f:.]*:[0-9a-f:.]*$/i.test(name) ? name : null
}

// A name that a stranger made up may look like a filter of another kind, or like several.
function canFilter(role: Role, name: string): boolean {
  return role === 'port' ? /^[0-9]{1,5}$/.test(name) : /^[A-Za-z0-9.:_-]{1,253}$/.test(name)
}

/** Every object of the picture, the busiest first. */
export function nodeTable(graph: LinkGraph, open: (node: GraphNode) => void): HTMLElement {
  const rows = [...graph.nodes].sort((a, b) => b.count - a.count || a.id - b.id)
  const table = sortable<GraphNode>(
    `Every object of the picture, ${count(rows.length)}`,
    [
      { name: 'Name', key: row => row.label, cell: row => link(row.label, `Show ${row.label}`, () => open(row)) },
      { name: 'Kind', key: row => row.role, cell: row => row.role },
      { name: 'Requests', key: row => row.count, number: true, cell: row => count(row.count) },
      { name: 'Members', key: row => row.total_members, number: true, cell: row => count(row.total_members) },
      { name: 'Folded for', key: row => reason(row), cell: row => reason(row) },
      ...(graph.compared ? [{ name: 'New', key: (row: GraphNode) => Number(row.new), number: true, cell: (row: GraphNode) => (row.new ? 'new' : '') }] : []),
    ],
    rows,
  )
  return scroller('Objects', table)
}
