/** The two canvases and all that is on them: axes, cells, live points, outlines, crosshair, box. Draws, asks nothing. */
import type { Card, Picture } from './api.ts'
import { h } from './dom.ts'
import {
  frameOf,
  isWhole,
  LOG_TOP,
  narrowed,
  STRIP_HEIGHT,
  xOf,
  yOf,
  type Box,
  type Frame,
  type StripName,
  type View,
} from './frame.ts'
import {
  MARGIN,
  marksOf,
  outlineBox,
  paintAxes,
  paintBox,
  paintCross,
  paintOutlines,
  stripMarks,
  stripPairs,
  type Axes,
} from './paint.ts'
import { PLANES, SCHEMES, type Plane, type Scheme, type SchemeName } from './palette.ts'
import { findingAt, paintFindings, type Overlay } from './overlay.ts'
import type { Rect } from './place.ts'
import { markSize, rasterise } from './raster.ts'

export type LivePoint = [at: number, plane: Plane, port: number | null, n: number]

const LIVE_MAX = 5000 // points kept between two answers; more show with the next answer
const COMMIT_LAG = 15_000 // ms; the store commits every 10 s, so what came earlier is in an answer
const RIM = 6 // css px on both sides of an outline that count as on it
const LARGE = 0.15 // share of the plot from which a box is large
const PIXELS_MAX = 4_000_000 // of one raster; beyond, the ratio is lowered
const STRIP_MARK = 4 // css px

export class Easel {
  readonly canvas = h('canvas', {
    'data-testid': 'fireplot',
    tabindex: 0,
    role: 'application',
    'aria-roledescription': 'picture',
    'aria-describedby': 'fireplot-keys',
  })
  readonly over = h('canvas', { class: 'over', 'aria-hidden': 'true' })
  frame: Frame = frameOf(800, 500)
  bounds: View = { from: 0, to: 1, low: 0, high: LOG_TOP }
  view: View = this.bounds
  tz = 'UTC'
  scheme: SchemeName = 'dark'
  hidden: ReadonlySet<Plane> = new Set()
  axes: Omit<Axes, 'tz'> = { busy: [], names: new Map() }
  cards: Card[] = []
  /** The card under the pointer; without one, the card whose evidence is open. */
  strong: number | null = null
  chosen: number | null = null
  /** Findings with their places; null where there are none, or none are wanted. */
  overlay: Overlay | null = null
  /** The finding under the pointer; without one, the finding that is told. */
  lit: string | null = null
  told: string | null = null
  cross: { x: number; y: number } | null = null
  box: Box | null = null
  /** True while drawing for paper, always in the light scheme. */
  paper = false
  picture: Picture | null = null
  private portless = false
  private ratio = 1
  private bitmap: HTMLCanvasElement | null = null
  private bitmapView: View | null = null
  private live: { point: LivePoint; came: number }[] = []
  private drawing = 0

  /** A new answer, asked at `asked`; live points that the store must hold by then leave, the others stay on top. */
  hang(picture: Picture, asked: number): void {
    this.live = this.live.filter(one => one.came > asked - COMMIT_LAG)
    this.picture = picture
    const portless = Object.values(picture.strips.no_port ?? {}).some(pairs => pairs.length > 0)
    if (portless !== this.portless) {
      this.portless = portless
      this.frame = frameOf(this.frame.width, this.frame.height, portless)
    }
    this.render()
  }

  clear(): void {
    this.picture = this.overlay = null
    this.bitmap = null
    this.live = []
  }

  addLive(points: LivePoint[]): void {
    const inside = points.filter(([at]) => at >= this.view.from && at < this.view.to)
    if (!inside.length) return
    const came = Date.now()
    this.live = [...this.live, ...inside.map(point => ({ point, came }))].slice(-LIVE_MAX)
    this.draw()
  }

  shown(): Plane[] {
    return this.hidden.size ? PLANES.filter(plane => !this.hidden.has(plane)) : []
  }

  zoomed(): boolean {
    return !isWhole(this.view, this.bounds)
  }

  /** New cells, colours or planes: raster and draw soon. */
  render(): void {
    this.rasterise()
    this.draw()
  }

  /** Raster and draw before the next thing happens: a resized canvas is blank, paper does not wait. */
  renderNow(): void {
    this.rasterise()
    this.paint()
  }

  /** Take the size of an element; false when it is hidden or as it was. */
  measure(element: HTMLElement): boolean {
    const width = element.clientWidth
    const height = element.clientHeight
    const known =
      width === this.frame.width && height === this.frame.height && this.canvas.width === Math.round(width * this.ratio)
    if (!width || !height || known) return false
    this.frame = frameOf(width, height, this.portless)
    const wished = window.devicePixelRatio || 1
    this.ratio = Math.min(wished, Math.max(1, Math.sqrt(PIXELS_MAX / (width * height))))
    for (const canvas of [this.canvas, this.over]) {
      canvas.width = Math.round(width * this.ratio)
      canvas.height = Math.round(height * this.ratio)
    }
    return true
  }

  private colours(): Scheme {
    return SCHEMES[this.paper ? 'light' : this.scheme]
  }

  /** The window an answer speaks of. */
  private windowOf(picture: Picture): View {
    return {
      from: Date.parse(picture.from),
      to: Date.parse(picture.to),
      low: Math.log10(Math.max(1, picture.port_min)),
      high: Math.log10(Math.max(2, picture.port_max)),
    }
  }

  private rasterise(): void {
    const { frame, picture, ratio } = this
    if (!picture) return
    const window = this.windowOf(picture)
    const plot = marksOf(picture, window, frame, this.view, ratio, this.hidden)
    const strips = stripMarks(picture, window, frame, this.view, ratio, this.hidden)
    const count = Object.values(plot).reduce((sum, marks) => sum + marks.length, 0)
    const width = Math.round((frame.plot.w + 2 * MARGIN) * ratio)
    const height = Math.round((this.foot() - frame.plot.y + 2 * MARGIN) * ratio)
    const scheme = this.colours()
    const bitmap = document.createElement('canvas')
    bitmap.width = width
    bitmap.height = height
    const ctx = bitmap.getContext('2d') as CanvasRenderingContext2D
    const size = Math.round(markSize(count, frame.plot.w * frame.plot.h) * ratio)
    ctx.putImageData(new ImageData(rasterise(width, height, plot, scheme, size), width, height), 0, 0)
    const rows = document.createElement('canvas')
    rows.width = width
    rows.height = height
    const rowsCtx = rows.getContext('2d') as CanvasRenderingContext2D
    rowsCtx.putImageData(
      new ImageData(rasterise(width, height, strips, scheme, Math.round(STRIP_MARK * ratio)), width, height),
      0,
      0,
    )
    ctx.drawImage(rows, 0, 0)
    this.bitmap = bitmap
    this.bitmapView = { ...this.view }
  }

  /** Lowest css px of the strips. */
  foot(): number {
    return this.frame.strips[this.frame.strips.length - 1].y + STRIP_HEIGHT
  }

  draw(): void {
    if (this.drawing) return
    this.drawing = requestAnimationFrame(() => {
      this.drawing = 0
      this.paint()
    })
  }

  private paint(): void {
    const ctx = this.canvas.getContext('2d')
    const over = this.over.getContext('2d')
    if (!ctx || !over) return
    const scheme = this.colours()
    // Without a zoom there is nothing to pan, and a finger scrolls the page.
    this.canvas.style.touchAction = this.zoomed() ? 'none' : 'pan-y'
    this.canvas.classList.toggle('zoomed', this.zoomed())
    ctx.setTransform(this.ratio, 0, 0, this.ratio, 0, 0)
    over.setTransform(this.ratio, 0, 0, this.ratio, 0, 0)
    over.clearRect(0, 0, this.frame.width, this.frame.height)
    paintAxes(ctx, this.frame, this.view, scheme, { tz: this.tz, ...this.axes })
    this.paintBitmap(ctx)
    this.paintLive(ctx)
    paintOutlines(
      over,
      this.frame,
      scheme,
      this.outlines().map(one => ({
        ...one,
        // numbers are the findings' where there are some
        mark: this.overlay ? '' : String(one.index + 1),
        strong: one.index === (this.strong ?? this.chosen),
      })),
    )
    if (this.overlay) paintFindings(over, this.overlay, this.frame, this.view, scheme, this.lit ?? this.told)
    if (this.cross) paintCross(over, this.frame, scheme, this.cross)
    if (this.box) paintBox(over, scheme, this.box)
  }

  /** The last raster, stretched while the window has moved on and the new answer is under way. */
  private paintBitmap(ctx: CanvasRenderingContext2D): void {
    const { bitmap, bitmapView, frame, view } = this
    if (!bitmap || !bitmapView) return
    const { plot } = frame
    const height = this.foot() - plot.y + 2 * MARGIN
    const still =
      bitmapView.from === view.from &&
      bitmapView.to === view.to &&
      bitmapView.low === view.low &&
      bitmapView.high === view.high
    if (still) {
      ctx.drawImage(bitmap, plot.x - MARGIN, plot.y - MARGIN, plot.w + 2 * MARGIN, height)
      return
    }
    ctx.save()
    ctx.beginPath()
    ctx.rect(plot.x, plot.y, plot.w, plot.h)
    ctx.clip()
    const left = xOf(frame, view, bitmapView.from)
    const right = xOf(frame, view, bitmapView.to)
    const top = yOf(frame, view, bitmapView.high)
    const foot = yOf(frame, view, bitmapView.low)
    const m = MARGIN * this.ratio
    ctx.drawImage(bitmap, m, m, plot.w * this.ratio, plot.h * this.ratio, left, top, right - left, foot - top)
    ctx.restore()
  }

  private paintLive(ctx: CanvasRenderingContext2D): void {
    const { frame, view } = this
    for (const { point } of this.live) {
      const [at, plane, port] = point
      if (this.hidden.has(plane)) continue
      const name = stripOf(plane, port)
      const strip = frame.strips.find(one => one.name === name)
      const log = Math.log10(Math.max(1, port ?? 1))
      if (name ? !strip || narrowed(view) : log < view.low || log > view.high) continue
      const y = strip ? strip.y + STRIP_HEIGHT / 2 : yOf(frame, view, log)
      ctx.fillStyle = this.colours().planes[plane]
      ctx.fillRect(xOf(frame, view, at) - 1, y - 1, 3, 3)
    }
  }

  private outlines(): { index: number; box: Box; seen: Box }[] {
    return this.cards.flatMap((card, index) => {
      if (card.from === null || card.to === null || card.port_min === null) return []
      const span = { from: Date.parse(card.from), to: Date.parse(card.to) }
      const low = Math.log10(Math.max(1, card.port_min))
      const high = Math.log10(Math.max(1, card.port_max ?? card.port_min))
      const boxes = outlineBox(this.frame, this.view, { ...span, low, high })
      return boxes ? [{ index, ...boxes }] : []
    })
  }

  /** The card whose outline is under a point, smallest first; a box over much of the picture answers on its rim only. */
  cardAt(x: number, y: number): number | null {
    const { plot } = this.frame
    const on = this.outlines().filter(({ box }) => {
      const depth = Math.min(x - box.x, box.x + box.w - x, y - box.y, box.y + box.h - y)
      return depth >= -RIM && (depth <= RIM || box.w * box.h < LARGE * plot.w * plot.h)
    })
    on.sort((a, b) => a.box.w * a.box.h - b.box.w * b.box.h)
    return on[0]?.index ?? null
  }

  findingAt(x: number, y: number): string | null {
    return this.overlay && findingAt(this.overlay, this.frame, this.view, x, y)
  }

  /** Events that the picture holds in a rectangle; what is hidden does not count. */
  near(rect: Rect): number {
    const { picture } = this
    if (!picture) return 0
    const window = this.windowOf(picture)
    const column = (at: number) => ((at - window.from) / (window.to - window.from)) * picture.width
    const x0 = column(rect.from) - 1
    const x1 = column(rect.to)
    if (rect.portMin === null || rect.portMin === 0) return stripSum(picture, rect, x0, x1)
    const row = (port: number) => ((Math.log10(port) - window.low) / (window.high - window.low)) * picture.height
    const y0 = row(rect.portMin) - 1
    const y1 = row(rect.portMax ?? rect.portMin)
    let sum = 0
    for (const plane of PLANES) {
      const cells = this.hidden.has(plane) ? [] : (picture.planes[plane]?.cells ?? [])
      for (let i = 0; i < cells.length; i += 3) {
        if (cells[i] >= x0 && cells[i] <= x1 && cells[i + 1] >= y0 && cells[i + 1] <= y1) sum += cells[i + 2]
      }
    }
    return sum
  }
}

/** The row of what has no place on the port axis; null for what has. */
function stripOf(plane: Plane, port: number | null): StripName | null {
  if (plane === 'icmp' || plane === 'other') return plane
  if (port === null) return 'no_port'
  return port === 0 ? 'port0' : null
}

function stripSum(picture: Picture, rect: Rect, x0: number, x1: number): number {
  const all = stripPairs(picture)
  if (rect.portless) return sumWithin(Object.values(all.no_port), x0, x1)
  const rows = rect.portMin === 0 ? Object.values(all.port0) : rect.planes.map(plane => ({ ...all.icmp, ...all.other })[plane])
  return sumWithin(rows, x0, x1)
}

/** Events of columns and their events in turn that lie in x0..x1. */
function sumWithin(rows: readonly (number[] | undefined)[], x0: number, x1: number): number {
  let sum = 0
  for (const pairs of rows) {
    for (let i = 0; pairs && i < pairs.length; i += 2) if (pairs[i] >= x0 && pairs[i] <= x1) sum += pairs[i + 1]
  }
  return sum
}
