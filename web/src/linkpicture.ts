/** The link graph as SVG with the server's geometry: hover lights up paths, keys and wheel zoom and walk. Draws, asks nothing. */
import { fill, h } from './dom.ts'
import { count, counted } from './format.ts'
import { listen } from './gesture.ts'
import { ROLES, trace, type Drawing, type GraphNode, type LinkGraph, type Run } from './trace.ts'

const SVG = 'http://www.w3.org/2000/svg'
const ZOOM_MAX = 12
const HALO = 0.25 // of the height of letters, as in the static picture
const STEP = 60 // px that a key pans
const REST = 140 // ms without a move after which the picture is drawn anew at its new size

export interface PictureListener {
  /** A node was chosen; null: the ground was. */
  open(node: GraphNode | null): void
}

type Attributes = Record<string, string | number | null | undefined>

function s(tag: string, attributes: Attributes, ...children: (Node | string)[]): SVGElement {
  const element = document.createElementNS(SVG, tag)
  for (const [name, value] of Object.entries(attributes)) if (value !== null && value !== undefined) element.setAttribute(name, String(value))
  element.append(...children)
  return element
}

export class LinkPicture {
  readonly element: HTMLElement
  /** Both drawings: all of it, and above it, where something is lit, what that is. The first is then faint as a whole, which costs nothing. */
  private readonly stage = h('div', { class: 'graph-stage' })
  private readonly lit = s('svg', { class: 'linkgraph lit', 'aria-hidden': 'true' })
  private litInner = s('g', {})
  private readonly svg = s('svg', { class: 'linkgraph', 'data-testid': 'linkgraph', role: 'group', 'aria-roledescription': 'picture' }) as SVGSVGElement
  private readonly tip = h('div', { class: 'tooltip', role: 'tooltip', hidden: true, 'data-testid': 'tooltip' })
  private inner = s('g', {})
  private graph: LinkGraph | null = null
  private readonly objects = new Map<number, SVGElement>()
  private labels: [number, SVGElement][] = []
  private flows: [string, SVGElement][] = []
  private zoomed = { k: 1, x: 0, y: 0 }
  /** As it was drawn last; the stage is moved and stretched from there until the hands rest. */
  private drawn = { k: 1, x: 0, y: 0 }
  private resting = 0
  private chosen: number | null = null
  private hits: ReadonlySet<number> | null = null
  private shining = ''
  private readonly listener: PictureListener

  constructor(listener: PictureListener) {
    this.listener = listener
    this.element = h('div', { class: 'graph-picture' }, this.tip)
    this.stage.append(this.svg, this.lit)
    this.element.prepend(this.stage)
    listen(this.element, {
      zoomed: () => true,
      zoom: (x, y, factor) => this.zoom(x, y, 1 / factor),
      pan: (dx, dy) => this.pan(dx, dy),
      box: () => undefined,
      boxEnd: () => undefined,
      hover: at => this.hover(at),
      pick: (x, y) => {
        this.tip.hidden = true
        this.listener.open(this.under(x, y))
      },
    })
    this.svg.addEventListener('keydown', event => this.key(event))
    this.svg.addEventListener('focusin', event => this.light(numberOf(event.target)))
    this.svg.addEventListener('focusout', () => this.light(this.chosen))
  }

  show(graph: LinkGraph, words: string): void {
    const focused = this.svg.contains(document.activeElement) ? numberOf(document.activeElement) : null
    this.graph = graph
    for (const svg of [this.svg, this.lit]) svg.setAttribute('viewBox', `0 0 ${graph.width} ${graph.height}`)
    this.svg.setAttribute('aria-label', words)
    this.inner = s('g', {}, ...this.layers(graph.drawing))
    this.litInner = s('g', { 'stroke-width': graph.drawing.line })
    fill(this.svg, this.inner)
    fill(this.lit, this.litInner)
    this.chosen = null
    this.hits = null
    this.place(this.zoomed.k, this.zoomed.x, this.zoomed.y) // who looks closely goes on looking there
    this.settle()
    this.light(null)
    this.stop(graph.nodes[0]?.id ?? null)
    if (focused !== null) this.objects.get(focused)?.focus()
  }

  private layers(drawing: Drawing): SVGElement[] {
    this.flows = drawing.flows.map(flow => [`${flow.from}-${flow.to}`, s('path', { class: `flow fill-${flow.paint}`, 'fill-opacity': flow.opacity, d: flow.d })])
    this.labels = drawing.labels.map(label => [label.node, s('g', {}, ...label.runs.map(run => text(run)))])
    this.objects.clear()
    for (const one of drawing.objects) this.objects.set(one.node, this.object(one, drawing.line))
    return [
      s('g', {}, ...this.flows.map(([, element]) => element)),
      s('g', {}, ...this.objects.values()),
      s('g', { 'stroke-width': drawing.line, 'aria-hidden': 'true' }, ...drawing.marks.map(mark => s('path', { class: mark.paint ? `fill-${mark.paint} line-${mark.rim}` : `hollow line-${mark.rim}`, d: mark.d }))),
      s('g', { 'aria-hidden': 'true', class: 'labels' }, ...this.labels.map(([, element]) => element)),
      s('g', { 'aria-hidden': 'true' }, ...drawing.captions.map(run => text(run))),
    ]
  }

  private object(one: Drawing['objects'][number], line: number): SVGElement {
    const node = this.graph?.nodes[one.node] as GraphNode
    const wide = line * (one.rim === 'new' ? 2.5 : one.hollow ? 1.6 : 1)
    const over = s('path', { class: `fill-${one.paint} line-${one.rim}`, 'fill-opacity': one.hollow ? 0.25 : null, 'stroke-width': wide, d: one.d })
    const under = one.hollow ? [s('path', { class: 'fill-ground', d: one.d })] : []
    return s('g', { class: 'object', 'data-node': one.node, role: 'button', tabindex: -1, 'aria-label': spoken(node) }, ...under, over)
  }

  /** One node is the stop of the tab key; arrows walk on from there. */
  private stop(id: number | null): void {
    for (const [number, element] of this.objects) element.setAttribute('tabindex', number === id ? '0' : '-1')
  }

  /** Light up a node's paths and keep them lit. */
  choose(id: number | null): void {
    this.chosen = id
    this.light(id)
    if (id !== null) this.stop(id)
  }

  focus(id: number): void {
    this.objects.get(id)?.focus()
  }

  /** Show where names were found; null for all as they are. */
  mark(hits: ReadonlySet<number> | null): void {
    this.hits = hits
    this.light(this.chosen)
  }

  private light(id: number | null): void {
    const key = JSON.stringify([id, id === null && this.hits ? [...this.hits] : null, numberOf(document.activeElement)])
    if (key === this.shining) return
    this.shining = key
    const lit = id === null || !this.graph ? null : trace(this.graph, id)
    const dim = lit !== null || this.hits !== null
    const shines = (node: number) => (lit ? lit.nodes.has(node) : (this.hits?.has(node) ?? false))
    this.stage.classList.toggle('dimmed', dim)
    fill(
      this.litInner,
      ...this.flows.filter(([name]) => lit?.edges.has(name)).map(([, element]) => element.cloneNode()),
      ...[...this.objects].filter(([node]) => shines(node)).map(([, element]) => this.cloned(element)),
      ...this.labels.filter(([node]) => shines(node)).map(([, element]) => element.cloneNode(true)),
    )
  }

  private cloned(element: SVGElement): Node {
    const copy = element.cloneNode(true) as SVGElement
    copy.classList.toggle('focused', element === document.activeElement && element.matches(':focus-visible'))
    for (const name of ['tabindex', 'role', 'aria-label']) copy.removeAttribute(name)
    return copy
  }

  private under(x: number, y: number): GraphNode | null {
    const box = this.element.getBoundingClientRect()
    const id = numberOf(document.elementFromPoint(box.left + x, box.top + y))
    return id === null ? null : (this.graph?.nodes[id] ?? null)
  }

  private hover(at: { x: number; y: number } | null): void {
    const node = at && this.under(at.x, at.y)
    this.element.classList.toggle('on-something', Boolean(node))
    this.tip.hidden = !node
    if (!node || !at) {
      this.light(this.chosen)
      return
    }
    this.light(node.id)
    fill(this.tip, h('div', { class: 'tip-head mono' }, node.label), h('div', {}, aboutNode(node)), h('div', { class: 'quiet' }, 'click for more'))
    const { clientWidth, clientHeight } = this.element
    const left = Math.max(0, Math.min(at.x + 14, clientWidth - this.tip.offsetWidth - 4))
    const top = Math.max(0, Math.min(at.y + 14, clientHeight - this.tip.offsetHeight - 4))
    this.tip.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`
  }

  /** Zoom around a place of the element, or around its middle. */
  zoom(x: number | null, y: number | null, factor: number): void {
    const at = this.inPicture(x ?? this.element.clientWidth / 2, y ?? this.element.clientHeight / 2)
    const k = Math.min(ZOOM_MAX, Math.max(1, this.zoomed.k * factor))
    const ratio = k / this.zoomed.k
    this.place(k, at.x - (at.x - this.zoomed.x) * ratio, at.y - (at.y - this.zoomed.y) * ratio)
    if (x === null) this.settle() // a key is one step
  }

  whole(): void {
    this.place(1, 0, 0)
    this.settle()
  }

  private pan(dx: number, dy: number): void {
    const scale = this.scale()
    this.place(this.zoomed.k, this.zoomed.x + dx / scale, this.zoomed.y + dy / scale)
  }

  /** The picture never leaves its frame. While hands move, what is drawn is moved and stretched; it is drawn anew when they rest. */
  private place(k: number, x: number, y: number): void {
    const { width, height } = this.graph ?? { width: 1, height: 1 }
    this.zoomed = { k, x: Math.min(0, Math.max(width * (1 - k), x)), y: Math.min(0, Math.max(height * (1 - k), y)) }
    const { drawn, zoomed } = this
    const scale = this.scale()
    const ratio = k / drawn.k
    const { left, top } = this.corner()
    this.stage.style.transformOrigin = `${left}px ${top}px`
    this.stage.style.transform = `translate(${(zoomed.x - ratio * drawn.x) * scale}px, ${(zoomed.y - ratio * drawn.y) * scale}px) scale(${ratio})`
    window.clearTimeout(this.resting)
    this.resting = window.setTimeout(() => this.settle(), REST)
  }

  private settle(): void {
    window.clearTimeout(this.resting)
    const { k, x, y } = (this.drawn = this.zoomed)
    for (const inner of [this.inner, this.litInner]) inner.setAttribute('transform', `translate(${x.toFixed(1)} ${y.toFixed(1)}) scale(${k.toFixed(3)})`)
    this.stage.style.transform = ''
  }

  /** Pixels of the screen for one of the picture. */
  private scale(): number {
    const { width, height } = this.graph ?? { width: 1, height: 1 }
    return Math.min(this.element.clientWidth / width, this.element.clientHeight / height) || 1
  }

  /** Where the picture begins in its element, px: it stands in the middle. */
  private corner(): { left: number; top: number } {
    const scale = this.scale()
    const { width, height } = this.graph ?? { width: 1, height: 1 }
    return { left: (this.element.clientWidth - width * scale) / 2, top: (this.element.clientHeight - height * scale) / 2 }
  }

  private inPicture(x: number, y: number): { x: number; y: number } {
    const { left, top } = this.corner()
    return { x: (x - left) / this.scale(), y: (y - top) / this.scale() }
  }

  private key(event: KeyboardEvent): void {
    const id = numberOf(event.target)
    const node = id === null ? null : this.graph?.nodes[id]
    const way = WAYS[event.key]
    if (way && event.shiftKey) this.pan(-way[0] * STEP, -way[1] * STEP)
    else if (way && node) this.walk(node, way)
    else if ((event.key === 'Enter' || event.key === ' ') && node) this.listener.open(node)
    else return
    event.preventDefault()
    event.stopPropagation()
  }

  /** Up and down within a column, left and right to the nearest of the next. */
  private walk(node: GraphNode, [dx, dy]: readonly [number, number]): void {
    const nodes = this.graph?.nodes ?? []
    const role = dx ? nextRole(nodes, node, dx) : node.role
    const others = nodes.filter(one => one.role === role && one !== node && (dx || Math.sign(one.y - node.y) === dy))
    const [next] = others.sort((a, b) => Math.abs(a.y - node.y) - Math.abs(b.y - node.y))
    if (!next) return
    this.stop(next.id)
    this.focus(next.id)
  }
}

const WAYS: Record<string, readonly [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }

function nextRole(nodes: readonly GraphNode[], node: GraphNode, dx: number): string {
  const roles = ROLES.filter(role => nodes.some(one => one.role === role))
  return roles[roles.indexOf(node.role) + dx] ?? ''
}

function numberOf(target: EventTarget | null): number | null {
  const found = target instanceof Element ? target.closest('[data-node]')?.getAttribute('data-node') : null
  return found === null || found === undefined ? null : Number(found)
}

/** What a node is, in words: its role, requests, how many it stands for. */
export function aboutNode(node: GraphNode): string {
  const folded = node.total_members > 1 ? `${count(node.total_members)} ${node.role}s` : node.role
  return `${folded}, ${counted(node.count, 'request')}${node.new ? ', new' : ''}`
}

function spoken(node: GraphNode): string {
  return `${node.label}: ${aboutNode(node)}`
}

/** Letters keep the width they were measured with, whatever font there is. */
function text([x, y, size, words, paint, width, rim]: Run): SVGElement {
  const halo = rim ? { 'stroke-width': (size * HALO).toFixed(2), 'paint-order': 'stroke', 'stroke-linejoin': 'round' } : {}
  const measured = { textLength: Math.max(width - 1, 1).toFixed(1), lengthAdjust: 'spacingAndGlyphs' }
  return s('text', { x, y, 'font-size': size, class: `fill-${paint}${rim ? ' line-ground' : ''}`, ...measured, ...halo }, words)
}
