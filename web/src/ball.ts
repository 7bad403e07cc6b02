/** What flies: refused probes and attempts to log in, read from what Varde sends, and folded where there are too many. Pure. */

export type Kind = 'firewall' | 'logins'
export const KINDS: readonly Kind[] = ['firewall', 'logins']
export const KIND_NAMES: Record<Kind, string> = { firewall: 'Probes', logins: 'Logins' }
export type Group = 'logins' | 'tcp' | 'udp' | 'other'

/** One or more events that are alike. `sources` and `paths` are more than one where several were folded. */
export interface Ball {
  /** Milliseconds since 1970 of the moment it belongs to. */
  at: number
  kind: Kind
  source: string | null
  /** TCP:22, ICMP:8/0, or a user name. */
  path: string
  password: string | null
  accepted: boolean
  count: number
  sources: number
  paths: number
}

/** Events that no ball stands for, because there were too many: they are counted all the same. */
export type Unseen = Record<Kind, number>

export function noneUnseen(): Unseen {
  return { firewall: 0, logins: 0 }
}

export const NAME_MAX = 200 // characters of a name that are kept: nobody reads more of it in flight

/** Balls of a message or a slice; whatever is none is left out. */
export function readBalls(sent: unknown): Ball[] {
  if (!Array.isArray(sent)) return []
  return sent.map(readBall).filter(ball => ball !== null)
}

function readBall(row: unknown): Ball | null {
  if (!Array.isArray(row)) return null
  const [at, kind, source, path, password, accepted, count] = row as unknown[]
  if (typeof at !== 'number' || !KINDS.includes(kind as Kind) || typeof path !== 'string') return null
  if (typeof count !== 'number' || !(count > 0)) return null
  return {
    at,
    kind: kind as Kind,
    source: typeof source === 'string' ? source.slice(0, NAME_MAX) : null,
    path: path.slice(0, NAME_MAX),
    password: typeof password === 'string' ? password.slice(0, NAME_MAX) : null,
    accepted: accepted === true,
    count,
    sources: 1,
    paths: 1,
  }
}

export function groupOf(ball: Pick<Ball, 'kind' | 'path'>): Group {
  if (ball.kind === 'logins') return 'logins'
  if (ball.path.startsWith('TCP')) return 'tcp'
  return ball.path.startsWith('UDP') ? 'udp' : 'other'
}

export function isV6(source: string | null): boolean {
  return source !== null && source.includes(':')
}

/** The /24 or, more or less, the /64 that an address is in. */
export function networkOf(source: string | null): string {
  if (source === null) return ''
  return isV6(source) ? source.split(':').slice(0, 4).join(':') : source.split('.').slice(0, 3).join('.')
}

// From "as they came" to "all who want the same": each folds more than the one before, none folds accepted into refused.
const FOLDS: readonly ((ball: Ball) => string)[] = [
  ball => `${ball.source}\n${ball.path}`,
  ball => `${networkOf(ball.source)}\n${ball.path}`,
  ball => ball.path,
]
export const GROUPS_MAX = 8 // four groups, each accepted or not: what the last fold leaves at most

/** The same events as at most `most` balls, but never fewer than one for each group and outcome; no event is lost.
 *
 * Where even one ball for each name is too many, the most telling fly alone and the rest together, by group. */
export function fold(balls: readonly Ball[], most: number): Ball[] {
  const single = foldBy(balls, FOLDS[0])
  let folded = single
  for (const key of FOLDS) {
    folded = foldBy(folded, key)
    if (folded.length <= most) return folded
  }
  const telling = single.sort((a, b) => Number(b.accepted) - Number(a.accepted) || b.count - a.count)
  const alone = Math.max(0, most - GROUPS_MAX)
  return [...telling.slice(0, alone), ...foldBy(telling.slice(alone), groupOf)]
}

function foldBy(balls: readonly Ball[], key: (ball: Ball) => string): Ball[] {
  const found = new Map<string, Ball>()
  for (const ball of balls) {
    const name = `${ball.kind} ${ball.accepted} ${key(ball)}`
    const same = found.get(name)
    found.set(name, same ? merged(same, ball) : ball)
  }
  return [...found.values()]
}

/** Named after the one with more events, so that what is shown is never made up. */
function merged(a: Ball, b: Ball): Ball {
  const named = b.count > a.count ? b : a
  return {
    ...named,
    at: Math.max(a.at, b.at),
    count: a.count + b.count,
    password: a.password === b.password ? a.password : null,
    sources: a.source === b.source ? Math.max(a.sources, b.sources) : a.sources + b.sources,
    paths: a.path === b.path ? Math.max(a.paths, b.paths) : a.paths + b.paths,
  }
}

/** A number from 0 to 1 that is always the same for a text (FNV-1a): places that do not jump about. */
export function share(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return (hash >>> 0) / 0x1_0000_0000
}

/** How many events of each kind the balls stand for. */
export function eventsOf(balls: readonly Ball[]): Record<Kind, number> {
  const sums = noneUnseen()
  for (const ball of balls) sums[ball.kind] += ball.count
  return sums
}
