/** Rows at both ends of the court: who throws, and what is aimed at. A name keeps its row while it is in use. Pure. */
import { groupOf, isV6, share, type Ball, type Group } from './ball.ts'

export interface Lane {
  name: string
  /** When it was last used, ms of the screen's clock. */
  used: number
  /** Events since it has the row. */
  count: number
  accepted: boolean
}

const IDLE = 1600 // ms after which a name gives its row to another
export const FADE = 6000 // ms after which nothing is left of a name

/** A run of rows that names move into and out of; the last row is for all that found none. */
export class Lanes {
  readonly rows: (Lane | null)[]
  readonly others: Lane = { name: '', used: -FADE, count: 0, accepted: false }

  constructor(size: number) {
    this.rows = Array.from({ length: Math.max(0, size - 1) }, () => null)
  }

  /** The row of a name, the one at `wish` (0 to 1) or the nearest free one; the last row where all are in use. */
  place(name: string, wish: number, now: number, count: number, accepted: boolean): number {
    const found = this.find(name, wish, now)
    // who is let in always has a name, if need be instead of the one that was longest unused
    const at = found === this.rows.length && accepted ? this.evict() : found
    const lane = at < this.rows.length ? (this.rows[at] ??= { name, used: now, count: 0, accepted: false }) : this.others
    lane.used = Math.max(lane.used, now)
    lane.count += count
    lane.accepted ||= accepted
    return at
  }

  private evict(): number {
    const used = this.rows.map(lane => (lane ? lane.used + (lane.accepted ? IDLE : 0) : 0))
    const at = used.indexOf(Math.min(...used))
    if (at < 0) return this.rows.length
    this.rows[at] = null
    return at
  }

  private find(name: string, wish: number, now: number): number {
    const known = this.rows.findIndex(lane => lane?.name === name)
    if (known >= 0) return known
    const middle = Math.min(this.rows.length - 1, Math.max(0, Math.floor(wish * this.rows.length)))
    for (let away = 0; away < this.rows.length; away += 1) {
      const near = [middle - away, middle + away].find(at => at in this.rows && isFree(this.rows[at], now))
      if (near === undefined) continue
      this.rows[near] = null
      return near
    }
    return this.rows.length
  }
}

function isFree(lane: Lane | null, now: number): boolean {
  // where somebody was let in the name stays twice as long
  return lane === null || now - lane.used > IDLE * (lane.accepted ? 2 : 1)
}

/** Where in a column a source likes to be: neighbours in the Internet are neighbours here. */
export function wishOfSource(source: string | null): number {
  if (source === null) return 1
  if (isV6(source)) return 0.75 + share(source) / 4
  const [a, b] = source.split('.').map(Number)
  const known = Number.isFinite(a) && Number.isFinite(b)
  return known ? ((a * 256 + b) / 65536) * 0.75 : share(source)
}

const PORTS_LOG = Math.log(65536)

/** A port as on the Fireplot: low ones at the bottom, by the logarithm. A user name: anywhere, but always there. */
export function wishOfPath(ball: Pick<Ball, 'kind' | 'path'>): number {
  const port = Number(/^(?:TCP|UDP):([0-9]+)$/.exec(ball.path)?.[1] ?? NaN)
  return Number.isFinite(port) && ball.kind === 'firewall' ? 1 - Math.log(port + 1) / PORTS_LOG : share(ball.path)
}

export interface Band {
  group: Group
  /** First row of its names; the row above holds its title. */
  first: number
  size: number
}

const PARTS: Record<Group, { weight: number; least: number }> = {
  logins: { weight: 0.42, least: 3 },
  tcp: { weight: 0.34, least: 3 },
  udp: { weight: 0.16, least: 2 },
  other: { weight: 0.08, least: 2 },
}

/** How `rows` rows are shared by the groups shown, a row for each title. */
export function bandsOf(rows: number, groups: readonly Group[]): Band[] {
  const free = rows - groups.length
  const weight = groups.reduce((sum, group) => sum + PARTS[group].weight, 0)
  const sizes = groups.map(group => Math.max(PARTS[group].least, Math.floor((free * PARTS[group].weight) / weight)))
  const spare = free - sizes.reduce((sum, size) => sum + size, 0)
  sizes[0] = Math.max(PARTS[groups[0]].least, sizes[0] + spare)
  let row = 0
  return groups.map((group, i) => {
    const first = row + 1
    row = first + sizes[i]
    return { group, first, size: sizes[i] }
  })
}

/** Both columns: rows by name, and the height of each in rows. */
export class Ends {
  readonly sources: Lanes
  readonly bands: readonly Band[]
  readonly targets: ReadonlyMap<Group, Lanes>

  constructor(rows: number, groups: readonly Group[]) {
    this.sources = new Lanes(rows)
    this.bands = bandsOf(rows, groups)
    this.targets = new Map(this.bands.map(band => [band.group, new Lanes(band.size)]))
  }

  /** Rows of a ball's source and of what it is aimed at. */
  aim(ball: Ball, now: number): { source: number; target: number } {
    const { count, accepted } = ball
    const source = ball.sources > 1 ? this.elsewhere(this.sources, now, count, accepted) : this.sources.place(ball.source ?? 'unknown', wishOfSource(ball.source), now, count, accepted)
    const band = this.bands.find(one => one.group === groupOf(ball)) ?? this.bands[0]
    const lanes = this.targets.get(band.group) as Lanes
    const row = ball.paths > 1 ? this.elsewhere(lanes, now, count, accepted) : lanes.place(ball.path, wishOfPath(ball), now, count, accepted)
    return { source, target: band.first + row }
  }

  /** Several at once have no name of their own. */
  private elsewhere(lanes: Lanes, now: number, count: number, accepted: boolean): number {
    const { others } = lanes
    Object.assign(others, { used: now, count: others.count + count, accepted })
    return lanes.rows.length
  }
}
