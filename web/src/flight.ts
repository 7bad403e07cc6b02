/** Which balls are in the air, and where each is at a moment. A place follows from the time alone, so a slow screen drops frames
 * and never events. Pure: it is told the time and the places. */
import { fold, GROUPS_MAX, share, type Ball } from './ball.ts'

export const OUT = 1300 // ms from source to paddle
export const BACK = 700 // ms that a ball is seen to bounce
export const ON = 350 // ms from paddle to the name of who was let in
export const RING = 1600 // ms that a ring spreads there
const TICK = 100 // ms between two launches: what happens in between flies together
const SHARE = 0.2 // of the free places that one launch may take, so that a burst is a stream and not a salvo
const PENDING_MAX = 2000 // balls that wait; more are folded at once
const REACH = 110 // px that a ball bounces back

export interface Shot {
  ball: Ball
  born: number
  /** Height of its source and of what it is aimed at, px. */
  y0: number
  y1: number
  /** -1 to 1: which way it bounces. */
  spin: number
}

export interface Spot {
  x: number
  y: number
  alpha: number
  phase: 'out' | 'back' | 'on' | 'ring'
  /** 0 to 1 within the phase. */
  done: number
}

export interface Court {
  left: number
  wall: number
  right: number
}

export function lifeOf(shot: Shot): number {
  return OUT + (shot.ball.accepted ? ON + RING : BACK)
}

/** Pixels: grows with the logarithm of how many it stands for. */
export function radiusOf(ball: Ball): number {
  return (ball.accepted ? 5 : 3) + Math.min(11, 1.7 * Math.log2(ball.count))
}

export function spotOf(shot: Shot, court: Court, now: number): Spot | null {
  const age = now - shot.born
  if (age < 0 || age >= lifeOf(shot)) return null
  if (age < OUT) return out(shot, court, age / OUT)
  return shot.ball.accepted ? passed(shot, court, age - OUT) : bounced(shot, court, (age - OUT) / BACK)
}

function out(shot: Shot, court: Court, done: number): Spot {
  const x = court.left + (court.wall - court.left) * done
  return { x, y: shot.y0 + (shot.y1 - shot.y0) * done, alpha: Math.min(1, done * 8), phase: 'out', done }
}

function bounced(shot: Shot, court: Court, done: number): Spot {
  const away = 1 - (1 - done) ** 2
  const slope = (shot.y1 - shot.y0) / Math.max(1, court.wall - court.left)
  const y = shot.y1 + REACH * away * (slope + shot.spin * 0.5)
  return { x: court.wall - REACH * away, y, alpha: (1 - done) ** 1.5, phase: 'back', done }
}

function passed(shot: Shot, court: Court, age: number): Spot {
  if (age < ON) {
    const done = age / ON
    return { x: court.wall + (court.right - court.wall) * done, y: shot.y1, alpha: 1, phase: 'on', done }
  }
  const done = (age - ON) / RING
  return { x: court.right, y: shot.y1, alpha: 1 - done, phase: 'ring', done }
}

/** Where a ball starts and what it is aimed at, px; asked once for each ball that flies. */
export type Aim = (ball: Ball, now: number) => { y0: number; y1: number }

export class Flight {
  most: number
  shots: Shot[] = []
  private pending: Ball[] = []
  private lastTick = 0

  constructor(most: number) {
    this.most = most
  }

  /** Events that wait for their turn; none is ever dropped. */
  get waiting(): number {
    return this.pending.reduce((sum, ball) => sum + ball.count, 0)
  }

  get busy(): boolean {
    return this.shots.length > 0 || this.pending.length > 0
  }

  add(balls: readonly Ball[]): void {
    this.pending.push(...balls)
    if (this.pending.length > PENDING_MAX) this.pending = fold(this.pending, PENDING_MAX / 2)
  }

  clear(): void {
    this.shots = []
    this.pending = []
  }

  /** Launch what is due and forget what has landed; answers what began to fly. */
  step(now: number, aim: Aim): Shot[] {
    if (this.shots.some(shot => now - shot.born >= lifeOf(shot))) this.shots = this.shots.filter(shot => now - shot.born < lifeOf(shot))
    if (now - this.lastTick < TICK || !this.pending.length) return []
    const free = this.most - this.shots.length
    if (free < GROUPS_MAX) return []
    this.lastTick = now
    const room = Math.max(GROUPS_MAX, Math.ceil(free * SHARE))
    const balls = fold(this.pending, room)
    this.pending = []
    const made = balls.map((ball, i) => this.shot(ball, now + (i * TICK) / balls.length, aim))
    this.shots.push(...made)
    return made
  }

  private shot(ball: Ball, born: number, aim: Aim): Shot {
    return { ball, born, ...aim(ball, born), spin: 2 * share(`${ball.source} ${ball.path} ${born}`) - 1 }
  }
}

/** The stretch of the wall that balls reach within the next `ahead` ms; null where none does. */
export function nextHits(shots: readonly Shot[], now: number, ahead: number): { top: number; bottom: number } | null {
  let found: { top: number; bottom: number } | null = null
  for (const { ball, born, y1 } of shots) {
    const due = born + OUT - now
    if (ball.accepted || due < -40 || due > ahead) continue
    found = found ? { top: Math.min(found.top, y1), bottom: Math.max(found.bottom, y1) } : { top: y1, bottom: y1 }
  }
  return found
}
