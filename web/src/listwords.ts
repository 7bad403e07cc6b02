/** What the API says of lists, and how the page says it. Pure. */
import { count, counted } from './format.ts'

export interface ListRow {
  name: string
  url: string
  imported: boolean
  indicators: number
  by_type: Record<string, number>
  rejected: number
  suppressed: number
  age_seconds: number | null
  error: string | null
  damaged: string | null
  held: { indicators: number; was: number } | null
}
export interface Lists {
  indicators: number
  lists: ListRow[]
  outputs: { name: string; format: string; path: string; lists: string[]; entries: number | null }[]
  generations: { number: number; made: string; of: number; outputs: Record<string, number> }[]
  may_write: boolean
  publishing: ByItself | null
}
/** How publishing fares that the station does by itself. */
export interface ByItself {
  tried: string | null
  generation: number | null
  error: string | null
  since: string | null
  held: string | null
}
export interface Published {
  sentence: string
  dry_run?: boolean
  outputs?: { name: string; entries: number; was: number | null; changed: boolean }[]
}
export interface Rehearsal {
  flows: number
  hits: number
  host_count: number
  hosts: { address: string; listed: number; flows: number }[]
  sites: { address: string }[]
  flows_seen: string
}

/** The worst first: a list that fails, one that is held back, else how many are matched. */
export function headline(told: Lists): string {
  const damaged = told.lists.filter(row => row.damaged).length
  const failing = told.lists.filter(row => row.error).length
  const held = told.lists.filter(row => row.held).length
  if (!told.lists.length) return 'No lists are loaded'
  if (damaged) return `What is stored of ${counted(damaged, 'list')} is damaged: nothing of ${damaged === 1 ? 'it' : 'them'} is matched until ${damaged === 1 ? 'it is' : 'they are'} read again`
  if (failing) return `${counted(failing, 'list')} cannot be read; the last good set stays`
  if (held) return `${counted(held, 'list')} held back: far fewer indicators came than were there`
  return `${counted(told.indicators, 'indicator')} of ${counted(told.lists.length, 'list')} ${told.indicators === 1 ? 'is' : 'are'} matched`
}

/** Who publishes, and how that went last. */
export function publishingOf(told: ByItself | null): string {
  if (!told) return 'Published by hand or from cron; [publishing] automatic = true lets Varde do it when lists change.'
  if (told.held) return `Nothing is published by itself: ${told.held}`
  if (told.error) return `Publishing fails and is tried again: ${told.error}`
  return told.tried ? `Published by itself when lists change; tried last at ${told.tried.slice(0, 19)}Z` : 'Published by itself when lists have come to rest'
}

export function ageOf(row: ListRow, duration: (ms: number) => string): string {
  return row.age_seconds === null ? 'never read' : row.age_seconds < 120 ? 'current' : `${duration(row.age_seconds * 1000)} old`
}

export function stateOf(row: ListRow): string {
  if (row.damaged) return `damaged: ${row.damaged}`
  if (row.error) return `fails: ${row.error}`
  if (row.held) return `held back: ${count(row.held.indicators)} came where ${count(row.held.was)} were`
  return row.imported ? 'imported by hand' : 'kept current'
}
