/** Where things are on the canvas, and which part of the world shows. Pure geometry in css px. */
import { PORT_TOP } from './axis.ts'
import type { Rect } from './place.ts'
import type { Plane } from './palette.ts'

/** The shown part of the world: epoch ms, and log10 of ports. */
export interface View {
  from: number
  to: number
  low: number
  high: number
}
export interface Box {
  x: number
  y: number
  w: number
  h: number
}
export type StripName = 'port0' | 'no_port' | 'icmp' | 'other'
export interface Strip {
  name: StripName
  label: string
  y: number
}
export interface Frame {
  width: number
  height: number
  plot: Box
  strips: Strip[]
  narrow: boolean
}
export type Region = 'plot' | StripName | 'ports' | 'hours'

export const LOG_TOP = Math.log10(PORT_TOP)
export const STRIP_HEIGHT = 14
const STRIP_GAP = 8 // between the plot and the first strip
const HOURS_HEIGHT = 24
const NARROW = 560 // css px; below, port labels lose their names
const SPAN_MIN = 20_000 // ms; finer than the clocks of the senders agree
const PORTS_MIN = 6 // a window never shows fewer ports than this

const STRIPS: [StripName, string, string][] = [
  ['port0', 'port 0', '0'],
  ['no_port', 'no port', 'none'],
  ['icmp', 'ICMP', 'ICMP'],
  ['other', 'other', 'other'],
]

/** `portless`: with a row for what should have a port and has none, which few logs hold. */
export function frameOf(width: number, height: number, portless = false): Frame {
  const narrow = width < NARROW
  const left = narrow ? 50 : 118
  const right = narrow ? 12 : 26
  const top = 20
  const rows = STRIPS.filter(([name]) => portless || name !== 'no_port')
  const below = STRIP_GAP + rows.length * STRIP_HEIGHT + HOURS_HEIGHT
  const plot = { x: left, y: top, w: Math.max(40, width - left - right), h: Math.max(40, height - top - below) }
  const strips = rows.map(([name, wide, short], i) => ({
    name,
    label: narrow ? short : wide,
    y: plot.y + plot.h + STRIP_GAP + i * STRIP_HEIGHT,
  }))
  return { width, height, plot, strips, narrow }
}

export function xOf(frame: Frame, view: View, at: number): number {
  return frame.plot.x + ((at - view.from) / (view.to - view.from)) * frame.plot.w
}

export function yOf(frame: Frame, view: View, log: number): number {
  return frame.plot.y + frame.plot.h - ((log - view.low) / (view.high - view.low)) * frame.plot.h
}

export function timeAt(frame: Frame, view: View, x: number): number {
  return view.from + ((x - frame.plot.x) / frame.plot.w) * (view.to - view.from)
}

export function logAt(frame: Frame, view: View, y: number): number {
  return view.low + ((frame.plot.y + frame.plot.h - y) / frame.plot.h) * (view.high - view.low)
}

const EDGE = 4 // css px beyond the plot that still count as the plot: marks on the edge reach there

export function regionAt(frame: Frame, x: number, y: number): Region | null {
  const { plot } = frame
  const right = plot.x + plot.w
  if (y > plot.y + plot.h + STRIP_GAP + frame.strips.length * STRIP_HEIGHT) return 'hours'
  if (x < plot.x - EDGE) return y <= plot.y + plot.h ? 'ports' : null
  if (x > right + EDGE) return null
  if (y >= plot.y - EDGE && y <= plot.y + plot.h + EDGE) return 'plot'
  return frame.strips.find(strip => y >= strip.y && y < strip.y + STRIP_HEIGHT)?.name ?? null
}

const NEVER_BELOW = 1 // port 1 is the foot of the axis

/** What lies within `reach` css px of a point: the question behind hover and click. Null outside the picture. */
export function rectAt(
  frame: Frame,
  view: View,
  x: number,
  y: number,
  reach: number,
  shown: readonly Plane[],
): Rect | null {
  const region = regionAt(frame, x, y)
  if (region === null || region === 'ports' || region === 'hours') return null
  if (region !== 'plot' && narrowed(view)) return null
  const from = Math.max(view.from, timeAt(frame, view, x - reach))
  const to = Math.min(view.to, timeAt(frame, view, x + reach))
  if (to <= from) return null
  const span = { from: Math.floor(from), to: Math.ceil(to) }
  const ported = shown.filter(plane => plane !== 'icmp' && plane !== 'other')
  if (region === 'port0') return { ...span, portMin: 0, portMax: 0, planes: ported }
  if (region === 'no_port') return { ...span, portMin: null, portMax: null, portless: true, planes: ported }
  if (region !== 'plot') return { ...span, portMin: null, portMax: null, planes: [region] }
  return { ...span, ...portsAt(frame, view, y, reach), planes: ported }
}

function portsAt(frame: Frame, view: View, y: number, reach: number): { portMin: number; portMax: number } {
  const least = Math.ceil(10 ** logAt(frame, view, y + reach))
  const most = Math.floor(10 ** logAt(frame, view, y - reach))
  if (least <= most)
    return { portMin: Math.max(NEVER_BELOW, least), portMax: Math.min(PORT_TOP, Math.max(most, NEVER_BELOW)) }
  const nearest = Math.min(PORT_TOP, Math.max(NEVER_BELOW, Math.round(10 ** logAt(frame, view, y))))
  return { portMin: nearest, portMax: nearest }
}

/** Ports that the server is asked for: whole numbers that hold the window. */
export function portWindow(view: View): { min: number; max: number } {
  const min = Math.max(NEVER_BELOW, Math.floor(10 ** view.low + 1e-6))
  const max = Math.min(PORT_TOP, Math.ceil(10 ** view.high - 1e-6))
  return { min, max: Math.max(max, min + 1) }
}

/** True where the view leaves ports out; port 0 and what has no port are then left out too. */
export function narrowed(view: View): boolean {
  return view.low > 1e-9 || view.high < LOG_TOP - 1e-9
}

/** The ports of a view as filters; none where it holds all. */
export function portsOf(view: View): { portMin: number | null; portMax: number | null } {
  if (!narrowed(view)) return { portMin: null, portMax: null }
  const ports = portWindow(view)
  return { portMin: ports.min, portMax: ports.max }
}

/** Keep a view inside the period and the ports, and not finer than the data. */
export function clampView(view: View, bounds: View): View {
  const length = Math.min(bounds.to - bounds.from, Math.max(SPAN_MIN, view.to - view.from))
  const from = Math.min(Math.max(view.from, bounds.from), bounds.to - length)
  const middle = 10 ** ((view.low + view.high) / 2)
  const finest = Math.log10(1 + PORTS_MIN / middle)
  const tall = Math.min(LOG_TOP, Math.max(finest, view.high - view.low))
  const low = Math.min(Math.max(view.low, 0), LOG_TOP - tall)
  return { from, to: from + length, low, high: low + tall }
}

/** Zoom around a point of the plot (shares 0..1, port share from below); factors below 1 come nearer. */
export function zoomView(
  view: View,
  bounds: View,
  share: { x: number; y: number },
  factor: { x: number; y: number },
): View {
  const length = (view.to - view.from) * factor.x
  const tall = (view.high - view.low) * factor.y
  const from = view.from + share.x * (view.to - view.from) - share.x * length
  const low = view.low + share.y * (view.high - view.low) - share.y * tall
  return clampView({ from, to: from + length, low, high: low + tall }, bounds)
}

export function panView(view: View, bounds: View, dx: number, dy: number): View {
  const time = dx * (view.to - view.from)
  const log = dy * (view.high - view.low)
  return clampView({ from: view.from + time, to: view.to + time, low: view.low + log, high: view.high + log }, bounds)
}

export function isWhole(view: View, bounds: View): boolean {
  return view.from <= bounds.from && view.to >= bounds.to && !narrowed(view)
}

export function rectOfView(view: View): Rect {
  return { from: Math.round(view.from), to: Math.round(view.to), ...portsOf(view), planes: [] }
}

export function viewOfRect(rect: Rect, bounds: View): View {
  const low = rect.portMin === null ? 0 : Math.log10(Math.max(1, rect.portMin))
  const high = rect.portMax === null ? LOG_TOP : Math.log10(Math.max(2, rect.portMax))
  return clampView({ from: rect.from, to: rect.to, low, high: Math.max(high, low) }, bounds)
}
