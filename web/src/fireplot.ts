/** The picture at work: asks for cells, answers to hands and keys. Everything around it is elsewhere. */
import { aborted, ask, filters, within, ApiError, type Card, type Picture } from './api.ts'
import { announcer, h } from './dom.ts'
import { Easel, type LivePoint } from './easel.ts'
import {
  clampView,
  LOG_TOP,
  panView,
  portWindow,
  rectAt,
  rectOfView,
  regionAt,
  timeAt,
  logAt,
  viewOfRect,
  zoomView,
  type View,
} from './frame.ts'
import { listen, type Hands } from './gesture.ts'
import { PLANES, type SchemeName } from './palette.ts'
import { formatRect, type Place, type Rect } from './place.ts'
import type { Sight } from './finds.ts'
import type { Overlay } from './overlay.ts'
import { Tooltip } from './tooltip.ts'

/** What the picture tells the page. */
export interface Listener {
  /** The window rests here now; null is the whole period. */
  settled(view: View | null): void
  pick(rect: Rect): void
  card(index: number | null): void
  openCard(index: number): void
  /** The pointer is on a finding, or on none. */
  finding(id: string | null): void
  openFinding(id: string): void
  answered(picture: Picture): void
  /** The picture has another size, for which nothing was asked. */
  resized(): void
  /** Seconds an answer has been awaited; null when it is here. */
  waiting(seconds: number | null): void
  failed(message: string): void
}

const REST = 140 // ms without movement before the server is asked for the new window
const NEAR = 5 // css px around the pointer that count as under it
const KEY_PAN = 0.12 // share of the window that an arrow key moves
const KEY_ZOOM = 0.7
const CROSS_STEP = 10 // css px
const GROWTH = 0.1 // share by which the size may differ from what was asked

export class Fireplot {
  readonly element: HTMLElement
  private readonly easel = new Easel()
  private readonly voice = announcer()
  private readonly tooltip = new Tooltip(text => this.voice.say(text))
  private readonly listener: Listener
  private place: Place | null = null
  private asked = { width: 0, height: 0 }
  private asking: AbortController | null = null
  private restTimer = 0
  private waitTimer = 0
  private sizeTimer = 0

  /** `wait` is the listener's own line; it stands over the port labels, away from data. */
  constructor(listener: Listener, wait: HTMLElement) {
    this.listener = listener
    this.element = h(
      'div',
      { class: 'picture' },
      this.easel.canvas,
      this.easel.over,
      wait,
      this.tooltip.element,
      this.voice.element,
      h(
        'p',
        { id: 'fireplot-keys', class: 'unseen-text' },
        'Arrows pan, plus and minus zoom, 0 shows all. Shift with arrows moves a crosshair that reads what is there; Enter opens the log lines. t shows the same as a table.',
      ),
    )
    listen(this.easel.canvas, this.hands())
    this.easel.canvas.addEventListener('keydown', event => this.key(event))
    this.easel.canvas.addEventListener('blur', () => this.setCross(null))
    new ResizeObserver(() => this.resize()).observe(this.element)
  }

  /** Show a place; asks the server only for what changed. */
  show(place: Place, period: { from: number; to: number }, tz: string): void {
    const bounds = { ...period, low: 0, high: LOG_TOP }
    const own = place.zoom && formatRect(place.zoom) === formatRect(rectOfView(this.easel.view)) // the zoom that this picture reported itself
    const view = own ? this.easel.view : place.zoom ? viewOfRect(place.zoom, bounds) : bounds
    const before = this.place
    const moved = bounds.from !== this.easel.bounds.from || bounds.to !== this.easel.bounds.to
    const filtered =
      !before || before.src !== place.src || before.dst !== place.dst || before.sensor !== place.sensor || before.action !== place.action
    const fresh = moved || filtered || tz !== this.easel.tz
    this.easel.measure(this.element)
    this.place = place
    this.easel.tz = tz
    this.easel.bounds = bounds
    this.easel.hidden = new Set(place.planes.length ? PLANES.filter(plane => !place.planes.includes(plane)) : [])
    if (fresh) this.easel.clear()
    if (fresh || !this.sameView(view)) {
      this.easel.view = view
      this.load()
    }
    this.easel.render()
  }

  setScheme(scheme: SchemeName): void {
    if (this.easel.scheme === scheme) return
    this.easel.scheme = scheme
    this.easel.render()
  }

  setCards(cards: Card[]): void {
    this.easel.cards = cards
    this.easel.strong = null
    this.easel.draw()
  }

  setAxes(busy: number[], names: Map<number, string>): void {
    this.easel.axes = { busy, names }
    this.easel.draw()
  }

  /** Outline findings; null takes the outlines away. */
  setFindings(overlay: Overlay | null): void {
    this.easel.overlay = overlay
    this.easel.draw()
  }

  lightFinding(id: string | null): void {
    if (this.easel.lit === id) return
    this.easel.lit = id
    this.easel.draw()
  }

  /** The finding that is told stays lit when the pointer leaves. */
  tellFinding(id: string | null): void {
    this.easel.told = id
    this.easel.draw()
  }

  /** What is in sight, and the room around it, in css px. */
  sight(): Omit<Sight, 'query'> {
    const { plot, width } = this.easel.frame
    const size = { width: Math.round(plot.w), height: Math.round(plot.h) }
    return { view: { ...this.easel.view }, ...size, above: Math.floor(plot.y), beside: Math.max(0, Math.floor(width - plot.x - plot.w) - 2) }
  }

  lightUp(card: number | null): void {
    if (this.easel.strong === card) return
    this.easel.strong = card
    this.easel.draw()
  }

  /** The card whose evidence is open stays lit when the pointer leaves. */
  choose(card: number | null): void {
    this.easel.chosen = card
    this.easel.draw()
  }

  focus(): void {
    this.easel.canvas.focus({ preventScroll: true })
  }

  describe(text: string): void {
    this.easel.canvas.setAttribute('aria-label', text)
  }

  addLive(points: LivePoint[]): void {
    this.easel.addLive(points)
  }

  refresh(): void {
    this.load()
  }

  cancel(): void {
    this.asking?.abort()
    this.done()
  }

  zoomBy(factor: number): void {
    this.turn(zoomView(this.easel.view, this.easel.bounds, { x: 0.5, y: 0.5 }, { x: factor, y: factor }))
  }

  reset(): void {
    this.turn(this.easel.bounds)
  }

  /** Draw now, in the light scheme, for paper. */
  print(on: boolean): void {
    this.easel.paper = on
    this.easel.renderNow()
  }

  private sameView(view: View): boolean {
    const near = (a: number, b: number, slack: number) => Math.abs(a - b) <= slack
    return (
      near(view.from, this.easel.view.from, 1) &&
      near(view.to, this.easel.view.to, 1) &&
      near(view.low, this.easel.view.low, 1e-3) &&
      near(view.high, this.easel.view.high, 1e-3)
    )
  }

  private resize(): void {
    if (!this.easel.measure(this.element)) return
    this.easel.renderNow()
    if (!this.place) return
    if (this.outgrown()) this.later()
    else if (this.easel.picture) this.sizeLater()
  }

  /** The cells stay as they are, but words must find their places anew. */
  private sizeLater(): void {
    window.clearTimeout(this.sizeTimer)
    this.sizeTimer = window.setTimeout(() => this.listener.resized(), REST)
  }

  /** A small change of size needs no new answer: its cells are drawn where they belong. */
  private outgrown(): boolean {
    const { w, h } = this.easel.frame.plot
    return Math.abs(w - this.asked.width) > GROWTH * w || Math.abs(h - this.asked.height) > GROWTH * h
  }

  private later(): void {
    window.clearTimeout(this.restTimer)
    this.restTimer = window.setTimeout(() => this.load(), REST)
  }

  private load(): void {
    window.clearTimeout(this.restTimer)
    if (!this.place) return
    this.asking?.abort()
    const asking = (this.asking = new AbortController())
    const began = performance.now()
    window.clearInterval(this.waitTimer)
    this.waitTimer = window.setInterval(
      () => this.listener.waiting(Math.round((performance.now() - began) / 1000)),
      1000,
    )
    void this.fetch(this.place, { ...this.easel.view }, asking)
  }

  private async fetch(place: Place, view: View, asking: AbortController): Promise<void> {
    const ports = portWindow(view)
    const asked = Date.now()
    const span = { from: Math.round(view.from), to: Math.round(view.to) }
    const size = { width: Math.round(this.easel.frame.plot.w), height: Math.round(this.easel.frame.plot.h) }
    this.asked = size
    const query = {
      ...within(span),
      ...size,
      port_min: ports.min,
      port_max: ports.max,
      ...filters(place),
      tz: this.easel.tz,
    }
    try {
      const picture = await ask<Picture>('fireplot', query, asking.signal)
      this.done()
      this.easel.hang(picture, asked)
      this.listener.answered(picture)
    } catch (error) {
      if (aborted(error)) return
      this.done()
      if (!(error instanceof ApiError)) throw error
      this.listener.failed(error.message)
    }
  }

  private done(): void {
    window.clearInterval(this.waitTimer)
    this.listener.waiting(null)
  }

  /** Move the window: show at once what is there, ask when it rests. */
  private turn(view: View): void {
    this.easel.view = clampView(view, this.easel.bounds)
    this.hover(null)
    this.easel.draw()
    window.clearTimeout(this.restTimer)
    this.restTimer = window.setTimeout(() => {
      this.load()
      this.listener.settled(this.easel.zoomed() ? this.easel.view : null)
    }, REST)
  }

  private hands(): Hands {
    return {
      zoomed: () => this.easel.zoomed(),
      zoom: (x, y, factor, only) => this.zoomAt(x, y, factor, only),
      pan: (dx, dy) =>
        this.turn(
          panView(this.easel.view, this.easel.bounds, -dx / this.easel.frame.plot.w, dy / this.easel.frame.plot.h),
        ),
      box: (x0, y0, x1, y1) => this.dragBox(x0, y0, x1, y1),
      boxEnd: keep => this.endBox(keep),
      hover: at => this.hover(at),
      pick: (x, y) => this.pick(x, y),
    }
  }

  /** On an axis only that axis zooms. */
  private zoomAt(x: number, y: number, factor: number, only: 'both' | 'time' | 'ports'): void {
    const { plot } = this.easel.frame
    const region = regionAt(this.easel.frame, x, y)
    const clip = (n: number) => Math.min(1, Math.max(0, n))
    const share = { x: clip((x - plot.x) / plot.w), y: clip((plot.y + plot.h - y) / plot.h) }
    const time = only !== 'ports' && region !== 'ports'
    const ports = only !== 'time' && (region === 'plot' || region === 'ports')
    this.turn(zoomView(this.easel.view, this.easel.bounds, share, { x: time ? factor : 1, y: ports ? factor : 1 }))
  }

  private dragBox(x0: number, y0: number, x1: number, y1: number): void {
    const { plot } = this.easel.frame
    const clipX = (x: number) => Math.min(plot.x + plot.w, Math.max(plot.x, x))
    const clipY = (y: number) => Math.min(plot.y + plot.h, Math.max(plot.y, y))
    const x = Math.min(clipX(x0), clipX(x1))
    const y = Math.min(clipY(y0), clipY(y1))
    this.easel.box = { x, y, w: Math.abs(clipX(x1) - clipX(x0)), h: Math.abs(clipY(y1) - clipY(y0)) }
    this.hover(null)
    this.easel.draw()
  }

  private endBox(keep: boolean): void {
    const box = this.easel.box
    this.easel.box = null
    this.easel.draw()
    if (!keep || !box || box.w < 6 || box.h < 6) return
    this.turn({
      from: timeAt(this.easel.frame, this.easel.view, box.x),
      to: timeAt(this.easel.frame, this.easel.view, box.x + box.w),
      low: logAt(this.easel.frame, this.easel.view, box.y + box.h),
      high: logAt(this.easel.frame, this.easel.view, box.y),
    })
  }

  private hover(at: { x: number; y: number } | null, aloud = false): void {
    const rect =
      at && this.place ? rectAt(this.easel.frame, this.easel.view, at.x, at.y, NEAR, this.easel.shown()) : null
    const finding = at ? this.easel.findingAt(at.x, at.y) : null
    const card = at && !finding ? this.easel.cardAt(at.x, at.y) : null
    this.listener.card(card)
    this.lightUp(card)
    this.listener.finding(finding)
    this.lightFinding(finding)
    if (!at || !rect || !this.place) {
      this.tooltip.hide()
      return
    }
    this.tooltip.show(rect, at, this.easel.frame, this.easel.near(rect), this.place, this.easel.tz, aloud)
  }

  private pick(x: number, y: number): void {
    const finding = this.easel.findingAt(x, y)
    if (finding) {
      this.tooltip.hide()
      this.listener.openFinding(finding)
      return
    }
    const rect = this.place ? rectAt(this.easel.frame, this.easel.view, x, y, NEAR, this.easel.shown()) : null
    if (!rect) return
    this.tooltip.hide()
    const card = this.easel.cardAt(x, y)
    if (card !== null && !this.easel.near(rect)) this.listener.openCard(card)
    else this.listener.pick(rect)
  }

  private setCross(at: { x: number; y: number } | null): void {
    if (!at && !this.easel.cross) return
    this.easel.cross = at
    this.hover(at, true)
    this.easel.draw()
  }

  private moveCross(dx: number, dy: number): void {
    const { plot } = this.easel.frame
    const now = this.easel.cross ?? { x: plot.x + plot.w / 2, y: plot.y + plot.h / 2 }
    const x = Math.min(plot.x + plot.w, Math.max(plot.x, now.x + dx * CROSS_STEP))
    const y = Math.min(this.easel.foot() - 1, Math.max(plot.y, now.y + dy * CROSS_STEP))
    this.setCross({ x, y })
  }

  private key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const arrows: Record<string, [number, number]> = {
      ArrowLeft: [-1, 0],
      ArrowRight: [1, 0],
      ArrowUp: [0, -1],
      ArrowDown: [0, 1],
    }
    const arrow = arrows[event.key]
    if (arrow && event.shiftKey) this.moveCross(...arrow)
    else if (arrow) this.turn(panView(this.easel.view, this.easel.bounds, arrow[0] * KEY_PAN, -arrow[1] * KEY_PAN))
    else if (event.key === 'Enter' && this.easel.cross) this.pick(this.easel.cross.x, this.easel.cross.y)
    else if (event.key === 'Escape' && this.easel.cross) this.setCross(null)
    else if (event.key === '+' || event.key === '=') this.zoomBy(KEY_ZOOM)
    else if (event.key === '-') this.zoomBy(1 / KEY_ZOOM)
    else if (event.key === '0') this.reset()
    else return
    event.preventDefault()
    event.stopPropagation()
  }
}
