/** Draws the court: names at both ends, the wall and its paddle, balls. Draws, decides nothing. */
import { groupOf, isV6, type Ball, type Group } from './ball.ts'
import { radiusOf, spotOf, type Court, type Shot, type Spot } from './flight.ts'
import { FADE, type Ends, type Lane } from './lanes.ts'
import { count } from './format.ts'
import { SERVICES } from './axis.ts'
import { SCHEMES, type SchemeName } from './palette.ts'

export interface Colours {
  ground: string
  ink: string
  quiet: string
  edge: string
  grid: string
  tcp4: string
  tcp6: string
  udp4: string
  udp6: string
  other: string
  failed: string
  accepted: string
}

// Failed and accepted logins as the feed for Logstalgia has them; on a light ground darker.
const LOGINS: Record<SchemeName, { failed: string; accepted: string }> = {
  dark: { failed: '#ff5a4f', accepted: '#ffe14d' },
  light: { failed: '#c8281e', accepted: '#8a1f9c' },
  classic: { failed: '#ff5a4f', accepted: '#ffff00' },
}

export function coloursOf(name: SchemeName): Colours {
  const { ground, ink, quiet, edge, grid, planes } = SCHEMES[name]
  return { ground, ink, quiet, edge, grid, ...LOGINS[name], tcp4: planes.tcp4, tcp6: planes.tcp6, udp4: planes.udp4, udp6: planes.udp6, other: planes.icmp }
}

export const ROW = 18 // css px of a name
const GROUP_NAMES: Record<Group, string> = { logins: 'LOGINS', tcp: 'TCP', udp: 'UDP', other: 'OTHER' }
const MONO = "ui-monospace, 'SF Mono', 'Cascadia Mono', 'DejaVu Sans Mono', monospace"
const NARROW = 560 // css px of a court on a telephone
const COUNTED = 10 // events from which a ball says how many it stands for
const SMALL = "11px system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"
const PAD = 12

export interface Frame extends Court {
  width: number
  height: number
  rows: number
  /** Names end at `names[0]` and begin at `names[1]`. */
  names: [number, number]
}

export function frameOf(width: number, height: number): Frame {
  const narrow = width < NARROW
  const left = narrow ? 108 : width < 900 ? 150 : 210
  const right = narrow ? 104 : width < 900 ? 170 : 230
  const rows = Math.max(12, Math.floor((height - 2 * PAD) / ROW))
  return { width, height, rows, left: left + 10, wall: width - right - 34, right: width - right - 8, names: [left, width - right] }
}

function fontOf(frame: Frame): string {
  return `${frame.width < NARROW ? 11 : 12}px ${MONO}`
}

export function yOfRow(row: number): number {
  return PAD + ROW * (row + 0.5)
}

export function colourOf(ball: Ball, colours: Colours): string {
  if (ball.kind === 'logins') return ball.accepted ? colours.accepted : colours.failed
  const group = groupOf(ball)
  if (group === 'other') return colours.other
  return colours[`${group as 'tcp' | 'udp'}${isV6(ball.source) ? 6 : 4}`]
}

/** A path as people say it: "23 telnet", "ICMP 8/0", a user name. */
export function pathName(kind: Ball['kind'], path: string): string {
  if (kind === 'logins') return path === '' ? '(empty)' : printable(path)
  const [proto, rest] = path.split(':')
  if (rest === undefined || (proto !== 'TCP' && proto !== 'UDP')) return printable(path.replace(':', ' '))
  const service = SERVICES[Number(rest)]
  return service ? `${rest} ${service}` : rest
}

const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/gu

/** What would not show, or would turn the letters around it, is a box; the table spells it out. */
export function printable(text: string): string {
  return text.replace(UNSEEN, '\u25af')
}

export function fitted(ctx: CanvasRenderingContext2D, text: string, room: number): string {
  if (ctx.measureText(text).width <= room) return text
  let low = 0
  let high = Math.min(text.length, 80)
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (ctx.measureText(`${text.slice(0, middle)}…`).width <= room) low = middle
    else high = middle - 1
  }
  return low ? `${text.slice(0, low)}…` : ''
}

function fading(lane: Lane, now: number): number {
  return Math.max(0, Math.min(1, (FADE - (now - lane.used)) / (FADE / 2)))
}

/** Names, titles and the wall: all that moves slowly. */
export function paintEnds(ctx: CanvasRenderingContext2D, frame: Frame, ends: Ends, colours: Colours, now: number): void {
  ctx.clearRect(0, 0, frame.width, frame.height)
  ctx.textBaseline = 'middle'
  ctx.direction = 'ltr'
  sources(ctx, frame, ends, colours, now)
  for (const band of ends.bands) {
    ctx.globalAlpha = 1
    ctx.textAlign = 'left'
    ctx.font = SMALL
    ctx.fillStyle = colours.quiet
    ctx.fillText(GROUP_NAMES[band.group], frame.names[1] + 4, yOfRow(band.first - 1))
    ctx.fillStyle = colours.edge
    ctx.fillRect(frame.names[1] + 4, Math.round(yOfRow(band.first - 1) + ROW / 2) - 0.5, frame.width - frame.names[1] - 12, 1)
    const lanes = ends.targets.get(band.group)
    const kind = band.group === 'logins' ? 'logins' : 'firewall'
    lanes?.rows.forEach((lane, i) => lane && target(ctx, frame, colours, now, lane, pathName(kind, lane.name), yOfRow(band.first + i)))
    if (lanes) target(ctx, frame, colours, now, lanes.others, 'others', yOfRow(band.first + lanes.rows.length))
  }
  ctx.globalAlpha = 1
  wall(ctx, frame, colours)
}

function sources(ctx: CanvasRenderingContext2D, frame: Frame, ends: Ends, colours: Colours, now: number): void {
  ctx.font = fontOf(frame)
  ctx.textAlign = 'right'
  const lanes = [...ends.sources.rows, { ...ends.sources.others, name: 'many others', accepted: false }]
  lanes.forEach((lane, row) => {
    const alpha = lane ? fading(lane, now) : 0
    if (!lane || alpha <= 0) return
    ctx.globalAlpha = alpha
    ctx.fillStyle = lane.accepted ? colours.accepted : colours.ink
    ctx.fillText(fitted(ctx, printable(lane.name), frame.names[0] - 2), frame.names[0], yOfRow(row))
    dot(ctx, frame.names[0] + 8, yOfRow(row), 2, colours.quiet)
  })
}

/** A name and, at the edge, how often it was aimed at. */
function target(ctx: CanvasRenderingContext2D, frame: Frame, colours: Colours, now: number, lane: Lane, words: string, y: number): void {
  const alpha = fading(lane, now)
  if (alpha <= 0) return
  ctx.globalAlpha = alpha
  ctx.textAlign = 'right'
  ctx.font = SMALL
  ctx.fillStyle = colours.quiet
  const sum = count(lane.count)
  const end = frame.width - 8
  ctx.fillText(sum, end, y)
  const room = end - frame.names[1] - 12 - ctx.measureText(sum).width
  ctx.textAlign = 'left'
  ctx.font = fontOf(frame)
  ctx.fillStyle = lane.accepted ? colours.accepted : colours.ink
  ctx.fillText(fitted(ctx, words, room), frame.names[1] + 4, y)
}

function wall(ctx: CanvasRenderingContext2D, frame: Frame, colours: Colours): void {
  ctx.strokeStyle = colours.edge
  ctx.lineWidth = 1
  ctx.setLineDash([2, 6])
  ctx.beginPath()
  ctx.moveTo(frame.wall + 3.5, PAD)
  ctx.lineTo(frame.wall + 3.5, frame.height - PAD)
  ctx.stroke()
  ctx.setLineDash([])
}

function dot(ctx: CanvasRenderingContext2D, x: number, y: number, r: number, colour: string): void {
  ctx.fillStyle = colour
  ctx.beginPath()
  ctx.arc(x, y, r, 0, 2 * Math.PI)
  ctx.fill()
}

/** Balls, flashes and the paddle: all that moves. `paddle` is its top and bottom. */
export function paintBalls(
  ctx: CanvasRenderingContext2D,
  frame: Frame,
  shots: readonly Shot[],
  paddle: { top: number; bottom: number },
  colours: Colours,
  now: number,
): void {
  ctx.clearRect(0, 0, frame.width, frame.height)
  ctx.lineJoin = 'round'
  // who is let in lies on top
  for (const shot of [...shots.filter(one => !one.ball.accepted), ...shots.filter(one => one.ball.accepted)]) {
    const spot = spotOf(shot, frame, now)
    if (spot) ball(ctx, frame, shot, spot, colours, now)
  }
  ctx.globalAlpha = 1
  ctx.fillStyle = colours.ink
  ctx.beginPath()
  ctx.roundRect(frame.wall + 1, paddle.top, 5, paddle.bottom - paddle.top, 2.5)
  ctx.fill()
}

function ball(ctx: CanvasRenderingContext2D, frame: Frame, shot: Shot, spot: Spot, colours: Colours, now: number): void {
  const colour = colourOf(shot.ball, colours)
  const r = radiusOf(shot.ball)
  ctx.globalAlpha = spot.alpha
  if (spot.phase === 'ring') {
    ring(ctx, shot, spot, r, colour, colours)
    return
  }
  if (spot.phase !== 'back') tail(ctx, frame, shot, spot, r, colour, now)
  else flash(ctx, frame, shot, spot, r, colour)
  ctx.globalAlpha = spot.alpha
  shape(ctx, shot.ball, spot.x, spot.y, r, colour, colours)
  if (shot.ball.count >= COUNTED && spot.phase === 'out') {
    ctx.font = SMALL
    ctx.textAlign = 'center'
    ctx.textBaseline = 'bottom'
    ctx.fillStyle = colours.ink
    ctx.fillText(count(shot.ball.count), spot.x, spot.y - r - 2)
  }
}

/** Shape doubles colour: TCP a dot, UDP a ring, IPv6 square, a login a diamond. */
function shape(ctx: CanvasRenderingContext2D, ball: Ball, x: number, y: number, r: number, colour: string, colours: Colours): void {
  ctx.beginPath()
  if (ball.kind === 'logins') {
    const d = r * 1.3
    ctx.moveTo(x, y - d)
    ctx.lineTo(x + d, y)
    ctx.lineTo(x, y + d)
    ctx.lineTo(x - d, y)
    ctx.closePath()
  } else if (isV6(ball.source)) ctx.rect(x - r, y - r, 2 * r, 2 * r)
  else ctx.arc(x, y, r, 0, 2 * Math.PI)
  const hollow = ball.kind === 'firewall' && groupOf(ball) === 'udp'
  ctx.fillStyle = hollow ? colours.ground : colour
  ctx.fill()
  if (hollow) {
    ctx.strokeStyle = colour
    ctx.lineWidth = 2
    ctx.stroke()
  }
  if (!ball.accepted) return
  ctx.strokeStyle = colour
  ctx.lineWidth = 2
  ctx.beginPath()
  ctx.arc(x, y, r + 6, 0, 2 * Math.PI)
  ctx.stroke()
}

const TAIL = 90 // ms of flight that its tail is long

function tail(ctx: CanvasRenderingContext2D, frame: Frame, shot: Shot, spot: Spot, r: number, colour: string, now: number): void {
  const before = spotOf(shot, frame, Math.max(shot.born, now - TAIL * (shot.ball.accepted ? 3 : 1)))
  if (!before) return
  ctx.globalAlpha = spot.alpha * 0.35
  ctx.strokeStyle = colour
  ctx.lineWidth = Math.max(1.5, r)
  ctx.lineCap = 'round'
  ctx.beginPath()
  ctx.moveTo(before.x, before.y)
  ctx.lineTo(spot.x, spot.y)
  ctx.stroke()
}

function flash(ctx: CanvasRenderingContext2D, frame: Frame, shot: Shot, spot: Spot, r: number, colour: string): void {
  if (spot.done > 0.35) return
  ctx.globalAlpha = 1 - spot.done / 0.35
  ctx.strokeStyle = colour
  ctx.lineWidth = 2
  const half = r + 4 + 14 * spot.done
  ctx.beginPath()
  ctx.moveTo(frame.wall + 3.5, shot.y1 - half)
  ctx.lineTo(frame.wall + 3.5, shot.y1 + half)
  ctx.stroke()
}

/** Who was let in: a ring spreads around the name. */
function ring(ctx: CanvasRenderingContext2D, shot: Shot, spot: Spot, r: number, colour: string, colours: Colours): void {
  ctx.strokeStyle = colour
  ctx.lineWidth = 3 * (1 - spot.done) + 1
  for (const late of [0, 0.25]) {
    const done = spot.done - late
    if (done <= 0) continue
    ctx.beginPath()
    ctx.arc(spot.x, spot.y, r + 6 + 46 * done, 0, 2 * Math.PI)
    ctx.stroke()
  }
  ctx.globalAlpha = Math.min(1, 2 * spot.alpha)
  ctx.font = `600 12px ${MONO}`
  const words = `let in: ${pathName('logins', shot.ball.path)}${shot.ball.count > 1 ? ` ×${count(shot.ball.count)}` : ''}`
  const text = fitted(ctx, words, Math.max(60, Math.min(PILL, spot.x - 60)))
  const wide = ctx.measureText(text).width + 16
  const left = spot.x - wide - 14
  ctx.fillStyle = colour
  ctx.beginPath()
  ctx.roundRect(left, spot.y - 11, wide, 22, 11)
  ctx.fill()
  ctx.fillStyle = colours.ground
  ctx.textAlign = 'left'
  ctx.textBaseline = 'middle'
  ctx.fillText(text, left + 8, spot.y)
}

const PILL = 260 // px of the words beside a ring

/** Bars instead of balls, for readers who want nothing to move: how often each name was aimed at. */
export function paintBars(ctx: CanvasRenderingContext2D, frame: Frame, bars: { y: number; share: number; accepted: boolean; colour: string }[], colours: Colours): void {
  ctx.clearRect(0, 0, frame.width, frame.height)
  const room = frame.wall - frame.left
  for (const { y, share, colour } of bars) {
    ctx.globalAlpha = 0.75
    ctx.fillStyle = colour
    ctx.fillRect(frame.wall - room * share, y - ROW / 2 + 4, room * share, ROW - 8)
  }
  ctx.globalAlpha = 1
  ctx.fillStyle = colours.ink
  ctx.fillRect(frame.wall + 1, PAD, 3, frame.height - 2 * PAD)
}
