/** The section Graph: who asked the honeypot for which port of whom, laid out by the server, to be looked into here. */
import { address, ask, within, type Query } from './api.ts'
import { Asking } from './asking.ts'
import { fill, h, hide, put, untrusted } from './dom.ts'
import { noRequests } from './empty.ts'
import { count, counted, percent } from './format.ts'
import './graph.css'
import { GraphPanel, nodeTable } from './graphpanel.ts'
import { LinkPicture } from './linkpicture.ts'
import { commandRow, menu } from './menus.ts'
import { Panel } from './panel.ts'
import { iso, quoted } from './place.ts'
import type { Host, Period, Section, Where } from './section.ts'
import { find, type GraphNode, type LinkGraph } from './trace.ts'

const SMALLEST = { width: 400, height: 300 } // px that the server draws at least
const COARSE = 40 // px by which the window may change before the picture is laid out again
const RESIZED = 250 // ms that the window must rest first
const ENLARGED = 1.25 // letters as large as the page's
const ZOOM = 1.4 // a key's step
const GROUPS = ['', 'alike', 'prefix', 'as', 'country']
const FORMATS: [string, string][] = [
  ['png', 'PNG picture'],
  ['svg', 'SVG drawing'],
  ['html', 'HTML, self-contained'],
  ['csv', 'CSV, nothing folded'],
  ['dot', 'DOT for Graphviz'],
  ['graphml', 'GraphML for Gephi, yEd'],
  ['gdf', 'GDF for Gephi'],
  ['graphson', 'GraphSON for TinkerPop'],
  ['json', 'JSON with all places'],
]

export const section = (host: Host): Section => new GraphView(host)

class GraphView implements Section {
  readonly element: HTMLElement
  readonly answersWhy = true
  readonly keys = {
    t: () => this.host.go({ table: !this.where?.place.table }),
    f: () => this.search.select(),
    c: () => this.toggleCompare(),
    '+': () => this.picture.zoom(null, null, ZOOM),
    '-': () => this.picture.zoom(null, null, 1 / ZOOM),
    '0': () => this.picture.whole(),
  }
  private readonly host: Host
  private readonly headline = h('h1', { 'data-testid': 'headline' })
  private readonly totals = h('span', { class: 'totals' })
  private readonly note = h('span', { class: 'note' })
  private readonly synthetic = h('span', { class: 'synthetic', hidden: true }, 'synthetic sample day')
  private readonly chips = h('div', { class: 'chips', 'data-testid': 'chips' })
  private readonly notice = h('div', { class: 'graph-notice' })
  private readonly answerBox = h('div', { class: 'graph-answer' })
  private readonly table = h('div', { class: 'tables', 'data-testid': 'table', hidden: true })
  private readonly search = h('input', { type: 'search', name: 'find', placeholder: 'Find a name', 'aria-label': 'Find a source, port or target', autocomplete: 'off', spellcheck: 'false', 'data-testid': 'find', oninput: () => this.found() })
  private readonly compareButton = h('button', { type: 'button', 'data-testid': 'compare', onclick: () => this.toggleCompare() }, 'What is new')
  private readonly tableButton = h('button', { type: 'button', 'data-testid': 'table-button', onclick: () => this.keys.t() }, 'Table')
  private readonly side = h('div', { class: 'graph-side' })
  private readonly picture: LinkPicture
  private readonly panel: GraphPanel
  private readonly whyPanel: Panel
  private readonly asking = new Asking()
  private where: Where | null = null
  private graph: LinkGraph | null = null
  private key = ''
  private sideKey = ''
  private answer = ''
  private size = { width: 1000, height: 700 }
  private measured = false
  private resized = 0

  constructor(host: Host) {
    this.host = host
    this.picture = new LinkPicture({ open: node => this.open(node) })
    this.panel = new GraphPanel({
      why: q => host.go({ why: q }),
      open: node => this.open(node, true),
      filter: (word, only) => this.filter(word, only),
      close: () => this.open(null),
    })
    this.whyPanel = new Panel({
      lightUp: () => undefined,
      open: evidence => host.go({ view: 'fireplot', evidence, why: '' }),
      why: q => host.go({ why: q, evidence: null }),
      close: () => host.go({ why: '' }),
      filter: change => host.go({ ...change, view: 'fireplot', zoom: null }),
      zoom: zoom => host.go({ view: 'fireplot', zoom }),
      zoomPort: port => host.go({ view: 'fireplot', why: `${port}` }),
    })
    this.element = this.build()
    new ResizeObserver(() => this.measure()).observe(this.answerBox)
  }

  private build(): HTMLElement {
    const tools = h(
      'div',
      { class: 'tools' },
      this.search,
      this.compareButton,
      menu('Group', (box, close) => fill(box, this.groupForm(close))),
      menu('Filter', (box, close) => fill(box, this.filterForm(close))),
      this.tableButton,
      menu('Download', box => this.downloads(box)),
      h('button', { type: 'button', 'aria-label': 'Help: keys and gestures', onclick: () => this.host.help() }, '?'),
    )
    return h(
      'div',
      { class: 'edge graph-view', 'data-testid': 'graph-view' },
      h('div', { class: 'edge-main' }, h('div', { class: 'head-row' }, this.headline, tools), h('p', { class: 'totals-line' }, this.synthetic, this.totals, this.note), h('div', { class: 'note-row' }, this.chips), this.notice, this.answerBox, this.table),
      this.side,
    )
  }

  title(where: Where): string {
    return where.period?.title ?? ''
  }

  show(where: Where): void {
    this.where = where
    const { place, period, about } = where
    hide(this.synthetic, !about.synthetic)
    this.note.textContent = period?.note ?? ''
    if (!this.headline.textContent) this.headline.textContent = period?.title ?? 'Graph'
    this.tableButton.setAttribute('aria-pressed', String(place.table))
    this.compareButton.setAttribute('aria-pressed', String(this.compares()))
    hide(this.answerBox, place.table)
    hide(this.table, !place.table)
    this.showChips()
    if (!period || !about.tables?.['tunnels']?.last) this.nothing(noRequests(about))
    else this.askGraph()
    this.showSide()
  }

  refresh(): void {
    if (!this.where?.period) return
    this.key = ''
    this.askGraph()
  }

  private compares(): boolean {
    return this.where?.place.own['compare'] !== 'off'
  }

  private words(name: 'only' | 'except'): string[] {
    return (this.where?.place.own[name] ?? '').split(',').map(word => word.trim()).filter(Boolean)
  }

  /** The question, without the size of the picture. */
  private query(): Query {
    const { place, period, tz } = this.where as Where
    return {
      ...within(period as Period),
      tz,
      src: place.src,
      sensor: place.sensor,
      only: this.words('only'),
      except: this.words('except'),
      group_sources: place.own['sources'],
      group_targets: place.own['targets'],
      compare: this.compares() ? 'before' : '',
    }
  }

  private askGraph(): void {
    const query = { ...this.query(), ...this.size, enlarged: ENLARGED }
    const key = JSON.stringify(query)
    if (key === this.key || !(this.measured || this.where?.place.table)) return // behind a table nothing can be measured
    this.key = key
    void this.asking.into(this.notice, 'Laying out the requests…', async signal => {
      this.answered(await ask<LinkGraph>('linkgraph', query, signal), key)
      return []
    })
  }

  private answered(graph: LinkGraph, key: string): void {
    const same = this.graph && this.answer === key && JSON.stringify([this.graph.nodes, this.graph.edges]) === JSON.stringify([graph.nodes, graph.edges])
    if (same) return // what is looked at stays as it is
    this.graph = graph
    this.answer = key
    if (!graph.requests) {
      this.nothing(this.empty())
      return
    }
    fill(this.headline, this.sentence(graph))
    this.totals.textContent = sums(graph)
    if (this.picture.element.parentElement !== this.answerBox) fill(this.answerBox, this.picture.element)
    this.picture.show(graph, `Link graph: ${sums(graph)}`)
    fill(this.table, nodeTable(graph, node => this.open(node, true)))
    this.sideKey = ''
    this.showSide()
    if (this.search.value) this.found()
  }

  /** What is different from the period before, or what there is. */
  private sentence(graph: LinkGraph): string {
    const plain = `${counted(graph.sources, 'source')} asked for ${counted(graph.targets, 'target')} on ${counted(graph.ports, 'port')}`
    if (!this.compares()) return plain
    if (!graph.compared) return `${plain}; there is nothing before to compare with`
    const news = (['source', 'port', 'target'] as const).map(role => ({ role, n: graph.nodes.filter(node => node.new && node.role === role).reduce((sum, node) => sum + node.total_members, 0) })).filter(one => one.n)
    const before = this.where?.period?.day ? 'the day before' : 'the period before'
    if (!news.length) return `Nothing new against ${before}: ${plain}`
    return `New since ${before}: ${news.map(one => counted(one.n, one.role)).join(', ')}`
  }

  private empty(): HTMLElement {
    const { place, about, period } = this.where as Where
    const filtered = [place.src, place.sensor, ...this.words('only'), ...this.words('except')].some(Boolean)
    const clear = filtered ? () => this.host.go({ src: '', sensor: '', own: this.own({ only: null, except: null }) }) : null
    return noRequests(about, { title: period?.title ?? '', clear, latest: period?.latest && period.latest !== period.day ? period.latest : null })
  }

  private nothing(what: HTMLElement): void {
    this.graph = null
    this.headline.textContent = this.where?.period && this.where.about.tables?.['tunnels']?.last ? 'Nobody asked to be connected on' : 'No requests to be connected on are stored'
    this.totals.textContent = ''
    fill(this.table)
    fill(this.answerBox, what)
    this.panel.showNothing()
  }

  private measure(): void {
    window.clearTimeout(this.resized)
    this.resized = window.setTimeout(() => {
      const { clientWidth, clientHeight } = this.answerBox
      if (!clientWidth || !clientHeight) return
      const width = Math.max(SMALLEST.width, Math.floor(clientWidth / COARSE) * COARSE)
      const height = Math.max(SMALLEST.height, Math.round((clientHeight * width) / clientWidth))
      const same = Math.abs(width - this.size.width) < COARSE && Math.abs(height - this.size.height) < COARSE
      if (same && this.measured) return
      this.measured = true
      this.size = { width, height: Math.min(6000, height) }
      if (this.where?.period && this.where.about.tables?.['tunnels']?.last) this.askGraph()
    }, this.measured ? RESIZED : 0)
  }

  private own(change: Record<string, string | null>): Record<string, string> {
    const all = { ...this.where?.place.own, ...change }
    return Object.fromEntries(Object.entries(all).filter((pair): pair is [string, string] => pair[1] !== null && pair[1] !== ''))
  }

  private toggleCompare(): void {
    this.host.go({ own: this.own({ compare: this.compares() ? 'off' : null }) })
  }

  private filter(word: string, only: boolean): void {
    const name = only ? 'only' : 'except'
    this.host.go({ own: this.own({ [name]: [...new Set([...this.words(name), word])].join(','), open: null }), why: '' })
  }

  /** Open a node's evidence beside the picture; in the address by a name in it, since numbers change. */
  private open(node: GraphNode | null, focus = false): void {
    const open = node ? `${node.role} ${node.members[0]?.name ?? node.label}` : null
    this.host.go({ own: this.own({ open }), why: '' })
    if (node && focus && !this.where?.place.table) this.picture.focus(node.id)
  }

  private opened(): GraphNode | null {
    const [role, ...name] = (this.where?.place.own['open'] ?? '').split(' ')
    return this.graph?.nodes.find(node => node.role === role && node.members.some(member => member.name === name.join(' '))) ?? null
  }

  private showSide(): void {
    const { place, tz } = this.where as Where
    const key = place.why ? `why ${place.why}` : `node ${place.own['open'] ?? ''} ${this.search.value}`
    if (key === this.sideKey) return
    this.sideKey = key
    fill(this.side, place.why ? this.whyPanel.element : this.panel.element)
    if (place.why) {
      void this.whyPanel.showWhy(place.why, tz)
      return
    }
    const node = this.opened()
    this.picture.choose(node?.id ?? null)
    if (!this.graph?.requests) this.panel.showNothing()
    else if (node) this.panel.showNode(this.graph, node)
    else if (this.search.value.trim()) this.panel.showFound(find(this.graph, this.search.value), this.search.value)
    else this.panel.showWhole(this.graph, this.compares() && this.graph.compared)
  }

  private found(): void {
    if (!this.graph) return
    const text = this.search.value.trim()
    this.picture.mark(text ? new Set(find(this.graph, text).map(one => one.node.id)) : null)
    if (this.where?.place.own['open'] || this.where?.place.why) this.host.go({ own: this.own({ open: null }), why: '' }, true)
    this.sideKey = ''
    this.showSide()
  }

  private showChips(): void {
    const { place } = this.where as Where
    const chip = (text: string, go: () => void) => h('button', { type: 'button', class: 'chip mono', 'aria-label': `Remove the filter ${text}`, onclick: go }, untrusted(text, 80), h('span', { 'aria-hidden': 'true' }, ' ×'))
    const without = (name: 'only' | 'except', word: string) => () => this.host.go({ own: this.own({ [name]: this.words(name).filter(one => one !== word).join(',') }) })
    fill(
      this.chips,
      place.src && chip(`--src ${quoted(place.src)}`, () => this.host.go({ src: '' })),
      place.sensor && chip(`--only-sensor ${quoted(place.sensor)}`, () => this.host.go({ sensor: '' })),
      ...(['only', 'except'] as const).flatMap(name => this.words(name).map(word => chip(`--${name} ${quoted(word)}`, without(name, word)))),
      ...(['sources', 'targets'] as const).map(name => place.own[name] && chip(`--group-${name} ${quoted(place.own[name])}`, () => this.host.go({ own: this.own({ [name]: null }) }))),
    )
  }

  private groupForm(close: () => void): HTMLElement {
    const own = (this.where as Where).place.own
    const choice = (name: 'sources' | 'targets') => {
      const words = name === 'targets' ? [...GROUPS, 'domain'] : GROUPS
      const select = h('select', { name }, ...words.map(word => h('option', { value: word }, word || 'where room runs out')))
      select.value = own[name] ?? ''
      return select
    }
    const sources = choice('sources')
    const targets = choice('targets')
    const form = h('form', { class: 'filter-form' }, h('label', {}, 'Sources ', h('code', {}, '--group-sources'), sources), h('label', {}, 'Targets ', h('code', {}, '--group-targets'), targets), h('button', { type: 'submit' }, 'Apply'))
    form.addEventListener('submit', event => {
      event.preventDefault()
      close()
      this.host.go({ own: this.own({ sources: sources.value, targets: targets.value }) })
    })
    return form
  }

  private filterForm(close: () => void): HTMLElement {
    const field = (name: 'only' | 'except', example: string) => h('input', { name, value: this.words(name).join(', '), placeholder: example, autocomplete: 'off', spellcheck: 'false' })
    const only = field('only', 'port=25, cc=CN, *.example')
    const except = field('except', '198.51.100.0/24')
    const src = h('input', { name: 'src', value: this.where?.place.src ?? '', placeholder: '203.0.113.0/24', autocomplete: 'off', spellcheck: 'false' })
    const form = h('form', { class: 'filter-form' }, h('label', {}, 'Only ', h('code', {}, '--only'), only), h('label', {}, 'Leave out ', h('code', {}, '--except'), except), h('label', {}, 'Source ', h('code', {}, '--src'), src), h('button', { type: 'submit' }, 'Apply'))
    form.addEventListener('submit', event => {
      event.preventDefault()
      close()
      this.host.go({ src: src.value.trim(), own: this.own({ only: only.value, except: except.value, open: null }) })
    })
    return form
  }

  private downloads(box: HTMLElement): void {
    if (!this.where?.period) {
      fill(box, h('p', {}, 'There is nothing to download.'))
      return
    }
    const { period, scheme } = this.where
    const query = { ...this.query(), scheme }
    const name = `linkgraph-${period.day ?? 'range'}`
    const said = h('span', { role: 'status' })
    fill(box, h('ul', {}, ...FORMATS.map(([suffix, words]) => h('li', {}, h('a', { href: address(`linkgraph.${suffix}`, query), download: `${name}.${suffix}` }, words)))))
    put(box, commandRow('The command that makes it', this.command(`${name}.png`), said), said)
  }

  private command(file: string): string {
    const { period, place, about, scheme } = this.where as Where
    const { from, to, day } = period as Period
    return [
      'varde linkgraph',
      ...(day ? ['--day', day] : ['--since', iso(from), '--until', iso(to)]),
      ...(about.switches ?? []).map(quoted),
      ...(place.src ? ['--src', quoted(place.src)] : []),
      ...(place.sensor ? ['--only-sensor', quoted(place.sensor)] : []),
      ...(['only', 'except'] as const).flatMap(name => this.words(name).flatMap(word => [`--${name}`, quoted(word)])),
      ...(['sources', 'targets'] as const).flatMap(name => (place.own[name] ? [`--group-${name}`, quoted(place.own[name])] : [])),
      ...(this.compares() && this.graph?.compared ? ['--compare', 'before'] : []),
      ...(scheme === 'dark' ? [] : ['--scheme', scheme]),
      '-o',
      file,
    ].join(' ')
  }
}

function sums(graph: LinkGraph): string {
  const { nodes, folded_nodes, folded_members, share_of_requests } = graph.shown
  const parts = `${counted(graph.requests, 'request')}: ${counted(graph.sources, 'source')}, ${counted(graph.ports, 'port')}, ${counted(graph.targets, 'target')}`
  const folded = folded_nodes ? `; ${count(folded_members)} are folded into ${count(folded_nodes)}` : ''
  return `${parts}. ${counted(nodes, 'object')} show ${percent(share_of_requests)}${folded}.`
}
