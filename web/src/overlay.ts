/** Findings over the picture: outlines that move with it, and the words that the server found free places for. Pure geometry, and their drawing. */
import type { FindingPlace } from './api.ts'
import type { Frame, View } from './frame.ts'
import type { Scheme } from './palette.ts'

export const FINDING_FONT = '12px system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif'
export const FINDING_LINE = 14 // css px of a line of words
const LARGE = 0.15 // share of the plot from which an outline answers on its rim only
const RIM = 5 // css px on both sides of an outline that count as on it
const SAMPLE = 'Slow scan down: 198.51.100.7, 1,234 ports, 1 in 2.8 min'
const AIR = 1.1 // the sample stands for all captions; some have wider letters

/** Places for a picture of a size and a view. */
export interface Overlay {
  places: FindingPlace[]
  view: View
  width: number
  height: number
}

type Point = [number, number]

/** How wide a letter is on average, at most: what the server measures words with. */
export function letterWidth(): number {
  const ctx = document.createElement('canvas').getContext('2d')
  if (!ctx) return FINDING_LINE / 2
  ctx.font = `600 ${FINDING_FONT}`
  return Math.ceil((ctx.measureText(SAMPLE).width / SAMPLE.length) * AIR * 100) / 100
}

/** Whether the picture shows what the places were made for: only then words stand on no data. */
export function isSettled(overlay: Overlay, frame: Frame, view: View): boolean {
  const near = (a: number, b: number, slack: number) => Math.abs(a - b) <= slack
  const { view: own } = overlay
  const size = near(frame.plot.w, overlay.width, 1) && near(frame.plot.h, overlay.height, 1)
  const ports = near(own.low, view.low, 1e-3) && near(own.high, view.high, 1e-3)
  return size && ports && near(own.from, view.from, 1) && near(own.to, view.to, 1)
}

/** Where a point of the asked picture is now. */
export function moved(overlay: Overlay, frame: Frame, view: View, [x, y]: Point): Point {
  const { plot } = frame
  const { view: own } = overlay
  const at = own.from + (x / overlay.width) * (own.to - own.from)
  const log = own.high - (y / overlay.height) * (own.high - own.low)
  return [
    plot.x + ((at - view.from) / (view.to - view.from)) * plot.w,
    plot.y + ((view.high - log) / (view.high - view.low)) * plot.h,
  ]
}

function inside(outline: Point[], x: number, y: number): boolean {
  let odd = false
  outline.forEach(([ax, ay], i) => {
    const [bx, by] = outline[(i + outline.length - 1) % outline.length]
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) odd = !odd
  })
  return odd
}

function fromEdge(outline: Point[], x: number, y: number): number {
  return Math.min(
    ...outline.map(([ax, ay], i) => {
      const [bx, by] = outline[(i + 1) % outline.length]
      const long = (bx - ax) ** 2 + (by - ay) ** 2
      const share = long ? Math.min(1, Math.max(0, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / long)) : 0
      return Math.hypot(ax + share * (bx - ax) - x, ay + share * (by - ay) - y)
    }),
  )
}

export function areaOf(outline: Point[]): number {
  const twice = outline.reduce((sum, [ax, ay], i) => {
    const [bx, by] = outline[(i + 1) % outline.length]
    return sum + ax * by - bx * ay
  }, 0)
  return Math.abs(twice) / 2
}

/** The finding whose words or outline are under a point, the smallest first; one over much of the picture answers on its rim only. */
export function findingAt(overlay: Overlay, frame: Frame, view: View, x: number, y: number): string | null {
  const { plot } = frame
  const settled = isSettled(overlay, frame, view)
  const worded = overlay.places.find(({ box: [left, top, width, height] }) => {
    const [dx, dy] = [x - plot.x - left, y - plot.y - top]
    return settled && dx >= -RIM && dy >= -RIM && dx <= width + RIM && dy <= height + RIM
  })
  if (worded) return worded.id
  if (x < plot.x - RIM || y < plot.y - RIM || x > plot.x + plot.w + RIM || y > plot.y + plot.h + RIM) return null
  const hit = overlay.places
    .map(place => ({ id: place.id, outline: place.outline.map(point => moved(overlay, frame, view, point)) }))
    .map(one => ({ ...one, area: areaOf(one.outline), edge: fromEdge(one.outline, x, y) }))
    .filter(one => one.edge <= RIM || (one.area < LARGE * plot.w * plot.h && inside(one.outline, x, y)))
    .sort((a, b) => a.area - b.area)
  return hit[0]?.id ?? null
}

/** Outlines always; words and the lines to them where the picture has come to rest. */
export function paintFindings(
  ctx: CanvasRenderingContext2D,
  overlay: Overlay,
  frame: Frame,
  view: View,
  scheme: Scheme,
  lit: string | null,
): void {
  const settled = isSettled(overlay, frame, view)
  ctx.save()
  ctx.font = FINDING_FONT
  ctx.textBaseline = 'middle'
  ctx.textAlign = 'left'
  for (const place of overlay.places) {
    const strong = place.id === lit || (lit !== null && place.alike.includes(lit))
    ctx.strokeStyle = scheme.ink
    paintOutline(ctx, overlay, frame, view, place, strong, settled)
    if (settled) paintWords(ctx, frame, scheme, place, strong)
  }
  ctx.restore()
}

const CLIP = 6 // css px beyond the plot that an outline may reach

function paintOutline(
  ctx: CanvasRenderingContext2D,
  overlay: Overlay,
  frame: Frame,
  view: View,
  place: FindingPlace,
  strong: boolean,
  settled: boolean,
): void {
  const { plot } = frame
  ctx.save()
  ctx.beginPath()
  ctx.rect(plot.x - CLIP, plot.y - CLIP, plot.w + 2 * CLIP, plot.h + 2 * CLIP)
  ctx.clip()
  ctx.beginPath()
  place.outline.forEach((point, i) => {
    const [x, y] = moved(overlay, frame, view, point)
    if (i) ctx.lineTo(x, y)
    else ctx.moveTo(x, y)
  })
  ctx.closePath()
  ctx.lineWidth = strong ? 2.5 : 1.2
  ctx.setLineDash(strong ? [] : [5, 3])
  ctx.stroke()
  ctx.restore()
  if (!place.leader || !settled) return
  const [[x0, y0], [x1, y1]] = place.leader
  ctx.lineWidth = 0.8
  ctx.beginPath()
  ctx.moveTo(plot.x + x0, plot.y + y0)
  ctx.lineTo(plot.x + x1, plot.y + y1)
  ctx.stroke()
}

function paintWords(ctx: CanvasRenderingContext2D, frame: Frame, scheme: Scheme, place: FindingPlace, strong: boolean): void {
  const [left, top, width] = place.box
  const number = String(place.number)
  place.words.forEach((words, row) => {
    const y = frame.plot.y + top + (row + 0.5) * FINDING_LINE
    const first = row === 0
    const rest = first ? words.slice(number.length).trimStart() : words
    const wide = ctx.measureText(rest).width + (first ? numberWidth(ctx, number) : 0)
    const x = frame.plot.x + left + (place.is_left ? Math.max(0, width - wide) : 0)
    const indent = first ? paintNumber(ctx, scheme, number, x, y, strong) : 0
    ctx.fillStyle = scheme.ink
    // words are never wider than the place that was found for them
    if (rest) ctx.fillText(rest, x + indent, y, Math.max(1, width - indent))
  })
}

const NUMBER_PAD = 2 // css px beside a number in its frame
const NUMBER_GAP = 4 // css px from the frame to the words

/** Of a number with its frame and the gap behind it. */
function numberWidth(ctx: CanvasRenderingContext2D, number: string): number {
  ctx.font = `600 ${FINDING_FONT}`
  const width = Math.round(ctx.measureText(number).width + 2 * NUMBER_PAD)
  ctx.font = FINDING_FONT
  return width + NUMBER_GAP
}

function paintNumber(ctx: CanvasRenderingContext2D, scheme: Scheme, number: string, x: number, y: number, strong: boolean): number {
  const indent = numberWidth(ctx, number)
  const [left, top, width] = [Math.round(x), Math.round(y) - 7, indent - NUMBER_GAP]
  ctx.fillStyle = strong ? scheme.ink : scheme.ground
  ctx.fillRect(left, top, width, 14)
  ctx.strokeStyle = scheme.ink
  ctx.lineWidth = 1
  ctx.strokeRect(left + 0.5, top + 0.5, width - 1, 13)
  ctx.font = `600 ${FINDING_FONT}`
  ctx.fillStyle = strong ? scheme.ground : scheme.ink
  ctx.fillText(number, left + NUMBER_PAD, y + 0.5)
  ctx.font = FINDING_FONT
  return indent
}
