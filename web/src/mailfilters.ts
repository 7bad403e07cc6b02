/** Mail filters: what amavisd told last, and the hours of the last day. */
import { untrusted, h } from './dom.ts'
import { count, counted, duration, percent, stamp } from './format.ts'
import { grid } from './grid.ts'
import { drawing } from './honeypot/spark.ts'
import { instant } from './place.ts'

export interface MailFilter {
  host: string
  error: string | null
  time: string | null
  description: string | null
  values: Record<string, number>
  hours: Record<string, number[]>
}

export interface MailFilters {
  hosts: MailFilter[]
}

const HEADS: [string, boolean?][] = [
  ['Mail filter'],
  ['Last reading'],
  ['Messages'],
  ['Spam'],
  ['Infected'],
  ['Also'],
  ['Busy', true],
  ['Queue', true],
]

const ALSO: [string, string, string?][] = [
  ['banned', 'forbidden attachment'],
  ['bad_header', 'broken header'],
  ['bounces', 'bounce'],
  ['open_relay', 'message for strangers', 'messages for strangers'],
]

export const sum = (values: readonly number[] | undefined): number => (values ?? []).reduce((all, one) => all + one, 0)

/** `12 (4.0 %)`; a share of nothing is none. */
export function shared(part: number, whole: number): string {
  return whole > 0 && part > 0 ? `${count(part)} (${percent(part / whole)})` : count(part)
}

/** What else there was, in words; a dash where nothing was. */
export function also(hours: Record<string, number[]>): string {
  const found = ALSO.map(([name, one, many]) => [sum(hours[name]), one, many] as const).filter(([number]) => number > 0)
  return found.map(([number, one, many]) => counted(number, one, many)).join(', ') || '–'
}

/** Files in all queues, or a dash where no Postfix is told of. */
export function queued(values: Record<string, number>): string {
  const found = Object.entries(values).filter(([name]) => name.startsWith('mtaQueueEntries'))
  return found.length ? count(sum(found.map(([, files]) => files))) : '–'
}

export function mailFilters(told: MailFilters, tz: string, now: number): HTMLElement | null {
  if (!told.hosts.length) return null
  const rows = told.hosts.map(one => row(one, tz, now))
  return h('div', { 'data-testid': 'mailfilters' }, grid('Mail filters (Amavis), the last 24 hours', HEADS, rows))
}

function row(one: MailFilter, tz: string, now: number): (Node | string)[] {
  const { hours, values } = one
  const all = sum(hours['received'])
  const busy = values['procAll'] === undefined ? '–' : `${count(values['procBusy'] ?? 0)} of ${count(values['procAll'])}`
  const who = h('span', { class: 'who' }, h('b', {}, untrusted(one.host, 100)), one.description && h('span', { class: 'quiet line small' }, untrusted(one.description, 100)))
  if (one.time === null && all === 0) return [who, state(one, tz, now), '–', '–', '–', '–', busy, queued(values)]
  return [who, state(one, tz, now), curve(count(all), hours['received']), curve(shared(sum(hours['spam']), all), hours['spam']), curve(shared(sum(hours['virus']), all), hours['virus']), also(hours), busy, queued(values)]
}

function curve(text: string, values: readonly number[] | undefined): HTMLElement {
  return h('span', { title: 'The last 24 hours' }, text, drawing(values ?? []))
}

function state(one: MailFilter, tz: string, now: number): HTMLElement {
  const at = instant(one.time)
  const read = at === null ? 'none since the start' : `${duration(Math.max(0, now - at))} ago`
  const words = h('span', { class: 'whole', title: at === null ? '' : stamp(at, tz) }, read)
  return one.error ? h('span', { title: one.error }, words, h('span', { class: 'quiet line small' }, 'does not answer: see above')) : words
}
