/** Words of the section Flows: who an exporter is, its clock, its templates. Pure. */
import { counted, duration } from './format.ts'

export interface Template {
  number: number
  options: boolean
  seen: string
  fields: number
}
export interface Exporter {
  sensor: string
  exporter: string | null
  domain: number | null
  protocol: string
  unit: string
  share_seen: number | null
  datagrams: number
  flows: number
  lost: number
  reordered: number
  duplicated: number
  late: number
  undecodable: number
  unknown_template: number
  restarts: number
  dropped: number | null
  first: string
  last: string
  heard: string | null
  skew_seconds: number | null
  sampling: number | null
  templates: Template[] | null
}
export interface Exporters {
  share_seen: number | null
  flows_seen: string
  known: number
  total: number
  exporters: Exporter[]
}

const PROTOCOLS: Record<string, string> = { netflow1: 'NetFlow v1', netflow5: 'NetFlow v5', netflow7: 'NetFlow v7', netflow9: 'NetFlow v9', ipfix: 'IPFIX', sflow5: 'sFlow v5' }
const SET = 120 // s; a clock that is further off was not set: records come within a minute or so of their export

/** "NetFlow v9 of 192.0.2.1, domain 7". */
export function describes({ protocol, exporter, domain }: Exporter): string {
  const named = PROTOCOLS[protocol] ?? protocol
  return [named && `${named} of ${exporter ?? 'an unnamed exporter'}`, domain === null ? '' : `domain ${domain}`].filter(Boolean).join(', ')
}

export function clockOf(skew: number | null): string {
  if (skew === null) return 'unknown'
  if (Math.abs(skew) <= SET) return 'set'
  return `${duration(Math.abs(skew) * 1000)} ${skew > 0 ? 'behind' : 'ahead'}`
}

/** "3, 40 s old", by the oldest of them. */
export function templatesOf(templates: Template[] | null, now: number): string {
  if (!templates?.length) return templates ? 'none' : 'unknown'
  const oldest = Math.min(...templates.map(one => Date.parse(one.seen)))
  return `${templates.length}, ${duration(now - oldest)} old`
}

export function templateLine(one: Template, now: number): string {
  return `${one.number}${one.options ? ' (options)' : ''}: ${counted(one.fields, 'field')}, ${duration(now - Date.parse(one.seen))} old`
}

/** What was lost of all that is numbered, in its unit. */
export function lostOf({ unit, lost }: Exporter): string {
  if (unit === 'none' || unit === '') return 'not numbered'
  return counted(lost, unit.replace(/s$/, ''))
}
