/** The section Gallery: pictures that somebody drew with packets, each from its own packets alone. */
import { address, ask, type Drawing, type Gallery } from './api.ts'
import { Asking } from './asking.ts'
import { fill, h, put, untrusted } from './dom.ts'
import { counted, stamp } from './format.ts'
import { commandField } from './menus.ts'
import type { SchemeName } from './palette.ts'
import { FIRST } from './sections.ts'
import { HOME, formatPlace, instant, iso } from './place.ts'
import type { Host, Section, Where } from './section.ts'
import { DAY } from './zone.ts'

const DAYS = 31 // before the end of a day; drawings are rare
const AGAIN = 2000 // ms until it asks again for what is looked for

export const section = (host: Host): Section => new Walls(host)

class Walls implements Section {
  readonly element = h('div', { class: 'gallery', 'data-testid': 'gallery' })
  private readonly head = h('h1', {}, 'Gallery')
  private readonly period = h('p', { class: 'quiet' })
  private readonly box = h('div', { class: 'gallery-body' })
  private readonly asking = new Asking()
  private where: Where | null = null
  private key = ''
  private timer = 0

  constructor(host: Host) {
    void host
    put(this.element, this.head, this.period, this.box)
  }

  title(): string {
    return ''
  }

  refresh(): void {
    this.asking.again(() => this.fetch())
  }

  show(where: Where): void {
    const { period, tz, scheme, place } = where
    const key = JSON.stringify([period?.from, period?.to, tz, scheme, place.sensor])
    this.where = where
    if (key === this.key) return
    this.key = key
    if (!period) {
      fill(this.box, h('p', {}, 'Nothing is stored yet, and so nobody has drawn anything.'))
      return
    }
    const { from, to } = this.span()
    this.period.textContent = `${stamp(from, tz)} to ${stamp(to, tz)}, ${tz}`
    fill(this.box)
    this.fetch()
  }

  /** A day stands for the month that ends with it. */
  private span(): { from: number; to: number } {
    const { from, to, day } = this.where?.period ?? { from: 0, to: 1, day: null }
    return { from: day ? to - DAYS * DAY : from, to }
  }

  private fetch(): void {
    const { where } = this
    if (!where?.period) return
    window.clearTimeout(this.timer)
    const { from, to } = this.span()
    const query = { from: iso(from), to: iso(to), tz: where.tz, sensor: where.place.sensor }
    void this.asking.into(this.box, 'Looking for drawings…', async signal => {
      const answer = await ask<Gallery>('gallery', query, signal)
      if (answer.ready) return this.body(answer, where)
      this.timer = window.setTimeout(() => this.fetch(), AGAIN)
      return [h('p', { class: 'quiet waiting', role: 'status' }, 'Looking for drawings among all that is stored of this time…')]
    })
  }

  private body(answer: Gallery, where: Where): HTMLElement[] {
    if (answer.note) return [h('p', { role: 'status' }, answer.note)]
    const among = `among ${counted(answer.events, 'packet')}`
    if (!answer.drawings.length)
      return [
        h(
          'section',
          { class: 'empty', 'data-testid': 'empty' },
          h('h2', {}, 'Nobody drew anything'),
          h('p', {}, `No picture was found ${among}. Who draws chooses ports and moments so that the Fireplot shows something; few do. Step to another day to see the month before it.`),
        ),
      ]
    const more = answer.left_out ? `, the last ${answer.drawings.length} of ${answer.drawings.length + answer.left_out}` : ''
    return [
      h('p', {}, `${counted(answer.drawings.length, 'drawing')}${more}, ${among}. Each is drawn from the packets of its own sources alone.`),
      h('ul', { class: 'drawings' }, ...answer.drawings.map(one => this.drawing(one, answer, where))),
    ]
  }

  private drawing(one: Drawing, { width, height }: Gallery, { tz, scheme, place }: Where): HTMLElement {
    const from = instant(one.picture.from) ?? 0
    const to = instant(one.picture.to) ?? 1
    const zoom = { from, to, portMin: one.picture.port_min, portMax: one.picture.port_max, planes: [] }
    const begin = instant(one.time) ?? from
    const day = new Intl.DateTimeFormat('en-CA', { timeZone: tz, dateStyle: 'short' }).format(begin)
    const href = formatPlace({ ...HOME, tz: place.tz, view: FIRST, day, zoom, action: 'all', finding: one.id })
    return h(
      'li',
      {},
      h(
        'a',
        { href, class: 'drawing', 'aria-label': `${one.caption}: show it in the Fireplot` },
        h('img', { src: this.source(one, scheme), alt: '', width, height, loading: 'lazy', decoding: 'async' }),
      ),
      h('p', {}, h('b', {}, stamp(begin, tz)), ' ', untrusted(one.sentence, 600)),
      h('details', {}, h('summary', {}, 'Why, and its records'), h('p', {}, untrusted(one.reason, 600)), commandField(one.evidence, 'The command that shows its records', 'Copy')),
    )
  }

  private source(one: Drawing, scheme: SchemeName): string {
    return address('drawing.png', { ...one.picture, scheme })
  }
}
