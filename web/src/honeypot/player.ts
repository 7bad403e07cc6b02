/** A recorded terminal, played back: play, pause, seek, speed; and the same as plain text. */
import { fill, h, put, untrusted } from '../dom.ts'
import { counted, duration, stamp } from '../format.ts'
import { instant } from '../place.ts'
import type { Replay } from './answers.ts'
import { Terminal, type Run } from './terminal.ts'

const SPEEDS = [0.5, 1, 2, 4, 8]
const PAUSE_MAX = 2000 // ms; a visitor who thinks for minutes is not watched thinking
const FRAME = 40 // ms between pictures
const TRANSCRIPT_MAX = 100_000 // characters of the plain text; the file on the honeypot has all

export interface Beat {
  at: number
  text: string
}

/** Events with long pauses cut short, so that something happens. `whole` keeps them. */
export function paced(events: readonly [number, string][], whole = false): Beat[] {
  let at = 0
  let before = 0
  return events.map(([ms, text]) => {
    at += whole ? ms - before : Math.min(ms - before, PAUSE_MAX)
    before = ms
    return { at, text }
  })
}

/** The screen at a moment: all that was shown until then. */
export function screenAt(beats: readonly Beat[], at: number, size: { columns: number; rows: number }): Terminal {
  const terminal = new Terminal(size.columns, size.rows)
  for (const beat of beats) {
    if (beat.at > at) break
    terminal.write(beat.text)
  }
  return terminal
}

function look(run: Run): string {
  const fg = run.inverse ? run.bg : run.fg
  const bg = run.inverse ? run.fg : run.bg
  return [
    fg === null ? (run.inverse ? 'fg-ground' : '') : `fg${fg}`,
    bg === null ? (run.inverse ? 'bg-ink' : '') : `bg${bg}`,
    run.bold ? 'bold' : '',
    run.underline ? 'underline' : '',
  ]
    .filter(Boolean)
    .join(' ')
}

export class Player {
  readonly element: HTMLElement
  private readonly beats: Beat[]
  private readonly size: { columns: number; rows: number }
  private readonly screen = h('pre', { class: 'terminal', tabindex: 0, role: 'img' })
  private readonly button = h('button', { type: 'button', 'data-testid': 'play', onclick: () => this.toggle() }, 'Play')
  private readonly slider = h('input', { type: 'range', min: 0, max: 1, value: 0, step: 1, 'aria-label': 'Place in the recording' })
  private readonly place = h('span', { class: 'quiet', 'aria-hidden': 'true' })
  private readonly speed = h('select', { 'aria-label': 'Speed' }, ...SPEEDS.map(one => h('option', { value: one }, `${one}×`)))
  private terminal: Terminal
  private next = 0
  private at = 0
  private timer = 0
  private then = 0

  constructor(replay: Replay, size: { columns: number; rows: number }, tz: string) {
    this.size = size
    this.beats = paced(replay.events)
    this.terminal = new Terminal(size.columns, size.rows)
    this.slider.max = String(Math.max(1, this.end()))
    this.speed.value = '1'
    this.slider.addEventListener('input', () => this.seek(Number(this.slider.value)))
    this.screen.addEventListener('keydown', event => this.key(event))
    this.element = this.build(replay, tz)
    this.seek(0)
  }

  private build(replay: Replay, tz: string): HTMLElement {
    const began = instant(replay.began)
    const shortened = this.end() < (paced(replay.events, true).at(-1)?.at ?? 0)
    const words = [
      `Recorded ${began === null ? replay.began : stamp(began, tz)}, ${duration(replay.lasted_ms)} long`,
      shortened ? `pauses over ${duration(PAUSE_MAX)} are cut short` : '',
      replay.is_cut ? 'the end is left out' : '',
    ]
    const same = 'Cowrie keeps one recording of sessions in which the same was typed: its time may be that of another one.'
    const text = screenAt(this.beats, Infinity, this.size).text()
    return h(
      'div',
      { class: 'player', 'data-testid': 'player' },
      h('p', { class: 'quiet', title: same }, `${words.filter(Boolean).join('; ')}.`),
      h('div', { class: 'terminal-box' }, this.screen),
      h('div', { class: 'player-tools' }, this.button, this.slider, this.speed, this.place),
      h('details', { class: 'part' }, h('summary', {}, 'As plain text'), h('pre', { class: 'transcript', tabindex: 0, 'data-testid': 'transcript' }, ...transcript(text))),
    )
  }

  private end(): number {
    return this.beats.length ? this.beats[this.beats.length - 1].at : 0
  }

  private toggle(): void {
    if (this.timer) {
      this.pause()
      return
    }
    if (this.at >= this.end()) this.seek(0)
    this.then = performance.now()
    this.timer = window.setInterval(() => this.step(), FRAME)
    this.button.textContent = 'Pause'
  }

  pause(): void {
    window.clearInterval(this.timer)
    this.timer = 0
    this.button.textContent = 'Play'
  }

  private step(): void {
    if (!this.element.isConnected) {
      this.pause() // what nobody sees any more ends by itself
      return
    }
    const now = performance.now()
    this.at = Math.min(this.end(), this.at + (now - this.then) * Number(this.speed.value))
    this.then = now
    this.advance()
    if (this.at >= this.end()) this.pause()
  }

  private seek(at: number): void {
    if (at < this.at) {
      this.terminal = new Terminal(this.size.columns, this.size.rows)
      this.next = 0
    }
    this.at = at
    this.advance()
    this.draw() // also where nothing was shown yet: what was there before must go
  }

  private advance(): void {
    const before = this.next
    while (this.next < this.beats.length && this.beats[this.next].at <= this.at) {
      this.terminal.write(this.beats[this.next].text)
      this.next += 1
    }
    this.slider.value = String(Math.round(this.at))
    this.slider.setAttribute('aria-valuetext', `${duration(this.at)} of ${duration(this.end())}`)
    this.place.textContent = `${duration(this.at)} / ${duration(this.end())}`
    if (this.next !== before) this.draw()
  }

  private draw(): void {
    const lines = this.terminal.lines()
    fill(this.screen)
    lines.forEach(line => put(this.screen, ...line.map(run => h('span', { class: look(run) }, run.text)), '\n'))
    this.screen.setAttribute('aria-label', `Replayed terminal of ${counted(this.size.columns, 'column')}; its plain text stands below`)
  }

  private key(event: KeyboardEvent): void {
    const second = 1000
    const table: Record<string, (() => void) | undefined> = {
      ' ': () => this.toggle(),
      ArrowLeft: () => this.seek(Math.max(0, this.at - second)),
      ArrowRight: () => this.seek(Math.min(this.end(), this.at + second)),
      Home: () => this.seek(0),
      End: () => this.seek(this.end()),
    }
    const act = table[event.key]
    if (!act) return
    event.preventDefault()
    act()
  }
}

/** Lines one by one: a line break of our own stays one, and nothing else of it is obeyed. */
function transcript(text: string): (Node | string)[] {
  const short = text.slice(0, TRANSCRIPT_MAX)
  const lines = short.split('\n').flatMap(line => [untrusted(line), '\n'])
  const rest = text.length - short.length
  return rest ? [...lines, h('span', { class: 'unseen' }, `${counted(rest, 'more character')} `)] : lines
}
