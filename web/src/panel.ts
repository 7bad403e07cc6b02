/** The column beside the picture: what is different, or the evidence, or an answer to "why". One at a time, in one place. */
import {
  aborted,
  ask,
  filters,
  rectQuery,
  ApiError,
  type At,
  type Card,
  type ProbeRecord,
  type Records,
  type Today,
  type Why,
} from './api.ts'
import { fill, h, put, untrusted } from './dom.ts'
import { count, counted, stamp } from './format.ts'
import { instant, type Place, type Rect } from './place.ts'
import { portTable, scroller, sourceTable } from './tables.ts'
import { heading, portName, whence } from './tooltip.ts'

export interface PanelListener {
  lightUp(card: number | null): void
  open(rect: Rect): void
  why(q: string): void
  close(): void
  /** Narrow the picture to a source; or to ports. */
  filter(src: string): void
  zoom(rect: Rect): void
}

// What a line does not say is left out of its record.
const BLANK: ProbeRecord = {
  time: '',
  sensor: null,
  src_addr: null,
  src_port: null,
  dst_addr: null,
  dst_port: null,
  proto: null,
  proto_name: null,
  tcp_flags: null,
  icmp_type: null,
  icmp_code: null,
  action: null,
  in_if: null,
  out_if: null,
  rule: null,
  src_cc: null,
  src_as: null,
  dialect: null,
  raw: null,
  file: null,
  offset: null,
}
const PAGE = 50 // log lines per step

export function rectOfCard(card: Card): Rect | null {
  const from = instant(card.from)
  const to = instant(card.to)
  if (from === null || to === null) return null
  return { from, to, portMin: card.port_min, portMax: card.port_max, planes: card.plane ? [card.plane] : [] }
}

export class Panel {
  readonly element = h('aside', { class: 'panel', 'aria-label': 'What is different', 'data-testid': 'panel' })
  private asking: AbortController | null = null
  private cards: HTMLElement[] = []
  private readonly listener: PanelListener

  constructor(listener: PanelListener) {
    this.listener = listener
  }

  showToday(today: Today | null, title: string): void {
    this.stop()
    this.element.setAttribute('aria-label', title)
    this.cards = today?.cards.map((card, i) => this.card(card, i)) ?? []
    const nothing = h('p', { class: 'quiet' }, 'Nothing stands out against the days before.')
    fill(
      this.element,
      h('h2', {}, title),
      this.cards.length ? h('ol', { class: 'cards', 'data-testid': 'cards' }, ...this.cards) : today && nothing,
    )
  }

  lightUp(index: number | null): void {
    this.cards.forEach((card, i) => card.classList.toggle('strong', i === index))
  }

  private card(card: Card, index: number): HTMLElement {
    const rect = rectOfCard(card)
    const on = () => this.listener.lightUp(index)
    const off = () => this.listener.lightUp(null)
    const inner = [
      h('span', { class: 'card-kind' }, h('span', { class: 'card-mark' }, String(index + 1)), untrusted(card.kind, 60)),
      h('strong', {}, untrusted(card.title, 200)),
      h('span', { class: 'card-text' }, untrusted(card.text, 600)),
    ]
    const events = { onpointerenter: on, onpointerleave: off, onfocus: on, onblur: off }
    return h(
      'li',
      {},
      rect
        ? h('button', { type: 'button', class: 'card', ...events, onclick: () => this.listener.open(rect) }, ...inner)
        : h('div', { class: 'card' }, ...inner),
    )
  }

  /** The log lines of a rectangle of the picture, with their sum first. */
  async showEvidence(rect: Rect, place: Place, tz: string): Promise<void> {
    const asking = this.start(`Log lines, ${heading(rect, tz)}`)
    const sum = h('div', { class: 'sum' })
    const list = h('ol', { class: 'records' })
    const more = h('div')
    put(this.element, h('div', { 'data-testid': 'records' }, sum, this.zoomButton(rect), list, more))
    const query = { ...filters(place), ...rectQuery(rect) }
    await Promise.all([
      this.guard(sum, asking, async () => this.sum(sum, await ask<At>('fireplot/at', query, asking.signal))),
      this.page(list, more, query, null, tz, asking),
    ])
  }

  private zoomButton(rect: Rect): HTMLElement {
    return h(
      'p',
      {},
      h('button', { type: 'button', onclick: () => this.listener.zoom(rect) }, 'Zoom the picture to this'),
    )
  }

  private sum(box: HTMLElement, answer: At): void {
    const ports = answer.ports
      .slice(0, 5)
      .map(row => `${portName(row)} ${count(row.events)}`)
      .join(' · ')
    fill(
      box,
      h(
        'p',
        {},
        h('strong', {}, counted(answer.events, 'probe')),
        ` from ${counted(answer.sources, 'address', 'addresses')}`,
      ),
      ports && h('p', { class: 'quiet' }, untrusted(ports, 400)),
      h(
        'ul',
        { class: 'tops' },
        ...answer.top_sources
          .slice(0, 8)
          .map(row =>
            h(
              'li',
              {},
              this.whyButton(row.src_addr),
              ' ',
              h('span', { class: 'quiet' }, untrusted(whence(row), 60)),
              ' ',
              count(row.events),
            ),
          ),
      ),
    )
  }

  private whyButton(address: string): HTMLElement {
    return h(
      'button',
      {
        type: 'button',
        class: 'link mono',
        'aria-label': `Why ${address}?`,
        onclick: () => this.listener.why(address),
      },
      untrusted(address, 60),
    )
  }

  private async page(
    list: HTMLElement,
    more: HTMLElement,
    query: ReturnType<typeof rectQuery>,
    after: string | null,
    tz: string,
    asking: AbortController,
  ): Promise<void> {
    await this.guard(more, asking, async () => {
      const answer = await ask<Records>('records', { ...query, limit: PAGE, after }, asking.signal)
      put(list, ...answer.records.map(record => this.record(record, tz)))
      const next = answer.next
      if (!list.childElementCount)
        fill(
          more,
          h(
            'p',
            { class: 'quiet' },
            'No log lines are kept for this. Raw lines are stored for a shorter time than the counts.',
          ),
        )
      else if (next)
        fill(
          more,
          h(
            'button',
            { type: 'button', onclick: () => void this.page(list, more, query, next, tz, asking) },
            `Show ${PAGE} more`,
          ),
        )
      else fill(more, h('p', { class: 'quiet' }, `${counted(list.childElementCount, 'line')}, no more.`))
    })
  }

  private record(sent: Partial<ProbeRecord>, tz: string): HTMLElement {
    const record = { ...BLANK, ...sent }
    const at = instant(record.time)
    const end = (address: string | null, port: number | null) =>
      `${address?.includes(':') && port !== null ? `[${address}]` : (address ?? '?')}${port === null ? '' : `:${port}`}`
    const origin = [record.file, record.offset === null ? null : `offset ${record.offset}`].filter(Boolean).join(' ')
    return h(
      'li',
      {},
      h(
        'div',
        { class: 'record-head' },
        h('time', { datetime: record.time }, at === null ? record.time : stamp(at, tz)),
        ' ',
        record.src_addr ? this.whyButton(record.src_addr) : '?',
        record.src_port === null ? '' : `:${record.src_port}`,
        ' → ',
        h('span', { class: 'mono' }, untrusted(end(record.dst_addr, record.dst_port), 80)),
        ' ',
        untrusted(factsOf(record), 200),
      ),
      h('pre', {}, record.raw === null ? h('span', { class: 'quiet' }, 'line not kept') : untrusted(record.raw)),
      origin &&
        h(
          'div',
          { class: 'quiet small' },
          untrusted([record.sensor, record.dialect, origin].filter(Boolean).join(' · '), 400),
        ),
    )
  }

  async showWhy(q: string, tz: string): Promise<void> {
    const asking = this.start(`Why ${q}?`)
    const box = h('div', {})
    put(this.element, box)
    await this.guard(box, asking, async () => {
      const answer = await ask<Why>('why', { q }, asking.signal)
      fill(box, ...this.answer(answer, tz))
    })
  }

  private answer(answer: Why, tz: string): (HTMLElement | null)[] {
    const from = instant(answer.from)
    const to = instant(answer.to)
    const time = (text: string) => {
      const at = instant(text)
      return at === null ? text : stamp(at, tz)
    }
    const seen = from === null || to === null ? 'never seen' : `seen from ${stamp(from, tz)} to ${stamp(to, tz)}`
    const one = answer.kind === 'address' || answer.kind === 'network'
    return [
      h('p', {}, h('strong', {}, counted(answer.events, 'probe')), `, ${seen}`),
      h(
        'dl',
        {},
        ...answer.facts.flatMap(fact => [
          h('dt', {}, untrusted(fact.label, 100)),
          h('dd', {}, untrusted(localTime(fact.value, tz), 500)),
        ]),
      ),
      one && answer.events
        ? h(
            'p',
            {},
            h(
              'button',
              { type: 'button', onclick: () => this.listener.filter(answer.q) },
              'Show only this in the picture',
            ),
          )
        : null,
      answer.ports.length ? scroller('Ports', portTable('Ports', answer.ports)) : null,
      answer.sources.length && answer.kind !== 'address'
        ? scroller(
            'Addresses',
            sourceTable('Addresses', answer.sources, address => this.listener.why(address), time),
          )
        : null,
    ]
  }

  private start(title: string): AbortController {
    this.stop()
    this.element.setAttribute('aria-label', 'Evidence')
    const close = h(
      'button',
      { type: 'button', class: 'close', 'aria-label': 'Close', onclick: () => this.listener.close() },
      '×',
    )
    const head = h('h2', { tabindex: -1 }, untrusted(title, 120))
    fill(this.element, h('div', { class: 'panel-head' }, head, close))
    head.focus({ preventScroll: true })
    if (matchMedia('(max-width: 999px)').matches) this.element.scrollIntoView({ block: 'start' })
    return (this.asking = new AbortController())
  }

  private stop(): void {
    this.asking?.abort()
    this.asking = null
    this.cards = []
  }

  /** Run a question; what went wrong is said in the box where the answer would be. */
  private async guard(box: HTMLElement, asking: AbortController, question: () => Promise<void>): Promise<void> {
    const wait = window.setTimeout(() => fill(box, h('p', { class: 'quiet' }, 'Reading the store…')), 1000)
    try {
      await question()
    } catch (error) {
      if (aborted(error) || asking.signal.aborted) return
      if (!(error instanceof ApiError)) throw error
      fill(box, h('p', { class: 'error', role: 'alert' }, error.message))
    } finally {
      window.clearTimeout(wait)
    }
  }
}

/** A fact that is an instant reads as one of the shown zone. */
function localTime(value: string, tz: string): string {
  const at = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T/.test(value) ? instant(value) : null
  return at === null ? value : stamp(at, tz)
}

function factsOf(record: ProbeRecord): string {
  const icmp = record.icmp_type === null ? null : `type ${record.icmp_type} code ${record.icmp_code ?? '?'}`
  const path = [record.in_if && `in ${record.in_if}`, record.out_if && `out ${record.out_if}`].filter(Boolean).join(' ')
  const country = record.src_cc === '--' ? 'home' : record.src_cc
  return [
    record.proto_name ?? record.proto,
    record.tcp_flags,
    icmp,
    record.action,
    path,
    record.rule,
    country,
    record.src_as ? `AS${record.src_as}` : null,
  ]
    .filter(part => part !== null && part !== undefined && part !== '')
    .join(' · ')
}
