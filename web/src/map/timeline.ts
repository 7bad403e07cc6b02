/** Bars of the period below the map: drag or keys pick a part of it, play walks through it. */
import { amount } from '../mapping.ts'
import { fill, h, hide, icon, shape } from '../dom.ts'
import { DAY_LONG, stamp, clock } from '../format.ts'
import { moved, next, partAt, stretched, type Part, type Picked } from './span.ts'

const HEIGHT = 40 // css px of the bars
const PAUSE = 900 // ms that a part stays while playing, besides what its answer takes
const PLAY = 'M7 4l13 8-13 8z'
const PAUSED = 'M6 4h4v16H6z M14 4h4v16h-4z'
const still = matchMedia('(prefers-reduced-motion: reduce)')

export interface Curve {
  table: string
  by: string
  values: number[]
}

export class Timeline {
  readonly element: HTMLElement
  private readonly bars = h('div', { class: 'map-bars', role: 'slider', tabindex: 0, 'aria-label': 'Part of the period', 'data-testid': 'map-time', 'aria-valuemin': 0 })
  private readonly words = h('span', { class: 'map-part', 'data-testid': 'map-part' })
  private readonly play = h('button', { type: 'button', 'data-testid': 'map-play', onclick: () => this.toggle() })
  private readonly whole = h('button', { type: 'button', 'data-testid': 'map-whole', onclick: () => this.pick(null) }, 'Whole period')
  private readonly picked: (picked: Picked | null) => void
  private curve: Curve | null = null
  private period: Part = { from: 0, to: 1 }
  private tz = 'UTC'
  private chosen: Picked | null = null
  private from: number | null = null
  private timer = 0
  private playing = false

  constructor(picked: (picked: Picked | null) => void) {
    this.picked = picked
    const step = (by: number, name: string, sign: string) => h('button', { type: 'button', 'aria-label': name, 'data-testid': by < 0 ? 'map-back' : 'map-on', onclick: () => this.pick(moved(this.chosen, by, this.parts)) }, sign)
    this.element = h('div', { class: 'map-timeline', role: 'group', 'aria-label': 'Time' }, h('div', { class: 'map-walk' }, step(-1, 'Part before', '‹'), this.play, step(1, 'Part after', '›'), this.words, this.whole), this.bars)
    this.bars.addEventListener('keydown', event => this.key(event))
    this.bars.addEventListener('pointerdown', event => this.grab(event))
    this.bars.addEventListener('pointermove', event => this.drag(event))
    this.bars.addEventListener('pointerup', () => this.drop())
    this.bars.addEventListener('pointercancel', () => this.drop())
    still.addEventListener('change', () => this.stop())
    this.showPlay()
    hide(this.element, true)
  }

  private get parts(): number {
    return this.curve?.values.length ?? 1
  }

  show(curve: Curve | null, period: Part, chosen: Picked | null, tz: string): void {
    this.curve = curve
    this.period = period
    this.tz = tz
    this.chosen = chosen
    hide(this.element, !curve || curve.values.length < 2)
    if (curve) this.draw()
  }

  /** The map shows what was picked: a walk may go on. */
  shown(): void {
    window.clearTimeout(this.timer)
    if (this.playing) this.timer = window.setTimeout(() => this.walk(), PAUSE)
  }

  stop(): void {
    window.clearTimeout(this.timer)
    this.playing = false
    this.showPlay()
  }

  private toggle(): void {
    if (this.playing) this.stop()
    else {
      this.playing = true
      this.showPlay()
      this.walk()
    }
  }

  private walk(): void {
    const on = this.element.isConnected ? next(this.chosen, this.parts) : null
    if (on) this.pick(on, true)
    else this.stop()
  }

  private pick(picked: Picked | null, walking = false): void {
    if (!walking) this.stop()
    this.chosen = picked
    this.draw()
    this.picked(picked)
  }

  /** Who asked for less motion steps by hand. */
  private showPlay(): void {
    hide(this.play, still.matches)
    this.play.setAttribute('aria-label', this.playing ? 'Pause' : 'Play the period')
    fill(this.play, icon(this.playing ? PAUSED : PLAY, true))
  }

  private draw(): void {
    if (!this.curve) return // nothing was counted yet
    const { values, by, table } = this.curve
    const most = Math.max(1, ...values)
    const { first, last } = this.chosen ?? { first: 0, last: values.length - 1 }
    const columns = values.map((value, at) => {
      const height = value > 0 ? Math.max(1.5, (HEIGHT * value) / most) : 0
      return shape('rect', { x: at, y: HEIGHT - height, width: 0.8, height, class: at < first || at > last ? 'out' : '' })
    })
    const frame = this.chosen ? [shape('rect', { x: first, y: 0, width: last - first + 1, height: HEIGHT, class: 'frame' })] : []
    fill(this.bars, shape('svg', { viewBox: `0 0 ${values.length} ${HEIGHT}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' }, ...frame, ...columns))
    const sum = values.slice(first, last + 1).reduce((total, value) => total + value, 0)
    const words = this.chosen ? this.name(partAt(this.period, values.length, this.chosen)) : 'the whole period'
    this.words.textContent = `${words}: ${amount(sum, by, table)}`
    this.bars.setAttribute('aria-valuemax', String(values.length - 1))
    this.bars.setAttribute('aria-valuenow', String(first))
    this.bars.setAttribute('aria-valuetext', this.words.textContent)
    hide(this.whole, !this.chosen)
  }

  private name(part: Part): string {
    const long = this.period.to - this.period.from > DAY_LONG
    const at = (moment: number) => (long ? stamp(moment, this.tz).slice(0, 16) : clock(moment, this.tz, part.to - part.from < 60_000))
    return `${at(part.from)}–${part.to === this.period.to && !long ? '24:00' : at(part.to)}`
  }

  private key(event: KeyboardEvent): void {
    const by = event.shiftKey ? stretched : moved
    const page = Math.max(1, Math.round(this.parts / 8))
    const acts: Record<string, () => Picked | null> = {
      ArrowLeft: () => by(this.chosen, -1, this.parts),
      ArrowRight: () => by(this.chosen, 1, this.parts),
      PageDown: () => moved(this.chosen, -page, this.parts),
      PageUp: () => moved(this.chosen, page, this.parts),
      Home: () => moved(this.chosen, -this.parts, this.parts),
      End: () => moved(this.chosen ?? { first: 0, last: 0 }, this.parts, this.parts),
      Escape: () => null,
    }
    if (!acts[event.key] || event.ctrlKey || event.altKey || event.metaKey) return
    event.preventDefault()
    event.stopPropagation()
    this.pick(acts[event.key]!())
  }

  private at(event: PointerEvent): number {
    const box = this.bars.getBoundingClientRect()
    return Math.min(this.parts - 1, Math.max(0, Math.floor(((event.clientX - box.left) / Math.max(1, box.width)) * this.parts)))
  }

  private grab(event: PointerEvent): void {
    if (event.button !== 0) return
    this.stop()
    this.bars.setPointerCapture(event.pointerId)
    this.from = this.at(event)
    this.drag(event)
  }

  private drag(event: PointerEvent): void {
    if (this.from === null) return
    const at = this.at(event)
    this.chosen = { first: Math.min(this.from, at), last: Math.max(this.from, at) }
    this.draw()
  }

  private drop(): void {
    if (this.from === null) return
    this.from = null
    this.pick(this.chosen)
  }
}
