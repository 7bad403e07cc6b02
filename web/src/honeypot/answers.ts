/** What Varde answers about honeypots. All text in it was written by an attacker. */
import type { WhyLife } from '../api.ts'

export interface Summary {
  headline: string
  totals: string
  days_before: number
  counts: Record<string, number>
  /** Where the period holds nothing: when the last of all was seen. */
  last: string | null
}

/** A row of any of the honeypot's tables; which columns it has depends on the table. */
export interface Row {
  [column: string]: unknown
  first?: string
  last?: string
  new?: boolean | null
  days?: Record<string, number>
}
export interface Table {
  table: string
  title: string
  rows: Row[]
  groups?: number
  records?: number
}

export interface Dissected {
  known: { name: string; sentence: string; reference: string } | null
  says: [string, string][]
  headers: [string, string][]
  urls: string[]
  commands: string[]
  strings: string[]
  dump: string[]
}
export interface Sent {
  time: string
  sensor: string | null
  src_addr: string | null
  src_cc?: string | null
  src_as?: number | null
  session?: string | null
  length?: number | null
  payload: Dissected
}
export interface SentPayload extends Sent {
  target?: string | null
  target_port?: number | null
}
export interface CaptureRow {
  id: string
  time: string
  sensor: string | null
  src_addr: string
  src_cc?: string | null
  dst_port: number
  proto_name: string
  length: number
  form: string
  known?: string | null
  tls?: number
  glimpse: string
}
export interface Capture extends CaptureRow, Sent {
  length: number
  src_addr: string
  ended?: string | null
  seen: { captures: number; sources: number; first: string; last: string; ports: number[] }
}
export interface Captures {
  total: number
  captures: CaptureRow[]
}

export interface StoryEvent {
  time: string
  kind: string
  session: string | null
  sensor: string | null
  src_addr: string | null
  service: string | null
  text: string
  accepted?: boolean
  /** Name of a payload, to ask for the whole of it. */
  example?: string
}
export interface Story {
  events: StoryEvent[]
}
export type Life = WhyLife
export type Link = WhyLife['chain'][number]
export interface Replay {
  time: string
  sensor: string
  recording: string
  began: string
  lasted_ms: number
  /** Milliseconds since it began, and what was shown, control sequences and all. */
  events: [number, string][]
  is_cut: boolean
}
