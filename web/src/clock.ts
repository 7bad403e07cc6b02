/** The one clock of the live view: now, or any stored period at 1 to 86,400 times its pace. Knows no timer: time is given to it. */

export const SPEEDS = [1, 10, 60, 600, 3600, 86400] as const
export type Speed = (typeof SPEEDS)[number]
const PATIENCE = 180_000 // ms that playing a period should take at most, unless the reader says otherwise
const STEP_MAX = 1000 // ms of one tick: a page that slept goes on where it was, and does not leap

export function speedFor(length: number): Speed {
  return SPEEDS.find(speed => length / speed <= PATIENCE) ?? SPEEDS[SPEEDS.length - 1]
}

export function speedOf(text: string | undefined): Speed | null {
  return SPEEDS.find(speed => String(speed) === text) ?? null
}

/** The next faster or slower one; the ends stay. */
export function stepped(speed: Speed, by: 1 | -1): Speed {
  const at = SPEEDS.indexOf(speed) + by
  return SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, at))]
}

export interface Stretch {
  from: number
  to: number
}

export class Clock {
  from = 0
  to = 1
  at = 0
  speed: Speed = 600
  playing = false
  /** True while the past that comes next is not here yet. */
  waiting = false

  /** Another period, from its start or from `at` where that lies in it. */
  set(from: number, to: number, at: number | null): void {
    Object.assign(this, { from, to, waiting: false })
    this.at = at !== null && at >= from && at < to ? at : from
  }

  /** Let `elapsed` ms pass; `known`: up to when the past is here. Answers what has been passed over. */
  tick(elapsed: number, known: number): Stretch | null {
    if (!this.playing) return null
    const wished = this.at + Math.min(Math.max(0, elapsed), STEP_MAX) * this.speed
    const reached = Math.min(wished, this.to, Math.max(known, this.at))
    this.waiting = reached < Math.min(wished, this.to)
    const passed = { from: this.at, to: reached }
    this.at = reached
    if (this.at >= this.to) this.playing = false
    return passed.to > passed.from ? passed : null
  }

  ended(): boolean {
    return this.at >= this.to
  }

  seek(at: number): void {
    this.at = Math.min(this.to, Math.max(this.from, at))
    this.waiting = false
  }
}
