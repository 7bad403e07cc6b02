/** The two axes of Fireplot: linear time with local hours, log10 ports with names. Pure functions. */
import { DAY, HOUR, spans } from './zone.ts'

export interface Tick {
  at: number
  label: string
  strong: boolean
}
export interface PortTick {
  port: number
  at: number
  label: string
}

export const PORT_TOP = 65535
const MINUTE = 60_000
const STEPS = [
  1000,
  5000,
  10_000,
  30_000,
  MINUTE,
  2 * MINUTE,
  5 * MINUTE,
  10 * MINUTE,
  15 * MINUTE,
  30 * MINUTE,
  HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
  DAY,
  2 * DAY,
  7 * DAY,
  14 * DAY,
  28 * DAY,
]
const TICK_ROOM = 62 // css px that one label and its air need
const TICKS_MAX = 400 // a guard: no window draws more

const two = (n: number) => String(n).padStart(2, '0')
const dayName = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', day: 'numeric', month: 'short' })

/** Smallest step whose labels fit into `width` css px. */
export function timeStep(length: number, width: number): number {
  const fits = STEPS.find(step => (length / step) * TICK_ROOM <= width)
  return fits ?? STEPS[STEPS.length - 1]
}

function label(local: number, step: number): string {
  const at = new Date(local)
  if (step >= DAY) return dayName.format(at)
  const text = `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}`
  return step < MINUTE ? `${text}:${two(at.getUTCSeconds())}` : text
}

/**
 * Ticks at round local times. An hour that is skipped has none, an hour that comes twice has two and the
 * second says so; the end of a whole day is "24:00".
 */
export function timeTicks(from: number, to: number, tz: string, width: number): Tick[] {
  const step = timeStep(to - from, width)
  const ticks: Tick[] = []
  for (const span of spans(from, to, tz)) {
    const first = Math.ceil((span.from + span.offset) / step) * step
    for (let local = first; local - span.offset < span.to && ticks.length < TICKS_MAX; local += step) {
      const again = ticks.some(
        tick => step < DAY && tick.label === label(local, step) && local - span.offset - tick.at < 4 * HOUR,
      )
      const midnight = local % DAY === 0
      const crossesDays = step < DAY && midnight && local - span.offset > from
      const text = crossesDays ? dayName.format(new Date(local)) : label(local, step)
      ticks.push({ at: local - span.offset, label: again ? `${text} again` : text, strong: midnight })
    }
  }
  return withEnd(ticks, to, tz, step)
}

function withEnd(ticks: Tick[], to: number, tz: string, step: number): Tick[] {
  const last = spans(to - 1000, to, tz)[0]
  const local = to + last.offset
  if (step < DAY && local % DAY === 0) ticks.push({ at: to, label: '24:00', strong: true })
  return ticks
}

/** Port to 0..1 between two log10 bounds; port 1 is log 0. */
export function logShare(port: number, low: number, high: number): number {
  return (Math.log10(Math.max(port, 1)) - low) / (high - low)
}

/** The inverse: a share of the axis to the nearest whole port. */
export function portAt(share: number, low: number, high: number): number {
  const port = Math.round(10 ** (low + share * (high - low)))
  return Math.min(PORT_TOP, Math.max(1, port))
}

/** Bounds of one cell of a picture with `height` rows, in shares of its port window. */
export function cellPorts(y0: number, y1: number, low: number, high: number): { min: number; max: number } {
  const min = Math.ceil(10 ** (low + y0 * (high - low)) - 1e-9)
  const max = Math.floor(10 ** (low + y1 * (high - low)) + 1e-9)
  if (min <= max) return { min: Math.max(1, min), max: Math.min(PORT_TOP, max) }
  const nearest = portAt((y0 + y1) / 2, low, high)
  return { min: nearest, max: nearest }
}

// Names as the port registry and the field use them; the server's own names win where it sends one.
export const SERVICES: Record<number, string> = {
  1: '',
  7: 'echo',
  19: 'chargen',
  21: 'ftp',
  22: 'ssh',
  23: 'telnet',
  25: 'smtp',
  53: 'dns',
  67: 'dhcp',
  69: 'tftp',
  80: 'http',
  110: 'pop3',
  111: 'rpcbind',
  123: 'ntp',
  135: 'msrpc',
  137: 'netbios',
  139: 'netbios',
  143: 'imap',
  161: 'snmp',
  179: 'bgp',
  389: 'ldap',
  443: 'https',
  445: 'smb',
  465: 'smtps',
  500: 'ike',
  514: 'syslog',
  554: 'rtsp',
  587: 'submission',
  623: 'ipmi',
  631: 'ipp',
  853: 'dns-tls',
  873: 'rsync',
  993: 'imaps',
  995: 'pop3s',
  1080: 'socks',
  1194: 'openvpn',
  1433: 'mssql',
  1434: 'mssql-m',
  1723: 'pptp',
  1883: 'mqtt',
  1900: 'ssdp',
  2049: 'nfs',
  2222: 'ssh-alt',
  2323: 'telnet-alt',
  2375: 'docker',
  3128: 'proxy',
  3306: 'mysql',
  3389: 'rdp',
  3478: 'stun',
  4500: 'ipsec',
  5060: 'sip',
  5353: 'mdns',
  5432: 'postgres',
  5555: 'adb',
  5900: 'vnc',
  6379: 'redis',
  7547: 'cwmp',
  8000: 'http-alt',
  8080: 'http-alt',
  8291: 'winbox',
  8443: 'https-alt',
  8728: 'routeros',
  9200: 'elastic',
  11211: 'memcached',
  27017: 'mongodb',
  37777: 'dahua',
  51820: 'wireguard',
  65535: '',
}

// Order of importance when there is no room for all.
const WELL_KNOWN = [22, 443, 23, 80, 3389, 53, 1433, 123, 8080, 5060, 445, 7547, 25, 21, 37777, 161, 3306, 6379, 1900]
const LABEL_ROOM = 15 // css px between two labels

const WIDE = 1 // decades; a window at least as tall has the same round numbers in every decade
const DIGITS = [1, 2, 5]
const ROUND_MAX = 400 // a guard: no window draws more

/** Least step of 1, 5, 10, 50, 100 ... that gives labels room at a port. Each divides the next. */
function stepAt(port: number, decade: number): number {
  const room = (2 * LABEL_ROOM * port * Math.LN10) / decade
  const power = 10 ** Math.floor(Math.log10(Math.max(1, room)))
  return [1, 5, 10].map(n => n * power).find(step => step >= room) ?? 10 * power
}

/** Round ports from one log10 to another; which ones depends on the height of a decade alone, so panning keeps them. */
function roundPorts(low: number, high: number, decade: number, wide: boolean): number[] {
  if (wide) return [0, 1, 2, 3, 4].flatMap(exponent => DIGITS.map(digit => digit * 10 ** exponent))
  const found: number[] = []
  const most = Math.min(PORT_TOP, 10 ** high)
  for (let port = Math.max(1, Math.ceil(10 ** low)); port <= most && found.length < ROUND_MAX;) {
    const step = stepAt(port, decade)
    if (port % step === 0) found.push(port)
    port = (Math.floor(port / step) + 1) * step
  }
  return found
}

/**
 * Labels for the port axis, bottom up in css px from the lower edge. `busy` comes first, then the end and
 * well-known ports, then round numbers, each only where there is room. Labels beyond the edges take their room
 * too, so that none appears or goes in the middle while the window moves.
 */
export function portTicks(
  low: number,
  high: number,
  height: number,
  busy: number[],
  names: Map<number, string>,
): PortTick[] {
  const tall = high - low
  const wanted = [1, ...busy, ...WELL_KNOWN, ...roundPorts(low - tall, high + tall, height / tall, tall > WIDE)]
  const ticks: PortTick[] = []
  for (const port of wanted) {
    if (port < 1 || port > PORT_TOP) continue
    const at = logShare(port, low, high) * height
    if (ticks.some(tick => Math.abs(tick.at - at) < LABEL_ROOM)) continue
    const name = names.get(port) || SERVICES[port] || ''
    ticks.push({ port, at, label: name ? `${port} ${name}` : String(port) })
  }
  return ticks.filter(tick => tick.at >= -0.5 && tick.at <= height + 0.5).sort((a, b) => a.at - b.at)
}
