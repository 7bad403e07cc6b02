/** The section Flows: who exports them, what of it was seen, and what is known of each exporter. */
import { ask, within } from './api.ts'
import { Asking } from './asking.ts'
import { fill, h, hide, untrusted } from './dom.ts'
import { clockOf, describes, lostOf, templateLine, templatesOf, type Exporter, type Exporters } from './exporterwords.ts'
import { count, duration, percent, stamp } from './format.ts'
import { grid } from './grid.ts'
import { instant } from './place.ts'
import type { Host, Period, Section, Where } from './section.ts'

const HEADS: [string, boolean?][] = [
  ['Exporter'],
  ['Flows', true],
  ['Seen', true],
  ['Lost', true],
  ['Reordered', true],
  ['Twice', true],
  ['Late', true],
  ['Unreadable', true],
  ['Dropped here', true],
  ['Restarts', true],
  ['Sampling', true],
  ['Clock'],
  ['Templates'],
  ['Last heard'],
]

export const section = (host: Host): Section => new Flows(host)

class Flows implements Section {
  readonly element: HTMLElement
  private readonly host: Host
  private readonly headline = h('h1', { 'data-testid': 'headline' })
  private readonly synthetic = h('span', { class: 'synthetic', hidden: true }, 'synthetic sample day')
  private readonly note = h('span', { class: 'note' })
  private readonly body = h('div', { class: 'warned-body' })
  private readonly asking = new Asking()
  private where: Where | null = null
  private key = ''
  private answer = ''

  constructor(host: Host) {
    this.host = host
    const lines = h('p', { class: 'totals-line' }, this.synthetic, this.note)
    this.element = h('div', { class: 'warned by-name', 'data-testid': 'flows' }, this.headline, lines, this.body)
  }

  title(where: Where): string {
    return where.period?.title ?? ''
  }

  show(where: Where): void {
    this.where = where
    hide(this.synthetic, !where.about.synthetic)
    const key = JSON.stringify([where.period && within(where.period), where.tz])
    if (key === this.key) return
    this.key = key
    this.note.textContent = where.period?.note ?? ''
    if (where.period) this.ask(where.period)
    else this.nothing()
  }

  /** The table stays while the reader is in it. */
  refresh(): void {
    const period = this.where?.period
    if (period && !this.body.contains(document.activeElement)) this.asking.again(() => this.ask(period))
  }

  private nothing(): void {
    this.headline.textContent = 'No flows were received yet'
    fill(this.body, noFlows())
  }

  private ask(period: Period): void {
    void this.asking.into(this.body, 'Reading the ledger…', async signal => {
      const told = await ask<Exporters>('exporters', within(period), signal)
      const text = JSON.stringify(told)
      const same = text === this.answer && this.body.querySelector('table')
      this.answer = text
      this.headline.textContent = told.exporters.length ? sentence(told.flows_seen) : `No flows came on ${period.title}`
      if (same) return [...this.body.children] as HTMLElement[]
      return told.exporters.length ? [this.table(told, period)] : [told.known ? nothingThen(told.known) : noFlows()]
    })
  }

  private table(told: Exporters, period: Period): HTMLElement {
    const of = told.total > told.exporters.length ? `the first ${count(told.exporters.length)} of ${count(told.total)}` : count(told.total)
    const caption = `Observation domains, ${of}; the ledger of ${period.title}, the clock, sampling and templates as of now`
    return grid(caption, HEADS, told.exporters.map(one => this.row(one)))
  }

  private row(one: Exporter): (Node | string)[] {
    const now = this.host.now()
    const who = h('span', { class: 'who' }, h('b', {}, untrusted(one.sensor, 80)), h('span', { class: 'quiet line small' }, untrusted(describes(one), 120)))
    const numbers = [one.reordered, one.duplicated, one.late, one.undecodable].map(count)
    return [who, count(one.flows), one.share_seen === null ? '–' : percent(one.share_seen), lostOf(one), ...numbers, one.dropped === null ? 'unknown' : count(one.dropped), count(one.restarts), one.sampling ? `1 in ${count(one.sampling)}` : 'not told', clockOf(one.skew_seconds), templates(one, now), this.when(one, now)]
  }

  private when(one: Exporter, now: number): HTMLElement {
    const at = instant(one.heard ?? one.last)
    if (at === null) return h('span', {}, 'never')
    return h('span', { class: 'whole', title: stamp(at, this.where?.tz ?? 'UTC') }, `${duration(now - at)} ago`)
  }
}

function sentence(text: string): string {
  return `${text[0]?.toUpperCase() ?? ''}${text.slice(1)}`
}

function templates(one: Exporter, now: number): HTMLElement {
  const words = templatesOf(one.templates, now)
  if (!one.templates?.length) return h('span', {}, words)
  return h('details', { class: 'counts' }, h('summary', {}, words), h('ul', {}, ...one.templates.map(each => h('li', {}, templateLine(each, now)))))
}

function nothingThen(known: number): HTMLElement {
  const one = known === 1
  return h('section', { class: 'empty', 'data-testid': 'empty' }, h('h2', {}, 'Nothing came in this period'), h('p', {}, `${count(known)} ${one ? 'exporter is' : 'exporters are'} known from other times. The router may have been silent, or this Varde did not run.`), h('p', {}, h('a', { class: 'button', href: '?view=flows' }, 'Go to the latest day with flows')))
}

function noFlows(): HTMLElement {
  return h(
    'section',
    { class: 'empty', 'data-testid': 'empty' },
    h('h2', {}, 'No exporter sends flows here yet'),
    h('p', {}, 'Varde takes NetFlow v1, v5, v7, v9, IPFIX and sFlow on UDP port 2055, of private senders and of those that ', h('code', {}, '[flows] accept'), ' names.'),
    h('h3', {}, 'MikroTik RouterOS'),
    h('pre', {}, '/ip traffic-flow set enabled=yes active-flow-timeout=1m\n/ip traffic-flow target add dst-address=ADDRESS-OF-THIS-MACHINE port=2055 version=9'),
    h('h3', {}, 'A capture'),
    h('pre', {}, 'varde read exports.pcap'),
  )
}
