/** The past, fetched in pieces ahead of the clock, and given out as the clock passes. */
import { aborted, ApiError, ask, within, type Query } from './api.ts'
import { eventsOf, noneUnseen, readBalls, share, type Ball, type Unseen } from './ball.ts'
import { instant } from './place.ts'
import { DAY } from './zone.ts'

const PIECE = 8_000 // ms of playing that one question covers
const AHEAD = 12_000 // ms of playing that is fetched before it is needed
const SLICE = 500 // ms of playing in one slice of an answer, which has 500 balls at most
const STEP_MIN = 60 // s; the server's shortest slice
const PIECE_MIN = 600_000 // ms of the past: shorter questions cost as much as this one
const GRAINS = 60 // moments of a slice, as the server cuts it

interface Answer {
  from: string
  to: string
  events: number
  slices: { events: number; probes: number; balls: unknown[] }[]
}

/** What happened in a stretch of the past; `unseen`: events that no ball stands for. */
export interface Passed {
  balls: Ball[]
  unseen: Unseen
}

/** How long a question and a slice of it are at a speed: piece in ms, step in s. Pure. */
export function pieceFor(speed: number): { piece: number; step: number; ahead: number } {
  const step = Math.min(DAY / 1000, Math.max(STEP_MIN, Math.round((speed * SLICE) / 1000)))
  return { step, piece: Math.max(PIECE_MIN, speed * PIECE), ahead: Math.max(PIECE_MIN / 2, speed * AHEAD) }
}

interface Due {
  at: number
  ball: Ball | null
  unseen: Unseen
}

/** Balls of an answer in the order in which they fly: within their moment each has its own place. Pure. */
export function dueOf(answer: Answer, step: number): Due[] {
  const grain = Math.max(1000, (step * 1000) / GRAINS)
  const due = answer.slices.flatMap(slice => {
    const balls = readBalls(slice.balls)
    const shown = eventsOf(balls)
    const made: Due[] = balls.map(ball => ({ at: ball.at + share(`${ball.source} ${ball.path} ${ball.at}`) * grain, ball, unseen: noneUnseen() }))
    const unseen = { firewall: Math.max(0, slice.probes - shown.firewall), logins: Math.max(0, slice.events - slice.probes - shown.logins) }
    return balls.length && (unseen.firewall || unseen.logins) ? [...made, { at: balls[0].at, ball: null, unseen }] : made
  })
  return due.sort((a, b) => a.at - b.at)
}

export class Past {
  /** Up to when everything is here, ms since 1970. */
  known = 0
  failed = ''
  private due: Due[] = []
  private next = 0
  private asking: AbortController | null = null
  private query: Query = {}
  private to = 0
  private speed = 1

  /** Begin anew at an instant: other period, other filters, other speed, or a leap. */
  from(at: number, to: number, speed: number, query: Query): void {
    this.asking?.abort()
    Object.assign(this, { known: at, to, speed, query, due: [], next: 0, asking: null, failed: '' })
  }

  stop(): void {
    this.asking?.abort()
    this.asking = null
  }

  /** What the clock has passed over. */
  take(from: number, to: number): Passed {
    const passed: Passed = { balls: [], unseen: noneUnseen() }
    for (; this.next < this.due.length && this.due[this.next].at < to; this.next += 1) {
      const { at, ball, unseen } = this.due[this.next]
      if (at < from - DAY) continue
      if (ball) passed.balls.push(ball)
      passed.unseen.firewall += unseen.firewall
      passed.unseen.logins += unseen.logins
    }
    return passed
  }

  /** Ask for the next piece where it is time to. */
  keepAhead(at: number): void {
    const { ahead } = pieceFor(this.speed)
    if (!this.asking && !this.failed && this.known < this.to && this.known - at < ahead) void this.fetch()
  }

  again(): void {
    this.failed = ''
  }

  private async fetch(): Promise<void> {
    const asking = (this.asking = new AbortController())
    const { piece, step } = pieceFor(this.speed)
    const window = { from: this.known, to: Math.min(this.to, this.known + piece) }
    try {
      const answer = await ask<Answer>('replay', { ...this.query, ...within(window), step }, asking.signal)
      if (this.asking !== asking) return
      this.due = [...this.due.slice(this.next), ...dueOf(answer, step)]
      this.next = 0
      // an answer that would end where it began would be asked for ever
      this.known = Math.max(instant(answer.to) ?? window.to, window.from + 1)
      this.asking = null
    } catch (error) {
      if (aborted(error)) return
      if (!(error instanceof ApiError)) throw error
      this.failed = error.message
      this.asking = null
    }
  }
}
