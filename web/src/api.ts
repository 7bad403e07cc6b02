/** The questions that the page asks Varde; relative addresses, so any path prefix works. */
import { iso, type Place, type Rect } from './place.ts'
import type { Plane } from './palette.ts'

export interface About {
  version: string
  synthetic: boolean
  tz: string
  now: string
  first: string | null
  last: string | null
  /** First and last of other tables. */
  tables?: Record<string, { first: string | null; last: string | null }>
  databases: { name: string; date: string; licence: string; attribution: string }[]
  /** What people should know of the age of these. */
  notices?: string[]
  listeners: Listener[]
  /** What a command line must say to ask the same store. */
  switches?: string[]
}
export interface Warning {
  time: string
  line: string
  count: number
  lists: { source: string; id: string | null; name: string | null; url: string | null }[]
}
/** What the beacon knows: lists that are matched, and warnings that nobody has acknowledged. */
export interface BeaconAnswer {
  indicators: number
  lists: { name: string; error: string | null }[]
  days: number
  unacknowledged: number
  more: boolean
  warnings: Warning[]
}
export interface Listener {
  name: string
  address: string
  state: string
  detail: string
}
export interface Days {
  year: number
  tz: string
  days: { day: string; events: number; sources: number; planes: Partial<Record<Plane, number>> }[]
}
export interface Layer {
  events: number
  cells: number[]
}
export type Pairs = Partial<Record<Plane, number[]>>
export interface Picture {
  from: string
  to: string
  tz: string
  width: number
  height: number
  port_min: number
  port_max: number
  events: number
  sources: number
  planes: Partial<Record<Plane, Layer>>
  /** Column and events in turn; `no_port` are records of TCP and UDP without a port, such as fragments. */
  strips: { port0?: Pairs; no_port?: Pairs; icmp?: number[]; other?: number[] }
}
export interface PortRow {
  plane?: Plane
  proto: string
  port: number | null
  service: string | null
  events: number
  sources: number
}
export interface SourceRow {
  src_addr: string
  src_cc: string | null
  src_as: number | null
  src_as_name?: string | null
  events: number
  ports?: number
  first?: string
  last?: string
}
export interface At {
  events: number
  sources: number
  ports: PortRow[]
  top_sources: SourceRow[]
}
export interface Ports {
  ports: PortRow[]
  total_ports: number
}
export interface Sources {
  sources: SourceRow[]
  total_sources: number
}
export interface ProbeRecord {
  time: string
  sensor: string | null
  src_addr: string | null
  src_port: number | null
  dst_addr: string | null
  dst_port: number | null
  proto: number | null
  proto_name: string | null
  tcp_flags: string | number | null
  icmp_type: number | null
  icmp_code: number | null
  action: string | null
  in_if: string | null
  out_if: string | null
  rule: string | null
  src_cc: string | null
  src_as: number | null
  dialect: string | null
  raw: string | null
  file: string | null
  offset: number | null
}
export interface Records {
  records: ProbeRecord[]
  next: string | null
}
export interface Card {
  kind: string
  title: string
  text: string
  from: string | null
  to: string | null
  port_min: number | null
  port_max: number | null
  plane: Plane | null
}
export interface Today {
  headline: string
  totals: string
  /** Earlier days there were to compare with. */
  days_before: number
  cards: Card[]
}
/** A scan, a surge or a drawing. Words are written by the server, and hold what attackers sent. */
export interface Finding {
  id: string
  kind: string
  title: string
  name: string
  caption: string
  sentence: string
  reason: string
  advice: string
  evidence: string
  /** Milliseconds since 1970 and ports: the rectangle around it. */
  first: number
  last: number
  low: number
  high: number
  planes: Plane[]
  plane: Plane
  confidence: string
  events?: number
  sources?: number
  ports?: number
  targets?: number
  allowed?: number
  source?: string | null
  source_list?: { source: string; country: string | null; asn: number | null; as_name?: string | null }[]
  /** Of a surge. */
  dst_port?: number
}
/** In css px from the left and the top of the plot. */
export interface FindingPlace {
  id: string
  number: number
  /** Findings of one shape: this outline stands for them too. */
  alike: string[]
  outline: [number, number][]
  words: string[]
  box: [left: number, top: number, width: number, height: number]
  leader: [[number, number], [number, number]] | null
  told: boolean
  /** The words stand left of the outline, and end at the right of their box. */
  is_left: boolean
}
export interface Findings {
  from: string
  to: string
  /** False while they are looked for. */
  ready: boolean
  /** Why they are not looked for. */
  note: string | null
  left_out: number
  findings: Finding[]
  places: { left_out: number; shown: FindingPlace[] } | null
}
/** A picture that somebody drew, and what `drawing.png` is asked for it. */
export interface Drawing {
  id: string
  time: string
  caption: string
  sentence: string
  reason: string
  evidence: string
  picture: { from: string; to: string; port_min: number; port_max: number; action: string; source: string[] }
}
export interface Gallery {
  ready: boolean
  note: string | null
  left_out: number
  events: number
  width: number
  height: number
  drawings: Drawing[]
}
export interface TargetRow {
  dst_addr: string
  events: number
  sources: number
}
/** Probes of one side: sent by what was asked about, or aimed at it. */
export interface WhySide {
  events: number
  total_sources: number
  first: string | null
  last: string | null
  ports: PortRow[]
  sources: SourceRow[]
  destinations: TargetRow[]
}
/** What an address or network did at honeypots. */
export interface WhyLife {
  first: string
  last: string
  cc: string | null
  as: number | null
  as_name?: string | null
  counts: Record<string, number>
  accepted: number
  most: Record<string, Record<string, unknown>[]>
  chain: {
    ehlo: string | null
    target: string | null
    target_port: number | null
    method: string | null
    host: string | null
    path: string | null
    sni: string | null
    payloads: number
  }[]
}
export interface ListedEntry {
  source: string
  id?: string
  name?: string
  url?: string
  value: string
  first_seen?: string
  /** Why this entry counts for nothing, whatever it holds. */
  not_matched?: string
}
/** What lists, rules and outputs have of what was asked about. */
export interface Listed {
  lists: ListedEntry[]
  inside: { entries: number; first: ListedEntry[] }
  rules: string[]
  /** What of a network is never matched. */
  cuts: string[]
  /** Lists that cannot be read, and why. */
  lists_missed: string[]
  outputs: { name: string; format: string; path: string; published: string | null }[]
  allow: { entry: string; also_frees: number; examples: string[] } | null
}
export interface Mention {
  table: string
  part: string
  records: number
  first: string
  last: string
}
export interface Why extends WhySide {
  listed?: Listed
  seen?: Mention[]
  q: string
  kind: string
  title: string
  facts: { label: string; value: string }[]
  from: string | null
  to: string | null
  aimed: WhySide | null
  honeypot?: WhyLife | null
}
export interface SensorStatus {
  sensor: string
  dialects: string[]
  lines: number
  records: number
  ignored: number
  rejects: number
  share_parsed: number | null
  last: string | null
  notes?: string[]
}
export interface Reject {
  time: string | null
  sensor: string
  dialect: string | null
  reason: string
  sample: string
  file: string | null
  offset: number | null
}
export interface Status {
  sensors: SensorStatus[]
  rejects: Reject[]
  store: {
    path: string
    bytes: number
    free: number
    tables: { name: string; rows: number; files: number; bytes: number }[]
  }
  notes: string[]
  /** Of all that was ever received: the ledger of each exporter, and in a sentence. */
  exporters?: unknown[]
  flows_seen?: string
}

/** An answer that did not come; the message says what, where and what to do. */
export class ApiError extends Error {
  readonly status: number

  constructor(message: string, status: number) {
    super(message)
    this.status = status
  }
}

export type Query = Record<string, string | number | readonly string[] | null | undefined>

export function address(name: string, query: Query = {}): string {
  const pairs = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) {
    if (value === null || value === undefined || value === '') continue
    for (const one of Array.isArray(value) ? value : [value]) pairs.append(key, String(one))
  }
  const text = pairs.toString()
  return text ? `api/${name}?${text}` : `api/${name}`
}

function detailOf(body: string, name: string, status: number): string {
  try {
    const found = (JSON.parse(body) as { detail?: unknown }).detail
    if (typeof found === 'string' && found) return found
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error // anything but "not JSON" is a fault of the page
  }
  return `Varde answered ${status} to api/${name} and gave no reason; its log has more.`
}

export async function ask<T>(name: string, query: Query = {}, signal?: AbortSignal): Promise<T> {
  let answer: Response
  try {
    answer = await fetch(address(name, query), { signal: signal ?? null, headers: { accept: 'application/json' } })
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw new ApiError(`No answer from Varde at ${location.host}. Is "varde up" still running there?`, 0)
  }
  if (!answer.ok) throw new ApiError(detailOf(await answer.text(), name, answer.status), answer.status)
  return (await answer.json()) as T
}

/** Ask again for what may not have changed: a server that answers "not changed" costs nothing, and gives what was known. */
export class Tagged<T> {
  private name = ''
  private tag = ''
  private answer: T | null = null

  /** `fresh` is whether it is another answer than the last one. */
  async ask(path: string, query: Query, signal?: AbortSignal): Promise<{ answer: T; fresh: boolean }> {
    const name = address(path, query)
    const known = name === this.name && this.answer !== null
    const headers: Record<string, string> = { accept: 'application/json', ...(known ? { 'if-none-match': this.tag } : {}) }
    let sent: Response
    try {
      sent = await fetch(name, { signal: signal ?? null, headers })
    } catch (error) {
      if (aborted(error)) throw error
      throw new ApiError(`No answer from Varde at ${location.host}. Is "varde up" still running there?`, 0)
    }
    if (sent.status === NOT_CHANGED && this.answer !== null) return { answer: this.answer, fresh: false }
    if (!sent.ok) throw new ApiError(detailOf(await sent.text(), path, sent.status), sent.status)
    const answer = (await sent.json()) as T
    Object.assign(this, { name, answer, tag: sent.headers.get('etag') ?? '' })
    return { answer, fresh: true }
  }
}

const NOT_CHANGED = 304

/** Say something to the server. Another site's page cannot send the header, so nobody speaks in the reader's name. */
export async function tell<T>(name: string, body: object): Promise<T> {
  let answer: Response
  try {
    const headers = { accept: 'application/json', 'content-type': 'application/json', 'x-varde-page': '1' }
    answer = await fetch(address(name), { method: 'POST', headers, body: JSON.stringify(body) })
  } catch (error) {
    if (error instanceof DOMException) throw error
    throw new ApiError(`No answer from Varde at ${location.host}. Is "varde up" still running there?`, 0)
  }
  if (!answer.ok) throw new ApiError(detailOf(await answer.text(), name, answer.status), answer.status)
  return (await answer.json()) as T
}

/** Ask something that may take its time: `told` hears how far it is, and a signal that aborts ends it at the server too. */
export async function askLong<T>(name: string, body: object, signal: AbortSignal, told: (progress: Progress) => void): Promise<T> {
  let reader: ReadableStreamDefaultReader<string>
  try {
    const headers = { accept: 'application/x-ndjson', 'content-type': 'application/json', 'x-varde-page': '1' }
    const answer = await fetch(address(name), { method: 'POST', headers, body: JSON.stringify(body), signal })
    if (!answer.ok || !answer.body) throw new ApiError(detailOf(await answer.text(), name, answer.status), answer.status)
    reader = answer.body.pipeThrough(new TextDecoderStream()).getReader()
    for await (const line of linesOf(reader)) {
      const said = JSON.parse(line) as Progress & { answer?: T; error?: { detail: string } }
      if (said.error) throw new ApiError(said.error.detail, 400)
      if (said.answer !== undefined) return said.answer
      told(said)
    }
  } catch (error) {
    if (error instanceof ApiError || aborted(error)) throw error
    throw new ApiError(`No answer from Varde at ${location.host}. Is "varde up" still running there?`, 0)
  }
  throw new ApiError(`Varde at ${location.host} ended in the middle of its answer. Ask again.`, 0)
}

export interface Progress {
  /** Per cent of the step that the engine is at; null where it cannot tell. */
  progress: number | null
  seconds: number
}

async function* linesOf(reader: ReadableStreamDefaultReader<string>): AsyncGenerator<string> {
  let rest = ''
  for (;;) {
    const { done, value } = await reader.read()
    const lines = (rest + (value ?? '')).split('\n')
    rest = lines.pop() ?? ''
    yield* lines.filter(Boolean)
    if (done) return
  }
}

export function aborted(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError'
}

/** The filters of a place as query parameters; planes only where asked for. */
export function filters(place: Place, planes: readonly Plane[] = []): Query {
  return {
    src: place.src,
    dst: place.dst,
    sensor: place.sensor,
    action: place.action === 'refused' ? '' : place.action,
    tz: place.tz,
    plane: planes,
  }
}

export function within(rect: { from: number; to: number }): Query {
  return { from: iso(rect.from), to: iso(rect.to) }
}

export function rectQuery(rect: Rect): Query {
  return { ...within(rect), port_min: rect.portMin, port_max: rect.portMax, portless: rect.portless ? 1 : null, plane: rect.planes }
}
