/** The section Map: where traffic comes from and goes to, country by country, and down to systems, addresses and ports. */
import { address, ask, filters, Tagged, within, type Query } from './api.ts'
import { Asking } from './asking.ts'
import { fill, h, hide, put, shape, untrusted } from './dom.ts'
import { nothingThatDay } from './empty.ts'
import { bytes, count, counted, percent } from './format.ts'
import { partAt, partsOf, partText, pickedOf, type Part, type Picked } from './map/span.ts'
import { Timeline, type Curve } from './map/timeline.ts'
import { amount, arcsOf, depth, outlineOf, radius } from './mapping.ts'
import { commandRow, menu } from './menus.ts'
import { iso, quoted } from './place.ts'
import type { Host, Section, Where } from './section.ts'
import './worldmap.css'

const LISTED = 300 // rows of the list beside the map
const FORMATS: [string, string][] = [
  ['png', 'PNG picture'],
  ['svg', 'SVG drawing'],
  ['html', 'HTML, self-contained'],
  ['csv', 'CSV'],
  ['json', 'JSON'],
]
const MEASURES: Record<string, string[]> = { flows: ['octets', 'packets', 'flows'] }
const STYLES = ['bubbles', 'choropleth', 'both']
const DIRECTIONS: [string, string][] = [
  ['in', 'from where'],
  ['out', 'to where'],
  ['both', 'both ways'],
]
const LEVELS: Record<string, [string, string]> = {
  country: ['country', 'countries'],
  as: ['system', 'systems'],
  address: ['address', 'addresses'],
  port: ['port', 'ports'],
}

export interface World {
  size: [number, number]
  outline: number[]
  shapes: Record<string, number[][]>
  places: Record<string, [number, number]>
  names: Record<string, string>
  attribution: string
  /** Where arcs begin; without, `home_advice` says how to set it. */
  home: [number, number] | null
  home_advice: string | null
}
export interface MapRow {
  key: string | number
  name: string
  value: number
  records: number
  addresses: number
}
export interface MapAnswer {
  table: string
  by: string
  direction: string
  level: string
  total: number
  known: number
  keys: number
  addresses: number
  rows: MapRow[]
  tables: string[]
  /** Of flows: what share of those exported was seen. */
  flows_seen?: string
}

export const section = (host: Host): Section => new WorldMap(host)

class WorldMap implements Section {
  readonly element: HTMLElement
  readonly keys = {
    t: () => this.host.go({ table: !this.where?.place.table }),
    Backspace: () => this.up(),
  }
  private readonly host: Host
  private readonly headline = h('h1', { 'data-testid': 'headline' })
  private readonly totals = h('span', { class: 'totals', 'data-testid': 'map-totals' })
  private readonly note = h('span', { class: 'note' })
  private readonly synthetic = h('span', { class: 'synthetic', hidden: true }, 'synthetic sample day')
  private readonly choices = h('span', { class: 'map-choices' })
  private readonly answerBox = h('div', { class: 'map-answer', 'data-testid': 'map' })
  private readonly table = h('div', { class: 'tables', 'data-testid': 'table', hidden: true })
  private readonly side = h('div', { class: 'map-side', 'data-testid': 'map-side' })
  private readonly tableButton = h('button', { type: 'button', 'data-testid': 'table-button', onclick: () => this.keys.t() }, 'Table')
  private readonly asking = new Asking()
  private readonly within = new Asking()
  private readonly counting = new Asking()
  private readonly answers = new Tagged<MapAnswer>()
  private readonly curves = new Tagged<Curve>()
  private readonly timeline = new Timeline(picked => this.pick(picked))
  /** What is said of an answer on its way, and of the bars, while a picture stands. */
  private readonly way = h('span', { class: 'map-way', role: 'status' })
  private readonly curveWay = h('span', { class: 'map-way', role: 'status' })
  private readonly advice = h('p', { class: 'quiet map-advice', role: 'status', 'data-testid': 'map-advice', hidden: true })
  private where: Where | null = null
  private world: World | null = null
  private found: MapAnswer | null = null
  private key = ''
  private curve: Curve | null = null
  private curveKey = ''

  constructor(host: Host) {
    this.host = host
    const tools = h(
      'div',
      { class: 'tools' },
      this.choices,
      this.tableButton,
      menu('Download', box => this.downloads(box)),
      h('button', { type: 'button', 'aria-label': 'Help: keys and gestures', onclick: () => host.help() }, '?'),
    )
    this.element = h(
      'div',
      { class: 'edge map-view', 'data-testid': 'map-view' },
      h('div', { class: 'edge-main' }, h('div', { class: 'head-row' }, this.headline, tools), h('p', { class: 'totals-line' }, this.synthetic, this.totals, this.note, this.way), this.advice, this.answerBox, this.table, this.curveWay, this.timeline.element),
      this.side,
    )
  }

  title(where: Where): string {
    return where.period?.title ?? ''
  }

  show(where: Where): void {
    this.where = where
    const { place, period, about } = where
    hide(this.synthetic, !about.synthetic)
    this.note.textContent = period?.note ?? ''
    if (!this.headline.textContent) this.headline.textContent = period?.title ?? 'Map'
    this.tableButton.setAttribute('aria-pressed', String(place.table))
    hide(this.answerBox, place.table)
    hide(this.table, !place.table)
    if (!period) {
      this.headline.textContent = 'Nothing is stored yet'
      fill(this.answerBox, nothingThatDay('any day', null))
      fill(this.side)
      return
    }
    this.askMap()
  }

  /** Quietly: what has not changed is not drawn again. */
  refresh(): void {
    if (!this.where?.period || !this.found) return
    void this.asking.into(this.way, 'Adding up…', async signal => {
      const { answer, fresh } = await this.answers.ask('map', this.query(), signal)
      if (fresh) this.showFound(answer)
      return []
    })
    this.askCurve(true)
  }

  /** The parts that the period is told in, and which of them are picked. */
  private part(): Part {
    const { period, place } = this.where!
    const picked = this.picked()
    return picked && place.own.part ? partAt(period!, partsOf(period!), picked) : period!
  }

  private picked(): Picked | null {
    const { period, place } = this.where!
    return pickedOf(place.own.part, period!, partsOf(period!))
  }

  private pick(picked: Picked | null): void {
    const { period } = this.where!
    const part = picked ? partText(partAt(period!, partsOf(period!), picked)) : ''
    const own = { ...this.where!.place.own, part }
    // a walk through a day is one step of the Back button
    this.host.go({ own: Object.fromEntries(Object.entries(own).filter(([, value]) => value)) }, true)
  }

  private query(part: Part = this.part()): Query {
    const { place } = this.where!
    const { table, by, direction } = place.own
    const fit = table && by && (MEASURES[table] ?? ['events']).includes(by) ? by : ''
    return { ...filters(place), ...within(part), table, by: fit, direction }
  }

  private keyNow(): string {
    const { style, arcs } = this.where!.place.own
    return JSON.stringify([this.query(), style, arcs])
  }

  private askMap(): void {
    const key = this.keyNow()
    this.askCurve()
    if (key === this.key && this.found) {
      this.showFound(this.found)
      return
    }
    this.key = key
    // a picture stays until the next one is there
    const box = this.answerBox.querySelector('svg') ? this.way : this.answerBox
    void this.asking.into(box, 'Adding up…', async signal => {
      this.world ??= await ask<World>('world', {}, signal)
      const { answer } = await this.answers.ask('map', this.query(), signal)
      this.showFound(answer)
      return box === this.way ? [] : [...this.answerBox.childNodes]
    }).then(() => this.timeline.shown())
  }

  /** The bars below: of the whole period, whatever of it is picked. */
  private askCurve(again = false): void {
    const { period, tz, place } = this.where!
    const { cc, as, address: chosen } = place.own
    const query = { ...this.query(period!), cc, as, address: chosen, buckets: partsOf(period!) }
    const key = JSON.stringify(query)
    if (key === this.curveKey && this.curve) this.timeline.show(this.curve, period!, this.picked(), tz)
    if (key === this.curveKey && !again) return
    this.curveKey = key
    void this.counting.into(this.curveWay, 'Counting…', async signal => {
      const { answer } = await this.curves.ask('map/curve', query, signal)
      this.curve = answer
      this.timeline.show(answer, this.where!.period!, this.picked(), this.where!.tz)
      return []
    })
  }

  private showFound(found: MapAnswer): void {
    this.found = found
    fill(this.answerBox, this.picture(this.world!, found))
    const { period, place } = this.where!
    const unknown = found.total ? (found.total - found.known) / found.total : 0
    const first = found.rows[0]
    this.headline.textContent = first
      ? `${first.name || first.key}: ${percent(first.value / Math.max(1, found.known))} of ${found.by === 'events' ? found.table : found.by}${unknown ? ' with a known place' : ''}`
      : `Nothing to locate: ${period?.title ?? ''}`
    const whole = `${amount(found.total, found.by, found.table)} of ${counted(found.addresses, 'address', 'addresses')} in ${counted(found.keys, 'country', 'countries')}`
    this.totals.title = found.flows_seen ?? ''
    this.totals.textContent = found.total ? `${whole}${unknown ? `; ${percent(unknown)} has no known place` : ''}` : ''
    fill(this.choices, this.select('table', found.table, found.tables.map(name => [name, name])), this.select('by', found.by, (MEASURES[found.table] ?? ['events']).map(name => [name, name])), this.select('direction', found.direction, DIRECTIONS), this.select('style', place.own.style ?? STYLES[0]!, STYLES.map(name => [name, name])), this.arcsButton())
    fill(this.table, this.list(found, 'Countries'))
    this.showSide()
  }

  private arcsButton(): HTMLElement {
    const on = this.where!.place.own.arcs === '1'
    const advice = on ? (this.world?.home_advice ?? null) : null
    hide(this.advice, !advice)
    this.advice.textContent = advice ? `${advice[0]!.toUpperCase()}${advice.slice(1)}.` : ''
    return h('button', { type: 'button', 'aria-pressed': String(on), 'data-testid': 'map-arcs', onclick: () => this.own({ arcs: on ? '' : '1' }) }, 'Arcs')
  }

  private select(name: string, value: string, options: string[][]): HTMLElement {
    const change = (event: Event) => this.own({ [name]: (event.target as HTMLSelectElement).value, ...(name === 'table' ? { by: '' } : {}) })
    const made = h('select', { 'aria-label': name, 'data-testid': `map-${name}`, onchange: change }, ...options.map(([key, words]) => h('option', { value: key }, words)))
    made.value = value
    return made
  }

  private own(change: Record<string, string>): void {
    const own = { ...this.where!.place.own, ...change }
    this.host.go({ own: Object.fromEntries(Object.entries(own).filter(([, value]) => value)) })
  }

  private picture(world: World, found: MapAnswer): SVGSVGElement {
    const style = this.where!.place.own.style ?? STYLES[0]
    const rows = new Map(found.rows.map(row => [String(row.key), row]))
    const most = found.rows[0]?.value ?? 0
    const svg = shape('svg', { viewBox: `0 0 ${world.size[0]} ${world.size[1]}`, role: 'img', 'aria-label': `Map of the world. ${this.headline.textContent}. The table says the same.` })
    if (world.outline.length) svg.append(shape('path', { class: 'sea', d: outlineOf([world.outline]) }))
    for (const [code, rings] of Object.entries(world.shapes)) {
      const row = rows.get(code)
      const d = outlineOf(rings)
      svg.append(this.mark(shape('path', { class: 'country', d, 'fill-rule': 'evenodd' }), code, row, found, world))
      if (row && style !== 'bubbles') svg.append(this.mark(shape('path', { class: 'amount', d, 'fill-rule': 'evenodd', 'fill-opacity': depth(row.value, most).toFixed(3) }), code, row, found, world))
    }
    svg.append(...this.arcs(world, found, rows))
    for (const row of style === 'choropleth' ? [] : found.rows) {
      const at = world.places[String(row.key)]
      if (at) svg.append(this.mark(shape('circle', { class: 'bubble', cx: at[0], cy: at[1], r: radius(row.value, most, world.size[1]).toFixed(0) }), String(row.key), row, found, world))
    }
    return svg
  }

  private arcs(world: World, found: MapAnswer, rows: Map<string, MapRow>): SVGElement[] {
    if (!world.home || this.where!.place.own.arcs !== '1') return []
    const drawn = arcsOf(found.rows, world.places, world.home, world.size[0]).map(arc => {
      const path = shape('path', { class: 'arc', d: arc.d, 'stroke-width': arc.width.toFixed(1) })
      return this.mark(path, arc.key, rows.get(arc.key), found, world)
    })
    const home = shape('circle', { class: 'home', cx: world.home[0], cy: world.home[1], r: (0.008 * world.size[1]).toFixed(0) }, shape('title', {}, 'home'))
    return [...drawn, home]
  }

  /** With its words on hover and, where there is something within, a click that goes there. */
  private mark(made: SVGElement, code: string, row: MapRow | undefined, found: MapAnswer, world: World): SVGElement {
    const words = shape('title', {})
    words.textContent = row ? `${row.name}: ${this.said(row, found)}` : (world.names[code] ?? code)
    made.append(words)
    if (code === this.where!.place.own.cc) made.classList.add('chosen')
    if (row) {
      made.classList.add('pick')
      made.addEventListener('click', () => this.own({ cc: code, as: '', address: '' }))
    }
    return made
  }

  private said(row: MapRow, found: MapAnswer): string {
    const shares = `${percent(row.value / Math.max(1, found.known))} of what has a place, ${percent(row.value / Math.max(1, found.total))} of all`
    return `${amount(row.value, found.by, found.table)}, ${shares}, ${counted(row.addresses, 'address', 'addresses')}`
  }

  /** The list of what lies within the chosen country, system or address; of countries where none is chosen. */
  private showSide(): void {
    const { cc, as, address: chosen } = this.where!.place.own
    if (!cc) {
      this.within.stop()
      fill(this.side, h('h2', {}, 'Countries'), this.list(this.found!, 'Countries'), this.attribution())
      return
    }
    const query = { ...this.query(), cc, as, address: chosen, top: LISTED }
    void this.within.into(this.side, 'Looking closer…', async signal => {
      const found = await ask<MapAnswer>('map', query, signal)
      const [one, many] = LEVELS[found.level] ?? ['row', 'rows']
      const unknown = found.total - found.known
      const missing = unknown > 0 ? h('p', { class: 'quiet' }, `${amount(unknown, found.by, found.table)} without a known ${one}.`) : null
      return [this.path(), h('h2', {}, counted(found.keys, one, many)), this.list(found, many), missing, this.attribution()]
    })
  }

  /** Where the reader is, each step a way back. */
  private path(): HTMLElement {
    const { cc, as, address: chosen } = this.where!.place.own
    const steps: [string, Record<string, string>][] = [['World', { cc: '', as: '', address: '' }]]
    if (cc) steps.push([this.world?.names[cc] ?? cc, { as: '', address: '' }])
    if (as) steps.push([`AS${as}`, { address: '' }])
    if (chosen) steps.push([chosen, {}])
    return h('nav', { class: 'map-path', 'aria-label': 'Within' }, ...steps.map(([name, change], at) => (at === steps.length - 1 ? h('strong', {}, untrusted(name, 80)) : h('button', { type: 'button', onclick: () => this.own(change) }, name))))
  }

  private up(): void {
    const { cc, as, address: chosen } = this.where?.place.own ?? {}
    if (chosen) this.own({ address: '' })
    else if (as) this.own({ as: '' })
    else if (cc) this.own({ cc: '' })
  }

  private list(found: MapAnswer, caption: string): HTMLElement {
    const heads = [LEVELS[found.level]?.[0] ?? '', found.by === 'events' ? found.table : found.by, 'share', 'addresses']
    const rows = found.rows.slice(0, LISTED).map(row => h('tr', {}, h('td', {}, this.step(row, found)), h('td', {}, found.by === 'octets' ? bytes(row.value) : count(row.value)), h('td', {}, percent(row.value / Math.max(1, found.known))), h('td', {}, count(row.addresses))))
    return h('table', { class: 'map-list' }, h('caption', { class: 'unseen-text' }, caption), h('thead', {}, h('tr', {}, ...heads.map(head => h('th', { scope: 'col' }, head)))), h('tbody', {}, ...rows))
  }

  private step(row: MapRow, found: MapAnswer): HTMLElement {
    const key = String(row.key)
    const words = found.level === 'as' ? `AS${key} ${row.name}` : row.name || key
    const ways: Record<string, () => void> = {
      country: () => this.own({ cc: key, as: '', address: '' }),
      as: () => this.own({ as: key, address: '' }),
      address: () => this.own({ address: key }),
      port: () => this.host.go({ view: 'fireplot', why: key, own: {} }),
    }
    return h('button', { type: 'button', onclick: ways[found.level] ?? (() => undefined) }, untrusted(words, 80))
  }

  private attribution(): HTMLElement {
    return h('p', { class: 'quiet' }, this.found?.flows_seen ? `${this.found.flows_seen}. ` : '', this.world?.attribution ? `Borders: ${this.world.attribution}. ` : '', 'Places are those of the tables that the doctor names: a hint, not evidence.')
  }

  private downloads(box: HTMLElement): void {
    const { period, scheme, place } = this.where!
    if (!period) return
    const query = { ...this.query(), scheme, style: place.own.style, arcs: place.own.arcs === '1' ? 'true' : '' }
    const name = `map-${period.day ?? 'range'}`
    const said = h('span', { role: 'status' })
    fill(box, h('ul', {}, ...FORMATS.map(([suffix, words]) => h('li', {}, h('a', { href: address(`map.${suffix}`, query), download: `${name}.${suffix}` }, words)))))
    put(box, commandRow('The command that makes it', this.command(`${name}.png`), said), said)
  }

  private command(file: string): string {
    const { period, about, place } = this.where!
    const named: [string, string | undefined][] = [['--table', place.own.table], ['--by', place.own.by], ['--direction', place.own.direction], ['--style', place.own.style], ['--only-sensor', place.sensor], ['--src', place.src], ['--dst', place.dst], ['--action', place.action === 'refused' ? '' : place.action]]
    const asked = named.flatMap(([name, value]) => (value ? [name, value] : []))
    const part = this.part()
    if (place.own.arcs === '1') asked.push('--arcs')
    const when = this.picked() ? ['--since', iso(part.from), '--until', iso(part.to)] : period!.day ? ['--day', period!.day] : ['--since', iso(period!.from), '--until', iso(period!.to)]
    return ['varde', 'map', ...[...when, ...asked, ...(about.switches ?? []), '-o', file].map(quoted)].join(' ')
  }
}
