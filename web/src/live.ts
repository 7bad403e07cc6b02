/** The stream of what arrives now: events per minute, points for the picture, balls for the live view, reconnect with growing pauses. */
import { eventsOf, noneUnseen, readBalls, type Ball, type Kind, type Unseen } from './ball.ts'
import type { LivePoint } from './easel.ts'
import { PLANES } from './palette.ts'

export interface LiveState {
  connected: boolean
  perMinute: number
  retryIn: number | null
}
export interface LiveListener {
  probes(events: number, points: LivePoint[]): void
  /** Refused probes and logins, with how many events no ball stands for. */
  balls(balls: Ball[], unseen: Unseen): void
  note(text: string): void
  /** Flows to or from listed addresses were seen. */
  warned(events: number, rows: unknown): void
  /** What arrived earlier can now be asked for. */
  stored(): void
  state(state: LiveState): void
}

const PAUSES = [1, 2, 4, 8, 16, 30] // s between attempts; the last one repeats
const MINUTE = 60_000

interface Message {
  events?: unknown
  points?: unknown
  balls?: unknown
  /** Events of earlier messages, which did not come because the page was too slow for them. */
  missed?: unknown
}

export class Live {
  private source: EventSource | null = null
  private failures = 0
  private retryAt = 0
  private connected = false
  private readonly arrived: { at: number; events: number }[] = []
  private readonly listener: LiveListener

  constructor(listener: LiveListener) {
    this.listener = listener
    window.setInterval(() => this.beat(), 1000)
    this.connect()
  }

  private connect(): void {
    this.retryAt = 0
    const source = (this.source = new EventSource('api/live'))
    source.addEventListener('open', () => {
      this.failures = 0
      this.connected = true
      this.tell()
    })
    source.addEventListener('error', () => this.lost())
    source.addEventListener('probes', event => this.probes(event))
    source.addEventListener('logins', event => this.logins(event))
    source.addEventListener('warnings', event => this.warnings(event))
    source.addEventListener('stored', () => this.listener.stored())
    source.addEventListener('status', event => {
      const found = parse(event) as { note?: unknown } | null
      if (typeof found?.note === 'string') this.listener.note(found.note)
    })
  }

  private probes(event: Event): void {
    const found = parse(event) as Message | null
    if (!found || typeof found.events !== 'number' || !Array.isArray(found.points)) return
    this.arrived.push({ at: Date.now(), events: found.events })
    this.listener.probes(found.events, found.points.filter(isPoint))
    this.balls(found, 'firewall')
    this.tell()
  }

  private warnings(event: Event): void {
    const found = parse(event) as (Message & { rows?: unknown }) | null
    if (found && typeof found.events === 'number') this.listener.warned(found.events, found.rows)
  }

  private logins(event: Event): void {
    const found = parse(event) as Message | null
    if (found) this.balls(found, 'logins')
  }

  private balls(found: Message, kind: Kind): void {
    const balls = readBalls(found.balls)
    const shown = eventsOf(balls)[kind]
    const events = typeof found.events === 'number' ? found.events : 0
    const missed = typeof found.missed === 'number' ? found.missed : 0
    this.listener.balls(balls, { ...noneUnseen(), [kind]: Math.max(0, events - shown) + missed })
  }

  private lost(): void {
    this.source?.close()
    this.source = null
    this.connected = false
    const pause = PAUSES[Math.min(this.failures, PAUSES.length - 1)]
    this.failures += 1
    this.retryAt = Date.now() + pause * 1000
    this.tell()
  }

  private beat(): void {
    if (!this.source && Date.now() >= this.retryAt) this.connect()
    this.tell()
  }

  private tell(): void {
    const since = Date.now() - MINUTE
    while (this.arrived.length && this.arrived[0].at < since) this.arrived.shift()
    const perMinute = this.arrived.reduce((sum, one) => sum + one.events, 0)
    // One lost connection is a hiccup; from the second failure on the server is called gone.
    const gone = !this.connected && this.failures > 1
    const retryIn = gone ? Math.max(0, Math.ceil((this.retryAt - Date.now()) / 1000)) : null
    this.listener.state({ connected: this.connected, perMinute, retryIn })
  }
}

function isPoint(value: unknown): value is LivePoint {
  return Array.isArray(value) && typeof value[0] === 'number' && PLANES.includes(value[1])
}

function parse(event: Event): unknown {
  try {
    return JSON.parse((event as MessageEvent<string>).data)
  } catch (error) {
    if (error instanceof SyntaxError) return null // a damaged message is left out; the next answer holds its events
    throw error
  }
}
