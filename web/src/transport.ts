/** The controls of the live view's clock: live or replay, play, pace, and a time slider over the curve of the period. */
import { SPEEDS, stepped, type Clock, type Speed } from './clock.ts'
import { coloursOf } from './courtpaint.ts'
import { fill, h, hide, icon } from './dom.ts'
import { clock as clockText, count, DAY_LONG, stamp } from './format.ts'
import type { SchemeName } from './palette.ts'

export interface Curve {
  from: string
  to: string
  probes: number[]
  failed: number[]
  accepted: number[]
}

export interface TransportListener {
  mode(live: boolean): void
  play(): void
  speed(speed: Speed): void
  seek(at: number): void
}

const STEPS = 1000 // of the slider: finer than a mouse can be
const PLAY = 'M7 4l13 8-13 8z'
const PAUSE = 'M6 4h4v16H6z M14 4h4v16h-4z'

export class Transport {
  readonly element: HTMLElement
  private readonly liveButton = h('button', { type: 'button', 'data-testid': 'mode-live', onclick: () => this.listener.mode(true) }, 'Live')
  private readonly pastButton = h('button', { type: 'button', 'data-testid': 'mode-past', onclick: () => this.listener.mode(false) }, 'Replay')
  private readonly playButton = h('button', { type: 'button', class: 'play', 'data-testid': 'play', onclick: () => this.listener.play() })
  private readonly pace = h('select', { 'aria-label': 'Pace', 'data-testid': 'speed', onchange: () => this.listener.speed(Number(this.pace.value) as Speed) })
  private readonly slider = h('input', { type: 'range', min: 0, max: STEPS, step: 1, 'aria-label': 'Time', 'data-testid': 'seek', oninput: () => this.seek() })
  private readonly curve = h('canvas', { class: 'curve', 'aria-hidden': 'true' })
  private readonly time = h('span', { class: 'time mono', 'data-testid': 'replay-time' })
  private readonly past: HTMLElement
  private shown: Curve | null = null
  private scheme: SchemeName = 'dark'
  private readonly clock: Clock
  private readonly listener: TransportListener

  constructor(clock: Clock, listener: TransportListener) {
    this.clock = clock
    this.listener = listener
    fill(this.pace, ...SPEEDS.map(speed => h('option', { value: speed }, `${count(speed)}×`)))
    this.past = h('div', { class: 'past-controls' }, this.playButton, this.pace, h('div', { class: 'seek' }, this.curve, this.slider), this.time)
    const modes = h('div', { class: 'modes', role: 'group', 'aria-label': 'Clock' }, this.liveButton, this.pastButton)
    this.element = h('div', { class: 'transport' }, modes, this.past)
    new ResizeObserver(() => this.paint()).observe(this.curve)
  }

  setCurve(curve: Curve | null): void {
    this.shown = curve
    this.paint()
  }

  /** Say where the clock is. `fresh`: events that arrived while the past was shown. */
  show(live: boolean, fresh: number, tz: string, scheme: SchemeName): void {
    this.liveButton.setAttribute('aria-pressed', String(live))
    this.pastButton.setAttribute('aria-pressed', String(!live))
    const words = !live && fresh ? `Live · ${count(fresh)} new` : 'Live'
    if (this.liveButton.textContent !== words) this.liveButton.textContent = words
    hide(this.past, live)
    const { playing } = this.clock
    if (this.playButton.dataset['playing'] !== String(playing)) {
      this.playButton.dataset['playing'] = String(playing)
      this.playButton.setAttribute('aria-label', playing ? 'Pause' : 'Play')
      fill(this.playButton, icon(playing ? PAUSE : PLAY, true))
    }
    if (this.pace.value !== String(this.clock.speed)) this.pace.value = String(this.clock.speed)
    this.tell(tz)
    if (scheme !== this.scheme) {
      this.scheme = scheme
      this.paint()
    }
  }

  faster(by: 1 | -1): void {
    this.listener.speed(stepped(this.clock.speed, by))
  }

  private tell(tz: string): void {
    const { from, to, at } = this.clock
    const value = String(Math.round(((at - from) / Math.max(1, to - from)) * STEPS))
    if (this.slider.value !== value) this.slider.value = value
    const words = to - from > DAY_LONG ? stamp(at, tz) : clockText(at, tz, true)
    if (this.time.textContent === words) return
    this.time.textContent = words
    this.slider.setAttribute('aria-valuetext', words)
  }

  private seek(): void {
    const { from, to } = this.clock
    this.listener.seek(from + ((to - from) * Number(this.slider.value)) / STEPS)
  }

  /** Probes as an area, failed logins as one below it, a mark for each moment at which somebody was let in. */
  private paint(): void {
    const { clientWidth: width, clientHeight: height } = this.curve
    const ctx = this.curve.getContext('2d')
    if (!ctx || !width || !height) return
    const ratio = window.devicePixelRatio || 1
    this.curve.width = Math.round(width * ratio)
    this.curve.height = Math.round(height * ratio)
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0)
    if (!this.shown) return
    const colours = coloursOf(this.scheme)
    const { probes, failed, accepted } = this.shown
    const half = height / 2
    bars(ctx, probes, width, half, half, -1, colours.udp4)
    bars(ctx, failed, width, half, half, 1, colours.failed)
    ctx.fillStyle = colours.accepted
    accepted.forEach((n, i) => n && ctx.fillRect((i / accepted.length) * width, height - 5, Math.max(2, width / accepted.length), 5))
  }
}

/** Bars from a line up or down, by the root of the count, so that quiet hours are seen beside busy ones. */
function bars(ctx: CanvasRenderingContext2D, counts: number[], width: number, line: number, room: number, way: 1 | -1, colour: string): void {
  const most = Math.max(1, ...counts)
  const wide = width / counts.length
  ctx.globalAlpha = 0.7
  ctx.fillStyle = colour
  counts.forEach((n, i) => {
    const high = Math.sqrt(n / most) * (room - 1)
    if (n) ctx.fillRect(i * wide, way < 0 ? line - high : line, Math.max(1, wide - 0.5), high)
  })
  ctx.globalAlpha = 1
}
