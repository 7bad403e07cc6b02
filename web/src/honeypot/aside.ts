/** The column beside the tables: a session, a source, a payload, a capture, or an answer to "why". One at a time. */
import { ask, type Query, type Why } from '../api.ts'
import { answerInto } from '../asking.ts'
import { fill, h, put, untrusted } from '../dom.ts'
import { counted, duration } from '../format.ts'
import { commandField } from '../menus.ts'
import { whyAnswer, type WhyListener } from '../why.ts'
import type { Life, Replay, Story, StoryEvent, Table } from './answers.ts'
import { sessionCommand, type Told } from './command.ts'
import { lifeShown } from './life.ts'
import { captureShown, payloadShown, type Opener } from './octets.ts'
import type { Opened } from './place.ts'
import { Player } from './player.ts'
import { storyList } from './story.ts'
import { sizeOf } from './terminal.ts'
import { said } from './words.ts'

const STORY_MAX = 2000 // events that the server tells of one session or source

/** What it takes to ask: the question of the period, and one wider by a day for sessions that began before it. */
export interface Asking {
  within: Query
  around: Query
  sensor: string
  told: Omit<Told, 'top'>
  tz: string
}

export class Aside {
  readonly element = h('aside', { class: 'panel pot-panel', 'aria-label': 'In detail', 'data-testid': 'panel', hidden: true })
  private readonly opener: Opener
  private readonly listener: WhyListener
  private readonly close: () => void
  private asking: AbortController | null = null
  private key = ''

  constructor(opener: Opener, listener: WhyListener, close: () => void) {
    this.opener = opener
    this.listener = listener
    this.close = close
  }

  show(opened: Opened | null, why: string, asking: Asking): void {
    const key = why ? `why ${why}` : opened ? JSON.stringify([opened, asking.within]) : ''
    if (key === this.key) return
    this.key = key
    this.asking?.abort()
    this.element.hidden = !key
    fill(this.element)
    if (!key) return
    this.asking = new AbortController()
    const box = h('div', { class: 'aside-body' })
    put(this.element, this.head(why ? `Why ${why}?` : titleOf(opened as Opened)), box)
    const words = why ? 'Looking through everything stored…' : 'Reading…'
    void answerInto(box, words, this.asking.signal, signal => (why ? this.why(why, asking.tz, signal) : this.told(opened as Opened, asking, signal)))
    this.reveal()
  }

  private head(title: string): HTMLElement {
    const close = h('button', { type: 'button', class: 'close', 'aria-label': 'Close', onclick: this.close }, '×')
    const head = h('h2', { tabindex: -1 }, untrusted(title, 120))
    queueMicrotask(() => head.focus({ preventScroll: true }))
    return h('div', { class: 'panel-head' }, head, close)
  }

  /** Below the tables on narrow screens: there it must be brought into sight. */
  private reveal(): void {
    if (matchMedia('(max-width: 999px)').matches) queueMicrotask(() => this.element.scrollIntoView({ block: 'start' }))
  }

  private async why(q: string, tz: string, signal: AbortSignal): Promise<(Node | null)[]> {
    return whyAnswer(await ask<Why>('why', { q }, signal), tz, this.listener)
  }

  private told(opened: Opened, asking: Asking, signal: AbortSignal): Promise<(Node | null)[]> {
    if (opened.kind === 'session') return this.session(opened.name, opened.sensor, asking, signal)
    if (opened.kind === 'source') return this.source(opened.name, asking, signal)
    if (opened.kind === 'payload') return payloadShown({ ...asking.around, src: null }, opened.name, asking.tz, this.opener, signal)
    return captureShown(opened.name, asking.tz, this.opener, signal)
  }

  private async session(name: string, sensor: string, asking: Asking, signal: AbortSignal): Promise<(Node | null)[]> {
    const query = { ...asking.around, sensor, src: null, session: name }
    const { events } = await ask<Story>('storyboard', query, signal)
    if (!events.length) return [h('p', { class: 'quiet' }, 'Nothing of this session is stored in this period.')]
    const source = events.find(event => event.src_addr)?.src_addr ?? null
    return [
      this.facts(events, source),
      this.replays(events, query, asking.tz),
      h('h3', {}, 'What happened'),
      storyList(events, { tz: asking.tz, opener: this.opener }),
      events.length >= STORY_MAX ? h('p', { class: 'quiet' }, `The first ${counted(STORY_MAX, 'event')} are told.`) : null,
      commandField(sessionCommand(name, asking.told), 'The command that tells this session'),
    ]
  }

  private facts(events: readonly StoryEvent[], source: string | null): HTMLElement {
    const one = (kind: string) => events.find(event => event.kind === kind)?.text
    const open = source && h('button', { type: 'button', class: 'link mono', onclick: () => this.opener.source(source) }, untrusted(source, 60))
    const pairs: [string, Node | string | null][] = [
      ['Source', open || 'the log does not name it'],
      ['Sensor', events[0].sensor],
      ['Service', events.find(event => event.service)?.service ?? null],
      ['Client', one('version') ? said(one('version'), 100) : null],
      ['HASSH', one('fingerprint') ? said(one('fingerprint'), 60) : null],
    ]
    const told = pairs.filter(([, value]) => value)
    return h('dl', {}, ...told.flatMap(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]))
  }

  /** Recorded terminals are read when they are asked for: they lie on the honeypot's own disk. */
  private replays(events: readonly StoryEvent[], query: Query, tz: string): HTMLElement | null {
    const kept = events.filter(event => event.kind === 'recording').length
    if (!kept) return null
    const size = sizeOf(events.find(event => event.kind === 'terminal')?.text)
    const box = h('div', { class: 'replays' })
    const load = async (signal: AbortSignal) => {
      const { recordings } = await ask<{ recordings: Replay[] }>('recording', query, signal)
      return recordings.map(one => new Player(one, size, tz).element)
    }
    const start = () => void answerInto(box, 'Reading the recording…', this.asking?.signal ?? new AbortController().signal, load)
    const button = h('button', { type: 'button', 'data-testid': 'replay', onclick: start }, kept === 1 ? 'Replay the terminal' : `Replay ${kept} terminals`)
    put(box, button)
    return box
  }

  private async source(address: string, asking: Asking, signal: AbortSignal): Promise<(Node | null)[]> {
    const query = { ...asking.within, src: address }
    const [{ life }, sessions, story] = await Promise.all([
      ask<{ life: Life | null }>('life', query, signal),
      ask<Table>('honeypot/sessions', { ...query, top: 20 }, signal),
      ask<Story>('storyboard', query, signal),
    ])
    const why = h('p', {}, h('button', { type: 'button', onclick: () => this.listener.why(address) }, 'Why? All that is stored of it'))
    if (!life) return [h('p', { class: 'quiet' }, 'It did nothing at a honeypot in this period.'), why]
    return [
      ...lifeShown(life, asking.tz),
      this.sessionsOf(sessions),
      h('h3', {}, 'What happened'),
      storyList(story.events, { tz: asking.tz, opener: this.opener, sessions: true }),
      story.events.length >= STORY_MAX ? h('p', { class: 'quiet' }, `The first ${counted(STORY_MAX, 'event')} are told.`) : null,
      why,
    ]
  }

  private sessionsOf({ rows }: Table): HTMLElement | null {
    if (!rows.length) return null
    const items = rows.map(row => {
      const [name, sensor] = [String(row['session'] ?? ''), String(row['sensor'] ?? '')]
      const did = [
        ['logins', 'login', 'logins'],
        ['commands', 'command', 'commands'],
        ['tunnels', 'tunnel', 'tunnels'],
        ['downloads', 'file', 'files'],
      ].flatMap(([key, one, many]) => (Number(row[key]) ? [counted(Number(row[key]), one, many)] : []))
      const lasted = typeof row['duration'] === 'number' ? `${duration(1000 * row['duration'])}; ` : ''
      const open = () => this.opener.session(name, sensor)
      return h('li', {}, h('button', { type: 'button', class: 'link mono', onclick: open }, untrusted(name, 40)), h('span', { class: 'quiet' }, ` ${lasted}${did.join(', ')}`))
    })
    return h('details', { class: 'part', open: items.length <= 5 }, h('summary', {}, counted(items.length, 'session')), h('ul', { class: 'lines' }, ...items))
  }
}

function titleOf(opened: Opened): string {
  const words = { session: `Session ${opened.name}`, source: opened.name, payload: 'Payload', capture: `Capture ${opened.name}` }
  return words[opened.kind]
}

