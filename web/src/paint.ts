/** Drawing on the two canvases: ground, axes and marks below; outlines, crosshair and box above. */
import { portTicks, timeTicks } from './axis.ts'
import { narrowed, STRIP_HEIGHT, xOf, yOf, type Box, type Frame, type StripName, type View } from './frame.ts'
import type { Pairs, Picture } from './api.ts'
import type { Marks } from './raster.ts'
import { PLANES, type Plane, type Scheme } from './palette.ts'

export const MARGIN = 5 // css px around plot and strips where marks on the edge may reach
const FONT = '12px system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif'

export interface Axes {
  tz: string
  busy: number[]
  names: Map<number, string>
}
export interface Outline {
  box: Box
  seen: Box
  mark: string
  strong: boolean
}

/** Cells of an answer as marks in device px, for the view that shows now. Origin: `MARGIN` outside the plot. */
export function marksOf(
  picture: Picture,
  window: View,
  frame: Frame,
  view: View,
  ratio: number,
  hidden: ReadonlySet<Plane>,
): Marks {
  const marks: Marks = {}
  const originX = frame.plot.x - MARGIN
  const originY = frame.plot.y - MARGIN
  const stepX = (window.to - window.from) / picture.width
  const stepY = (window.high - window.low) / picture.height
  for (const plane of PLANES) {
    const cells = picture.planes[plane]?.cells
    if (!cells || hidden.has(plane)) continue
    const own = (marks[plane] = [] as { x: number; y: number; n: number }[])
    for (let i = 0; i < cells.length; i += 3) {
      const x = xOf(frame, view, window.from + (cells[i] + 0.5) * stepX) - originX
      const y = yOf(frame, view, window.low + (cells[i + 1] + 0.5) * stepY) - originY
      if (inside(x, y, frame)) own.push({ x: x * ratio, y: y * ratio, n: cells[i + 2] })
    }
  }
  return marks
}

function inside(x: number, y: number, frame: Frame): boolean {
  return x >= MARGIN - 1 && y >= MARGIN - 1 && x <= frame.plot.w + MARGIN + 1 && y <= frame.plot.h + MARGIN + 1
}

/** Column and events of each row under the plot, by plane. */
export function stripPairs(picture: Picture): Record<StripName, Pairs> {
  const { port0 = {}, no_port = {}, icmp = [], other = [] } = picture.strips
  return { port0, no_port, icmp: { icmp }, other: { other } }
}

/** The rows under the plot, one point per time cell and plane. */
export function stripMarks(
  picture: Picture,
  window: View,
  frame: Frame,
  view: View,
  ratio: number,
  hidden: ReadonlySet<Plane>,
): Marks {
  const marks: Marks = {}
  if (narrowed(view)) return marks
  const add = (plane: Plane, pairs: number[], top: number) => {
    if (hidden.has(plane)) return
    const own = (marks[plane] ??= [])
    const y = top + STRIP_HEIGHT / 2 - (frame.plot.y - MARGIN)
    const step = (window.to - window.from) / picture.width
    for (let i = 0; i < pairs.length; i += 2) {
      const x = xOf(frame, view, window.from + (pairs[i] + 0.5) * step) - (frame.plot.x - MARGIN)
      if (x >= MARGIN - 1 && x <= frame.plot.w + MARGIN + 1) own.push({ x: x * ratio, y: y * ratio, n: pairs[i + 1] })
    }
  }
  const pairs = stripPairs(picture)
  for (const strip of frame.strips) {
    for (const [plane, found] of Object.entries(pairs[strip.name])) add(plane as Plane, found, strip.y)
  }
  return marks
}

/** Ground, grid lines, labels. A zoom to ports holds nothing of the strips, and they say so. */
export function paintAxes(ctx: CanvasRenderingContext2D, frame: Frame, view: View, scheme: Scheme, axes: Axes): void {
  ctx.fillStyle = scheme.ground
  ctx.fillRect(0, 0, frame.width, frame.height)
  ctx.font = FONT
  ctx.lineWidth = 1
  paintHours(ctx, frame, view, scheme, axes.tz)
  paintPorts(ctx, frame, view, scheme, axes)
  paintStrips(ctx, frame, view, scheme)
  ctx.strokeStyle = scheme.edge
  ctx.strokeRect(frame.plot.x - 0.5, frame.plot.y - 0.5, frame.plot.w + 1, frame.plot.h + 1)
}

function paintHours(ctx: CanvasRenderingContext2D, frame: Frame, view: View, scheme: Scheme, tz: string): void {
  const foot = frame.strips[frame.strips.length - 1].y + STRIP_HEIGHT
  ctx.textBaseline = 'top'
  let free = 0 // x from which a label may begin
  for (const tick of timeTicks(view.from, view.to, tz, frame.plot.w)) {
    const x = Math.round(xOf(frame, view, tick.at)) + 0.5
    ctx.strokeStyle = tick.strong ? scheme.edge : scheme.grid
    line(ctx, x, frame.plot.y, x, foot + 3)
    const half = ctx.measureText(tick.label).width / 2
    const middle = Math.min(x, frame.width - half - 1)
    if (middle - half < free) continue
    ctx.textAlign = 'center'
    ctx.fillStyle = scheme.quiet
    ctx.fillText(tick.label, middle, foot + 7)
    free = middle + half + 6
  }
}

function paintPorts(ctx: CanvasRenderingContext2D, frame: Frame, view: View, scheme: Scheme, axes: Axes): void {
  ctx.textAlign = 'right'
  ctx.textBaseline = 'middle'
  for (const tick of portTicks(view.low, view.high, frame.plot.h, axes.busy, axes.names)) {
    const y = Math.round(frame.plot.y + frame.plot.h - tick.at) + 0.5
    ctx.strokeStyle = scheme.grid
    line(ctx, frame.plot.x, y, frame.plot.x + frame.plot.w, y)
    ctx.fillStyle = scheme.quiet
    const fits = !frame.narrow && ctx.measureText(tick.label).width <= frame.plot.x - 10
    ctx.fillText(fits ? tick.label : String(tick.port), frame.plot.x - 8, y)
  }
}

function paintStrips(ctx: CanvasRenderingContext2D, frame: Frame, view: View, scheme: Scheme): void {
  for (const strip of frame.strips) {
    const y = strip.y + STRIP_HEIGHT / 2
    ctx.strokeStyle = scheme.grid
    line(ctx, frame.plot.x, Math.round(y) + 0.5, frame.plot.x + frame.plot.w, Math.round(y) + 0.5)
    ctx.textAlign = 'right'
    ctx.textBaseline = 'middle'
    ctx.fillStyle = scheme.quiet
    ctx.fillText(strip.label, frame.plot.x - 8, y)
    if (!narrowed(view)) continue
    ctx.textAlign = 'left'
    ctx.fillStyle = scheme.ground
    ctx.fillRect(frame.plot.x, strip.y, ctx.measureText('not in this zoom').width + 8, STRIP_HEIGHT)
    ctx.fillStyle = scheme.quiet
    ctx.fillText('not in this zoom', frame.plot.x + 2, y)
  }
}

function line(ctx: CanvasRenderingContext2D, x0: number, y0: number, x1: number, y1: number): void {
  ctx.beginPath()
  ctx.moveTo(x0, y0)
  ctx.lineTo(x1, y1)
  ctx.stroke()
}

const OUTLINE_AIR = 4 // css px between an outline and the data in it
const TAG = 16 // css px, a number in the margin

/** Dashed boxes with air; their numbers stand in the margin, so no caption covers data. */
export function paintOutlines(ctx: CanvasRenderingContext2D, frame: Frame, scheme: Scheme, outlines: Outline[]): void {
  const taken: { x: number; y: number }[] = []
  ctx.font = `600 ${FONT}`
  for (const outline of outlines) {
    ctx.save()
    ctx.beginPath()
    ctx.rect(frame.plot.x - MARGIN, frame.plot.y - MARGIN, frame.plot.w + 2 * MARGIN, frame.plot.h + 2 * MARGIN)
    ctx.clip()
    const { x, y, w, h } = outline.box
    ctx.strokeStyle = scheme.ink
    ctx.globalAlpha = outline.strong ? 1 : 0.75
    ctx.lineWidth = outline.strong ? 2 : 1
    ctx.setLineDash(outline.strong ? [] : [4, 3])
    ctx.strokeRect(x, y, w, h)
    ctx.restore()
    if (!outline.mark) continue
    const tag = tagAt(frame, outline.seen, taken)
    ctx.fillStyle = outline.strong ? scheme.ink : scheme.quiet
    ctx.textAlign = 'center'
    ctx.textBaseline = 'middle'
    ctx.fillText(outline.mark, tag.x, tag.y)
  }
}

/** Wide boxes are numbered in the right margin, tall ones above; a taken place moves on. */
function tagAt(frame: Frame, box: Box, taken: { x: number; y: number }[]): { x: number; y: number } {
  const { plot } = frame
  const wide = box.w / plot.w > box.h / plot.h && !frame.narrow
  const spot = wide
    ? { x: plot.x + plot.w + TAG, y: Math.max(plot.y + 6, box.y + box.h / 2) }
    : { x: Math.min(plot.x + plot.w - 4, box.x + box.w / 2), y: plot.y - TAG / 2 - 2 }
  while (taken.some(other => Math.abs(other.x - spot.x) < TAG && Math.abs(other.y - spot.y) < TAG)) {
    if (wide) spot.y += TAG
    else spot.x -= TAG
  }
  taken.push(spot)
  return spot
}

const FAR = 10_000 // css px; a zoomed box never needs to reach further out than this

/** The box around a card's evidence and the part of it in sight; null where nothing of it is. */
export function outlineBox(
  frame: Frame,
  view: View,
  card: { from: number; to: number; low: number; high: number },
): { box: Box; seen: Box } | null {
  const { plot } = frame
  const left = xOf(frame, view, card.from) - OUTLINE_AIR
  const right = xOf(frame, view, card.to) + OUTLINE_AIR
  const top = yOf(frame, view, card.high) - OUTLINE_AIR
  const foot = yOf(frame, view, card.low) + OUTLINE_AIR
  const seen = cut({ x: left, y: top, w: right - left, h: foot - top }, plot, OUTLINE_AIR)
  if ((seen.w <= 2 * OUTLINE_AIR - 1 && seen.w < right - left) || seen.h <= OUTLINE_AIR || seen.w <= 0) return null
  return { box: cut({ x: left, y: top, w: right - left, h: foot - top }, plot, FAR), seen }
}

/** The part of a box that lies within `reach` css px of another. */
function cut(box: Box, to: Box, reach: number): Box {
  const left = Math.max(box.x, to.x - reach)
  const top = Math.max(box.y, to.y - reach)
  const right = Math.min(box.x + box.w, to.x + to.w + reach)
  const foot = Math.min(box.y + box.h, to.y + to.h + reach)
  return { x: left, y: top, w: right - left, h: foot - top }
}

export function paintCross(
  ctx: CanvasRenderingContext2D,
  frame: Frame,
  scheme: Scheme,
  at: { x: number; y: number },
): void {
  const foot = frame.strips[frame.strips.length - 1].y + STRIP_HEIGHT
  ctx.strokeStyle = scheme.quiet
  ctx.lineWidth = 1
  ctx.globalAlpha = 0.7
  line(ctx, Math.round(at.x) + 0.5, frame.plot.y, Math.round(at.x) + 0.5, foot)
  line(ctx, frame.plot.x, Math.round(at.y) + 0.5, frame.plot.x + frame.plot.w, Math.round(at.y) + 0.5)
  ctx.globalAlpha = 1
}

export function paintBox(ctx: CanvasRenderingContext2D, scheme: Scheme, box: Box): void {
  ctx.fillStyle = scheme.ink
  ctx.globalAlpha = 0.1
  ctx.fillRect(box.x, box.y, box.w, box.h)
  ctx.globalAlpha = 1
  ctx.strokeStyle = scheme.ink
  ctx.lineWidth = 1
  ctx.strokeRect(Math.round(box.x) + 0.5, Math.round(box.y) + 0.5, box.w, box.h)
}
