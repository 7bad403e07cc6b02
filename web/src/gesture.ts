/** Pointers and wheels turned into zoom, pan, box, hover and pick; knows nothing about what they act on. */

export interface Hands {
  /** True when there is something to pan to. */
  zoomed(): boolean
  zoom(x: number, y: number, factor: number, only: 'both' | 'time' | 'ports'): void
  pan(dx: number, dy: number): void
  box(x0: number, y0: number, x1: number, y1: number): void
  boxEnd(keep: boolean): void
  hover(at: { x: number; y: number } | null): void
  pick(x: number, y: number): void
}

interface Point {
  x: number
  y: number
}
type Mode = 'press' | 'pan' | 'box' | 'pinch'

const SLACK = 4 // css px a press may move and still be a click
const WHEEL_STEP = 0.0016 // zoom per wheel unit: one notch of 120 is about 20 %
const WHEEL_LINE = 30 // px that a line of wheel movement stands for

export function listen(surface: HTMLElement, hands: Hands): void {
  const points = new Map<number, Point>()
  let start: Point = { x: 0, y: 0 }
  let mode: Mode = 'press'

  const at = (event: PointerEvent | WheelEvent): Point => {
    const box = surface.getBoundingClientRect()
    return { x: event.clientX - box.left, y: event.clientY - box.top }
  }

  surface.addEventListener(
    'wheel',
    event => {
      event.preventDefault()
      const point = at(event)
      const amount = (event.deltaY || event.deltaX) * (event.deltaMode === 1 ? WHEEL_LINE : 1)
      hands.zoom(
        point.x,
        point.y,
        Math.exp(amount * WHEEL_STEP),
        event.shiftKey ? 'time' : event.altKey ? 'ports' : 'both',
      )
    },
    { passive: false },
  )

  surface.addEventListener('pointerdown', event => {
    if (event.pointerType === 'mouse' && event.button !== 0) return
    points.set(event.pointerId, at(event))
    surface.setPointerCapture(event.pointerId)
    if (points.size === 2) {
      if (mode === 'box') hands.boxEnd(false)
      mode = 'pinch'
    } else {
      start = at(event)
      mode = 'press'
    }
  })

  surface.addEventListener('pointermove', event => {
    const now = at(event)
    const before = points.get(event.pointerId)
    if (!before) {
      if (event.pointerType !== 'touch') hands.hover(now)
      return
    }
    if (mode === 'press' && Math.hypot(now.x - start.x, now.y - start.y) > SLACK) mode = dragMode(event, hands)
    if (mode === 'pinch') pinch(points, event.pointerId, now, hands)
    if (mode === 'pan') hands.pan(now.x - before.x, now.y - before.y)
    if (mode === 'box') hands.box(start.x, start.y, now.x, now.y)
    points.set(event.pointerId, now)
  })

  const end = (event: PointerEvent, kept: boolean) => {
    if (!points.delete(event.pointerId)) return
    const point = at(event)
    if (mode === 'box') hands.boxEnd(kept)
    if (mode === 'press' && kept) hands.pick(point.x, point.y)
    if (points.size === 1) start = [...points.values()][0]
    mode = points.size === 1 ? 'pan' : 'press'
  }
  surface.addEventListener('pointerup', event => end(event, true))
  surface.addEventListener('pointercancel', event => end(event, false))
  surface.addEventListener('pointerleave', () => hands.hover(null))
}

/** A finger pans; a mouse pans what is zoomed, and draws a box with Shift or where there is nothing to pan. */
function dragMode(event: PointerEvent, hands: Hands): Mode {
  if (event.pointerType === 'touch') return 'pan'
  return event.shiftKey || !hands.zoomed() ? 'box' : 'pan'
}

function pinch(points: Map<number, Point>, id: number, now: Point, hands: Hands): void {
  const other = [...points].find(([key]) => key !== id)?.[1]
  const before = points.get(id)
  if (!other || !before) return
  const was = Math.hypot(before.x - other.x, before.y - other.y)
  const is = Math.hypot(now.x - other.x, now.y - other.y)
  if (was > 0 && is > 0) hands.zoom((now.x + other.x) / 2, (now.y + other.y) / 2, was / is, 'both')
  hands.pan((now.x - before.x) / 2, (now.y - before.y) / 2)
}
