/** The section Map: where traffic comes from and goes to, country by country, and down to systems, addresses and ports. */
import { address, ask, filters, within, type Query } from './api.ts'
import { Asking } from './asking.ts'
import { fill, h, hide, put, shape, untrusted } from './dom.ts'
import { nothingThatDay } from './empty.ts'
import { bytes, count, counted, percent } from './format.ts'
import { amount, depth, outlineOf, radius } from './mapping.ts'
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
  private where: Where | null = null
  private world: World | null = null
  private found: MapAnswer | null = null
  private key = ''

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
      h('div', { class: 'edge-main' }, h('div', { class: 'head-row' }, this.headline, tools), h('p', { class: 'totals-line' }, this.synthetic, this.totals, this.note), this.answerBox, this.table),
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

  refresh(): void {
    if (!this.where?.period) return
    this.key = ''
    this.askMap()
  }

  private query(): Query {
    const { place, period } = this.where!
    const { table, by, direction } = place.own
    const fit = table && by && (MEASURES[table] ?? ['events']).includes(by) ? by : ''
    return { ...filters(place), ...within(period!), table, by: fit, direction }
  }

  private askMap(): void {
    const query = this.query()
    const own = this.where!.place.own
    const key = JSON.stringify([query, own.style])
    if (key !== this.key) {
      this.key = key
      void this.asking.into(this.answerBox, 'Adding up…', async signal => {
        this.world ??= await ask<World>('world', {}, signal)
        const found = await ask<MapAnswer>('map', query, signal)
        this.found = found
        this.showFound(found)
        return [this.picture(this.world, found)]
      })
    } else if (this.found && this.world) {
      this.showFound(this.found)
      fill(this.answerBox, this.picture(this.world, this.found))
    }
  }

  private showFound(found: MapAnswer): void {
    const { period, place } = this.where!
    const unknown = found.total ? (found.total - found.known) / found.total : 0
    const first = found.rows[0]
    this.headline.textContent = first
      ? `${first.name || first.key}: ${percent(first.value / Math.max(1, found.known))} of ${found.by === 'events' ? found.table : found.by}`
      : `Nothing to locate: ${period?.title ?? ''}`
    const whole = `${amount(found.total, found.by, found.table)} of ${counted(found.addresses, 'address', 'addresses')} in ${counted(found.keys, 'country', 'countries')}`
    this.totals.title = found.flows_seen ?? ''
    this.totals.textContent = found.total ? `${whole}${unknown ? `; ${percent(unknown)} has no known place` : ''}` : ''
    fill(this.choices, this.select('table', found.table, found.tables.map(name => [name, name])), this.select('by', found.by, (MEASURES[found.table] ?? ['events']).map(name => [name, name])), this.select('direction', found.direction, DIRECTIONS), this.select('style', place.own.style ?? STYLES[0]!, STYLES.map(name => [name, name])))
    fill(this.table, this.list(found, 'Countries'))
    this.showSide()
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
    for (const row of style === 'choropleth' ? [] : found.rows) {
      const at = world.places[String(row.key)]
      if (at) svg.append(this.mark(shape('circle', { class: 'bubble', cx: at[0], cy: at[1], r: radius(row.value, most, world.size[1]).toFixed(0) }), String(row.key), row, found, world))
    }
    return svg
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
    const query = { ...this.query(), scheme, style: place.own.style }
    const name = `map-${period.day ?? 'range'}`
    const said = h('span', { role: 'status' })
    fill(box, h('ul', {}, ...FORMATS.map(([suffix, words]) => h('li', {}, h('a', { href: address(`map.${suffix}`, query), download: `${name}.${suffix}` }, words)))))
    put(box, commandRow('The command that makes it', this.command(`${name}.png`), said), said)
  }

  private command(file: string): string {
    const { period, about, place } = this.where!
    const named: [string, string | undefined][] = [['--table', place.own.table], ['--by', place.own.by], ['--direction', place.own.direction], ['--style', place.own.style], ['--only-sensor', place.sensor], ['--src', place.src], ['--dst', place.dst], ['--action', place.action === 'refused' ? '' : place.action]]
    const asked = named.flatMap(([name, value]) => (value ? [name, value] : []))
    const when = period!.day ? ['--day', period!.day] : ['--since', iso(period!.from), '--until', iso(period!.to)]
    return ['varde', 'map', ...[...when, ...asked, ...(about.switches ?? []), '-o', file].map(quoted)].join(' ')
  }
}
