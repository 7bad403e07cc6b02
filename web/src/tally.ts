/** What was seen since the clock was set: sums, what was aimed at, who was let in, the last events. Bounded, pure. */
import { noneUnseen, type Ball, type Kind, type Unseen } from './ball.ts'

const PATHS_MAX = 2000 // names counted one by one; those that come later are counted in the sums
const SOURCES_MAX = 500 // addresses remembered for each name
const LOG_MAX = 40 // lines that anybody reads
const LET_IN_MAX = 100
const RECENT_MAX = 4000 // balls kept for "who aimed at this"
const RATE_SPAN = 5000 // ms over which a rate is taken

export interface Aimed {
  kind: Kind
  path: string
  refused: number
  accepted: number
  /** At most SOURCES_MAX. */
  sources: Set<string>
  last: number
}

export class Tally {
  probes = 0
  failed = 0
  accepted = 0
  /** Of the probes and failed logins, those that no ball stood for. */
  unseen = noneUnseen()
  aimed = new Map<string, Aimed>()
  log: Ball[] = []
  letIn: Ball[] = []
  recent: Ball[] = []
  private beats: { at: number; events: number }[] = []

  get events(): number {
    return this.probes + this.failed + this.accepted
  }

  /** `now`: ms of the screen's clock, for the rate. */
  add(balls: readonly Ball[], unseen: Unseen, now: number): void {
    let events = unseen.firewall + unseen.logins
    // accepted logins always have a ball
    this.probes += unseen.firewall
    this.failed += unseen.logins
    this.unseen = { firewall: this.unseen.firewall + unseen.firewall, logins: this.unseen.logins + unseen.logins }
    for (const ball of balls) {
      events += ball.count
      if (ball.kind === 'firewall') this.probes += ball.count
      else if (ball.accepted) this.accepted += ball.count
      else this.failed += ball.count
      this.aim(ball)
    }
    if (events) this.beats.push({ at: now, events })
    this.log = [...balls.slice(-LOG_MAX).reverse(), ...this.log].slice(0, LOG_MAX)
    this.letIn = [...balls.filter(ball => ball.accepted).reverse(), ...this.letIn].slice(0, LET_IN_MAX)
    this.recent.push(...balls.slice(-RECENT_MAX))
    if (this.recent.length > 2 * RECENT_MAX) this.recent = this.recent.slice(-RECENT_MAX)
  }

  private aim(ball: Ball): void {
    const key = `${ball.kind} ${ball.path}`
    let found = this.aimed.get(key)
    if (!found) {
      if (this.aimed.size >= PATHS_MAX) return
      found = { kind: ball.kind, path: ball.path, refused: 0, accepted: 0, sources: new Set(), last: 0 }
      this.aimed.set(key, found)
    }
    if (ball.accepted) found.accepted += ball.count
    else found.refused += ball.count
    if (ball.source && found.sources.size < SOURCES_MAX) found.sources.add(ball.source)
    found.last = Math.max(found.last, ball.at)
  }

  /** Events a second, lately. */
  rate(now: number): number {
    while (this.beats.length && this.beats[0].at < now - RATE_SPAN) this.beats.shift()
    return this.beats.reduce((sum, beat) => sum + beat.events, 0) / (RATE_SPAN / 1000)
  }

  /** Who aimed at a name, the most frequent first: source or null, and the passwords tried. */
  whoAimed(kind: Kind, path: string): { source: string | null; count: number; passwords: string[] }[] {
    const found = new Map<string | null, { count: number; passwords: Set<string> }>()
    for (const ball of this.recent) {
      if (ball.kind !== kind || ball.path !== path) continue
      const one = found.get(ball.source) ?? { count: 0, passwords: new Set() }
      one.count += ball.count
      if (ball.password !== null) one.passwords.add(ball.password)
      found.set(ball.source, one)
    }
    const rows = [...found].map(([source, { count, passwords }]) => ({ source, count, passwords: [...passwords] }))
    return rows.sort((a, b) => b.count - a.count)
  }
}

/** The most aimed at first. */
export function ranked(tally: Tally): Aimed[] {
  return [...tally.aimed.values()].sort((a, b) => b.refused + b.accepted - a.refused - a.accepted || a.path.localeCompare(b.path))
}
