/** The court: canvases, the paddle's motion, what is under the pointer. Runs only while something moves and somebody looks. */
import { KINDS, type Ball, type Group, type Kind } from './ball.ts'
import { colourOf, coloursOf, frameOf, paintBalls, paintBars, paintEnds, ROW, yOfRow, type Colours, type Frame } from './courtpaint.ts'
import { h } from './dom.ts'
import { Flight, nextHits, radiusOf, spotOf } from './flight.ts'
import { FADE, Ends } from './lanes.ts'
import type { SchemeName } from './palette.ts'

/** What is under the pointer: a ball, a source, or a name that was aimed at. */
export type Hit = { ball: Ball } | { source: string } | { kind: Kind; path: string }

export interface CourtListener {
  /** Called before each frame with the time since the last one, ms; true while there is more to come. */
  beat(elapsed: number, now: number): boolean
  pick(hit: Hit): void
  hover(hit: Hit | null, x: number, y: number): void
}

const MOST = 320 // balls in the air; a narrow screen has room for half
const ENDS_EVERY = 200 // ms between two drawings of the names
const STILL_EVERY = 1000 // ms between two pictures for readers who want nothing to move
const PADDLE = 44 // px, at least
const PADDLE_AHEAD = 70 // ms that it sees coming
const PADDLE_TAU = 70 // ms in which it comes most of the way
const NEAR = 8 // px around a ball that count as on it
const PIXELS_MAX = 3_000_000
const GROUPS: Record<Kind, readonly Group[]> = { logins: ['logins'], firewall: ['tcp', 'udp', 'other'] }

export class CourtView {
  readonly element: HTMLElement
  readonly flight = new Flight(MOST)
  private readonly ends = h('canvas', { class: 'court-names', 'aria-hidden': 'true' })
  private readonly balls = h('canvas', { class: 'court-balls', 'data-testid': 'court', role: 'img', 'aria-describedby': 'court-words' })
  private frame: Frame = frameOf(800, 500)
  private rows: Ends = new Ends(20, ['logins', 'tcp', 'udp', 'other'])
  private groups: readonly Group[] = ['logins', 'tcp', 'udp', 'other']
  private colours: Colours = coloursOf('dark')
  private still = false
  private paddle = { top: 200, bottom: 200 + PADDLE }
  private running = 0
  private last = 0
  private endsAt = 0
  private moved = 0
  private readonly listener: CourtListener

  constructor(listener: CourtListener) {
    this.listener = listener
    this.element = h('div', { class: 'court' }, this.ends, this.balls)
    new ResizeObserver(() => this.measure()).observe(this.element)
    document.addEventListener('visibilitychange', () => this.wake())
    this.balls.addEventListener('pointermove', event => this.point(event))
    this.balls.addEventListener('pointerleave', () => this.listener.hover(null, 0, 0))
    this.balls.addEventListener('click', event => {
      const hit = this.under(event.offsetX, event.offsetY)
      if (hit) this.listener.pick(hit)
    })
  }

  describe(words: string): void {
    this.balls.setAttribute('aria-label', words)
  }

  setScheme(scheme: SchemeName): void {
    this.colours = coloursOf(scheme)
    this.endsAt = 0
    this.wake()
  }

  /** True: nothing flies, bars grow. */
  setStill(still: boolean): void {
    this.still = still
    this.element.dataset['motion'] = still ? 'still' : 'flying'
    this.flight.clear()
    this.clear(this.balls)
    this.wake()
  }

  /** Which kinds are shown; the names begin anew where they change. */
  setKinds(kinds: readonly Kind[]): void {
    const groups = [...KINDS].reverse().filter(kind => kinds.includes(kind)).flatMap(kind => GROUPS[kind])
    if (groups.join() === this.groups.join()) return
    this.groups = groups
    this.reset()
  }

  /** Nothing in the air, no names: the clock was set. */
  reset(): void {
    this.flight.clear()
    this.rows = new Ends(this.frame.rows, this.groups)
    this.endsAt = 0
    this.clear(this.balls)
    this.wake()
  }

  add(balls: readonly Ball[]): void {
    if (!balls.length) return
    if (this.still) for (const ball of balls) this.rows.aim(ball, performance.now())
    else this.flight.add(balls)
    this.wake()
  }

  wake(): void {
    if (this.running || document.hidden) return
    this.last = performance.now()
    this.running = requestAnimationFrame(now => this.beat(now))
  }

  private measure(): void {
    const { clientWidth: width, clientHeight: height } = this.element
    if (!width || !height) return
    const frame = frameOf(width, height)
    const rows = frame.rows !== this.frame.rows
    this.frame = frame
    const ratio = Math.min(window.devicePixelRatio || 1, Math.max(1, Math.sqrt(PIXELS_MAX / (width * height))))
    for (const canvas of [this.ends, this.balls]) {
      canvas.width = Math.round(width * ratio)
      canvas.height = Math.round(height * ratio)
      canvas.getContext('2d')?.setTransform(ratio, 0, 0, ratio, 0, 0)
    }
    this.flight.most = width < 560 ? MOST / 2 : MOST
    if (rows) this.reset()
    this.endsAt = 0
    this.wake()
  }

  private clear(canvas: HTMLCanvasElement): void {
    canvas.getContext('2d')?.clearRect(0, 0, this.frame.width, this.frame.height)
  }

  private beat(now: number): void {
    this.running = 0
    if (!this.element.isConnected || document.hidden) return
    const more = this.listener.beat(now - this.last, now)
    this.last = now
    const aim = (ball: Ball, at: number) => {
      const { source, target } = this.rows.aim(ball, at)
      return { y0: yOfRow(source), y1: yOfRow(target) }
    }
    if (!this.still) this.flight.step(now, aim)
    this.draw(now)
    // names go on fading after the last ball has landed
    if (more || this.flight.busy || now - this.lastUse() < FADE) this.running = requestAnimationFrame(next => this.beat(next))
  }

  private lastUse(): number {
    return Math.max(...[this.rows.sources, ...this.rows.targets.values()].flatMap(lanes => [...lanes.rows, lanes.others].map(lane => lane?.used ?? 0)))
  }

  private draw(now: number): void {
    const ends = this.ends.getContext('2d')
    const balls = this.balls.getContext('2d')
    if (!ends || !balls) return
    if (now - this.endsAt >= (this.still ? STILL_EVERY : ENDS_EVERY)) {
      this.endsAt = now
      paintEnds(ends, this.frame, this.rows, this.colours, now)
      if (this.still) paintBars(balls, this.frame, this.bars(now), this.colours)
    }
    if (this.still) return
    this.move(now)
    paintBalls(balls, this.frame, this.flight.shots, this.paddle, this.colours, now)
  }

  /** The paddle goes where balls come next, as wide as they are apart; its way does not depend on the frame rate. */
  private move(now: number): void {
    const hits = nextHits(this.flight.shots, now, PADDLE_AHEAD)
    const share = 1 - Math.exp(-Math.min(200, now - this.moved) / PADDLE_TAU)
    this.moved = now
    if (!hits) return
    const spare = Math.max(0, PADDLE - (hits.bottom - hits.top)) / 2
    this.paddle.top += (hits.top - spare - 6 - this.paddle.top) * share
    this.paddle.bottom += (hits.bottom + spare + 6 - this.paddle.bottom) * share
  }

  private bars(now: number): { y: number; share: number; accepted: boolean; colour: string }[] {
    const lanes = this.rows.bands.flatMap(band => {
      const mine = this.rows.targets.get(band.group)
      return (mine?.rows ?? []).map((lane, i) => ({ lane, group: band.group, y: yOfRow(band.first + i) }))
    })
    const shown = lanes.filter(({ lane }) => lane && now - lane.used < FADE)
    const most = Math.max(1, ...shown.map(({ lane }) => lane?.count ?? 0))
    return shown.map(({ lane, group, y }) => {
      const accepted = lane?.accepted ?? false
      const sample = { kind: group === 'logins' ? 'logins' : 'firewall', path: lane?.name ?? '', source: null, accepted } as Ball
      return { y, share: Math.sqrt((lane?.count ?? 0) / most), accepted, colour: colourOf(sample, this.colours) }
    })
  }

  private point(event: PointerEvent): void {
    const hit = this.under(event.offsetX, event.offsetY)
    this.balls.classList.toggle('on-something', hit !== null)
    this.listener.hover(hit, event.offsetX, event.offsetY)
  }

  private under(x: number, y: number): Hit | null {
    const now = performance.now()
    let best: { ball: Ball; far: number } | null = null
    for (const shot of this.flight.shots) {
      const spot = spotOf(shot, this.frame, now)
      if (!spot) continue
      const far = Math.hypot(spot.x - x, spot.y - y) - radiusOf(shot.ball)
      if (far < NEAR && (!best || far < best.far)) best = { ball: shot.ball, far }
    }
    return best ? { ball: best.ball } : this.nameUnder(x, y)
  }

  private nameUnder(x: number, y: number): Hit | null {
    const row = Math.round((y - yOfRow(0)) / ROW)
    if (x < this.frame.left) {
      const lane = this.rows.sources.rows[row]
      return lane && lane.name !== 'unknown' ? { source: lane.name } : null
    }
    if (x < this.frame.names[1] - 30) return null
    const band = this.rows.bands.find(one => row >= one.first && row < one.first + one.size)
    const lane = band && this.rows.targets.get(band.group)?.rows[row - band.first]
    return band && lane ? { kind: band.group === 'logins' ? 'logins' : 'firewall', path: lane.name } : null
  }
}
