/** The column beside the picture: what is different, or the evidence, or an answer to "why". One at a time, in one place. */
import {
  ask,
  filters,
  rectQuery,
  type At,
  type Card,
  type Finding,
  type Findings,
  type ProbeRecord,
  type Records,
  type SourceRow,
  type Today,
  type Why,
} from './api.ts'
import { answerInto, skeleton } from './asking.ts'
import { fill, h, put, untrusted } from './dom.ts'
import { count, counted, stamp } from './format.ts'
import { findingWords, whoOf } from './findingpanel.ts'
import { instant, type Place, type Rect } from './place.ts'
import { heading, portName, whence } from './tooltip.ts'
import { whyAnswer } from './why.ts'

export interface PanelListener {
  lightUp(card: number | null): void
  /** Who shows findings opens them too. */
  lightFinding?(id: string | null): void
  openFinding?(id: string): void
  open(rect: Rect): void
  why(q: string): void
  close(): void
  /** The log lines of a finding. */
  lines?(finding: Finding): void
  /** Narrow the picture to a source or destination; or to a rectangle; or to a port. */
  filter(change: { src: string } | { dst: string }): void
  zoom(rect: Rect): void
  zoomPort(port: number): void
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
const LISTED = 25 // findings beside the picture; more are read in a table
const GONE = 'The period shown has no finding of that name. It may have become another one when more was stored, or its records are no longer kept.'

/** Findings with their numbers in the picture, and what else is to be said of them; null before anything is known. */
export interface Found {
  findings: Findings | null
  numbers: ReadonlyMap<string, number>
  /** Those that an outline stands for beside its own. */
  alike: ReadonlyMap<string, readonly string[]>
  words: string
  /** Where drawings are. */
  gallery: string
}

const PAGE = 50 // log lines per step
const NO_LINES = 'No log lines are kept for this. Raw lines are stored for a shorter time than the counts.'

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
  private findings = new Map<string, HTMLElement>()
  private readonly listener: PanelListener

  constructor(listener: PanelListener) {
    this.listener = listener
  }

  /** What was found, and what is different, as cards; without any, why there are none. */
  showToday(today: Today | null, title: string, found: Found): void {
    this.head(found.findings ? '' : title)
    this.showFindings(found)
    if (found.findings) put(this.element, h('h2', {}, title))
    if (!today) put(this.element, ...skeleton('Comparing with the days before…', 3))
    else if (!today.cards.length) put(this.element, h('p', { class: 'quiet' }, nothingDifferent(today.days_before)))
    else this.showCards(today.cards, Boolean(found.numbers.size))
  }

  private showCards(cards: Card[], isNumbered: boolean): void {
    this.cards = cards.map((card, i) => this.card(card, isNumbered ? '' : String(i + 1)))
    put(this.element, h('ol', { class: 'cards', 'data-testid': 'cards' }, ...this.cards))
  }

  /** Cards of findings, in the order in which they are numbered. */
  private showFindings({ findings, numbers, alike, words, gallery }: Found): void {
    if (!findings) return
    const hidden = new Set([...alike.values()].flat())
    const all = findings.findings.filter(one => !hidden.has(one.id))
    put(this.element, h('h2', {}, all.length ? `Findings, ${count(findings.findings.length)}` : 'Findings'))
    if (words) put(this.element, h('p', { class: 'quiet', role: 'status', 'data-testid': 'finding-note' }, words))
    const shown = all.slice(0, LISTED)
    this.findings = new Map(shown.map(one => [one.id, this.findingCard(one, numbers.get(one.id), alike.get(one.id)?.length ?? 0)]))
    if (shown.length) put(this.element, h('ol', { class: 'cards', 'data-testid': 'findings' }, ...this.findings.values()))
    if (all.length > shown.length)
      put(this.element, h('p', { class: 'quiet' }, `and ${count(all.length - shown.length)} more; the table (t) has them`))
    put(this.element, h('p', { class: 'quiet' }, h('a', { href: gallery }, 'Gallery'), ': what was drawn in the month before'))
  }

  /** `alike` more of its kind are at the same place. */
  private findingCard(finding: Finding, number: number | undefined, alike: number): HTMLElement {
    const events = this.lights(() => this.listener.lightFinding?.(finding.id), () => this.listener.lightFinding?.(null))
    return h(
      'li',
      {},
      h(
        'button',
        { type: 'button', class: 'card', ...events, onclick: () => this.listener.openFinding?.(finding.id) },
        h('span', { class: 'card-kind' }, number && h('span', { class: 'card-mark' }, String(number)), untrusted(finding.title, 60)),
        h('strong', {}, untrusted(whoOf(finding), 120)),
        h('span', { class: 'card-text' }, untrusted(finding.sentence, 400)),
        alike > 0 && h('span', { class: 'card-text' }, `${count(alike)} more did alike; the table (t) has them.`),
      ),
    )
  }

  private lights(on: () => void, off: () => void) {
    return { onpointerenter: on, onpointerleave: off, onfocus: on, onblur: off }
  }

  lightFinding(id: string | null): void {
    for (const [own, item] of this.findings) item.firstElementChild?.classList.toggle('strong', own === id)
  }

  /** One finding; null where the period has none of that name. */
  showFinding(finding: Finding | null, number: number | undefined, tz: string, link: string): void {
    this.start(finding ? `${number ? `${number} ` : ''}${finding.title}: ${whoOf(finding)}` : 'Not found')
    const actions = {
      why: (q: string) => this.listener.why(q),
      lines: (one: Finding) => this.listener.lines?.(one),
      zoom: (rect: Rect) => this.listener.zoom(rect),
    }
    const words = finding ? findingWords(finding, tz, link, actions) : [h('p', {}, GONE)]
    put(this.element, h('div', { 'data-testid': 'finding' }, ...words))
    this.reveal()
  }

  showWords(title: string, words: string): void {
    this.head(title)
    put(this.element, h('p', { class: 'quiet' }, words))
  }

  showWaiting(title: string, words = 'Comparing with the days before…'): void {
    this.head(title)
    put(this.element, ...skeleton(words, 3))
  }

  private head(title: string): void {
    this.stop()
    this.element.setAttribute('aria-label', title || 'Findings')
    fill(this.element, title ? h('h2', {}, title) : null)
  }

  lightUp(index: number | null): void {
    this.cards.forEach((card, i) => card.classList.toggle('strong', i === index))
  }

  private card(card: Card, mark: string): HTMLElement {
    const rect = rectOfCard(card)
    const inner = [
      h('span', { class: 'card-kind' }, mark && h('span', { class: 'card-mark' }, mark), untrusted(card.kind, 60)),
      h('strong', {}, untrusted(card.title, 200)),
      h('span', { class: 'card-text' }, untrusted(card.text, 600)),
    ]
    const events = this.lights(() => this.listener.lightUp(this.cards.indexOf(item)), () => this.listener.lightUp(null))
    const item: HTMLElement = h(
      'li',
      {},
      rect
        ? h('button', { type: 'button', class: 'card', ...events, onclick: () => this.listener.open(rect) }, ...inner)
        : h('div', { class: 'card' }, ...inner),
    )
    return item
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
      answerInto(sum, 'Counting…', asking.signal, async signal => this.sum(await ask<At>('fireplot/at', query, signal))),
      this.page(list, more, query, null, tz, asking),
    ])
    if (!asking.signal.aborted) this.reveal()
  }

  private zoomButton(rect: Rect): HTMLElement {
    return h(
      'p',
      {},
      h('button', { type: 'button', onclick: () => this.listener.zoom(rect) }, 'Zoom the picture to this'),
    )
  }

  private sum(answer: At): HTMLElement[] {
    const ports = answer.ports.map(row => `${portName(row)} ${count(row.events)}`).join(' · ')
    const from = ` from ${counted(answer.sources, 'address', 'addresses')}`
    return [
      h('p', {}, h('strong', {}, counted(answer.events, 'probe')), from),
      h('p', { class: 'quiet' }, untrusted(ports, 400)),
      h('ul', { class: 'tops' }, ...answer.top_sources.map(row => this.top(row))),
    ]
  }

  private top(row: SourceRow): HTMLElement {
    const place = h('span', { class: 'quiet' }, untrusted(whence(row), 60))
    return h('li', {}, this.whyButton(row.src_addr), ' ', place, ' ', count(row.events))
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
    await answerInto(more, 'Reading log lines…', asking.signal, async signal => {
      const answer = await ask<Records>('records', { ...query, limit: PAGE, after }, signal)
      put(list, ...answer.records.map(record => this.record(record, tz)))
      const { next } = answer
      const further = () => void this.page(list, more, query, next, tz, asking)
      if (next) return [h('button', { type: 'button', onclick: further }, `Show ${PAGE} more`)]
      const lines = list.childElementCount
      return [h('p', { class: 'quiet' }, lines ? `${counted(lines, 'line')}, no more.` : NO_LINES)]
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
    await answerInto(box, 'Looking through everything stored…', asking.signal, async signal =>
      whyAnswer(await ask<Why>('why', { q }, signal), tz, this.listener),
    )
    if (!asking.signal.aborted) this.reveal()
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
    this.reveal()
    return (this.asking = new AbortController())
  }

  /** Below the picture on narrow screens: there it must be brought into sight, and again when it has grown. */
  private reveal(): void {
    if (matchMedia('(max-width: 999px)').matches) this.element.scrollIntoView({ block: 'start' })
  }

  private stop(): void {
    this.asking?.abort()
    this.asking = null
    this.cards = []
    this.findings = new Map()
  }
}

function nothingDifferent(days: number): string {
  if (!days) return 'There is no earlier day to compare with. What is different is told from the second day on.'
  const before = days === 1 ? 'the day before' : `the ${days} days before`
  return `Nothing stands out against ${before}: no port was wanted by many more addresses than usual.`
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
