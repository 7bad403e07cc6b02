/** What a visitor did, told in order of time. */
import { fill, h, put, untrusted } from '../dom.ts'
import { clock, counted, duration, stamp } from '../format.ts'
import { instant } from '../place.ts'
import type { StoryEvent } from './answers.ts'
import type { Opener } from './octets.ts'
import { defanged } from './words.ts'

const TEXT_MAX = 400 // characters of one event; a payload opens whole
const SHOWN = 6 // events of a run of the same kind; a relay asks for hundreds of targets

/** What an event is called, and the sign before it. */
const NAMES: Record<string, [string, string]> = {
  connect: ['●', 'came'],
  version: ['·', 'client'],
  fingerprint: ['·', 'fingerprint'],
  terminal: ['·', 'terminal'],
  variable: ['·', 'variable'],
  login: ['×', 'login refused'],
  command: ['$', 'typed'],
  tunnel: ['→', 'wanted on to'],
  payload: ['⇢', 'sent'],
  download: ['↓', 'file'],
  mail: ['✉', 'mail'],
  capture: ['⇣', 'sent to a port'],
  recording: ['▸', 'terminal recorded'],
  close: ['○', 'left'],
}
const LET_IN: [string, string] = ['✓', 'login let in']

export function nameOf(event: StoryEvent): [string, string] {
  if (event.kind === 'login' && event.accepted) return LET_IN
  return Object.hasOwn(NAMES, event.kind) ? NAMES[event.kind] : ['·', event.kind]
}

/** Events that say one thing together: the tunnels and payloads of a relay, the attempts of a guesser. */
export function runsOf(events: readonly StoryEvent[]): StoryEvent[][] {
  const found: StoryEvent[][] = []
  const family = (event: StoryEvent) =>
    ['tunnel', 'payload'].includes(event.kind) ? 'onward' : `${event.kind}${event.accepted ?? ''}`
  for (const event of events) {
    const last = found[found.length - 1]
    if (last && family(last[0]) === family(event) && last[0].session === event.session) last.push(event)
    else found.push([event])
  }
  return found
}

export interface Telling {
  tz: string
  opener: Opener
  /** With the name of its session before each event: of a source that had several. */
  sessions?: boolean
}

export function storyList(events: readonly StoryEvent[], telling: Telling): HTMLElement {
  const list = h('ol', { class: 'story' })
  const begin = instant(events[0]?.time ?? null)
  const days = new Set(events.map(event => stamp(instant(event.time) ?? 0, telling.tz).slice(0, 10)))
  const item = (event: StoryEvent) => told(event, telling, begin, days.size > 1)
  for (const run of runsOf(events)) {
    put(list, ...run.slice(0, SHOWN).map(item))
    if (run.length > SHOWN) put(list, rest(run.slice(SHOWN), item))
  }
  return list
}

/** What is folded is made when it is opened: a relay's story may have thousands of events. */
function rest(events: readonly StoryEvent[], item: (event: StoryEvent) => HTMLElement): HTMLElement {
  const inner = h('ol', { class: 'story' })
  const details = h('details', {}, h('summary', {}, `${counted(events.length, 'more', 'more')} of this`), inner)
  details.addEventListener('toggle', () => {
    if (details.open && !inner.firstChild) fill(inner, ...events.map(item))
  })
  return h('li', { class: 'story-rest' }, details)
}

function told(event: StoryEvent, telling: Telling, begin: number | null, dated: boolean): HTMLElement {
  const at = instant(event.time)
  const [sign, name] = nameOf(event)
  const text = event.kind === 'close' && event.text ? `after ${event.text}` : defanged(event.text)
  const { example, session } = event
  const words = text && h('span', { class: 'story-text mono' }, untrusted(text, TEXT_MAX))
  const since = at !== null && begin !== null && at > begin && !telling.sessions ? `+${duration(at - begin)}` : ''
  return h(
    'li',
    { class: event.accepted ? 'story-event accepted' : 'story-event' },
    h('time', { class: 'story-time', datetime: event.time, title: since }, at === null ? '' : dated ? stamp(at, telling.tz) : clock(at, telling.tz, true)),
    h('span', { class: 'story-sign', 'aria-hidden': 'true' }, sign),
    h('span', { class: 'story-kind' }, name),
    ' ',
    example && words ? h('button', { type: 'button', class: 'link', title: 'Headers and octets', onclick: () => telling.opener.payload(example) }, words) : words,
    telling.sessions && session
      ? h('button', { type: 'button', class: 'link mono small', onclick: () => telling.opener.session(session, event.sensor ?? '') }, untrusted(session, 40))
      : null,
  )
}
