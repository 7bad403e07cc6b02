/** The tables behind the picture: ports and addresses of the shown window; the way for screen readers. */
import { ask, filters, within, type PortRow, type Ports, type Query, type Sources } from './api.ts'
import { Asking } from './asking.ts'
import { fill, h } from './dom.ts'
import { clock, count, DAY_LONG, stamp } from './format.ts'
import { instant, type Place, type Rect } from './place.ts'
import { portTable, scroller, sourceList, sourceTable } from './tables.ts'
import { HOUR } from './zone.ts'

const ROWS = 100 // of each table at first
const ROWS_MORE = 1000

/** One question: the window, its query, and how many rows. */
interface Question {
  window: { from: number; to: number }
  query: Query
  place: Place
  tz: string
  limit: number
}

export class Behind {
  readonly element = h('div', { class: 'tables', 'data-testid': 'table', hidden: true })
  private readonly open: (rect: Rect) => void
  private readonly why: (q: string) => void
  private readonly asking = new Asking()
  private key = ''

  constructor(open: (rect: Rect) => void, why: (q: string) => void) {
    this.open = open
    this.why = why
  }

  show(place: Place, period: { from: number; to: number }, tz: string): void {
    if (!place.table) {
      this.key = ''
      return
    }
    const window = place.zoom ?? { from: period.from, to: period.to, portMin: null, portMax: null }
    const ports = { port_min: window.portMin, port_max: window.portMax }
    const query = { ...within(window), ...ports, ...filters(place, place.planes) }
    const key = JSON.stringify([query, tz])
    if (key === this.key) return
    this.key = key
    fill(this.element)
    this.fetch({ window, query, place, tz, limit: ROWS })
  }

  private fetch(question: Question): void {
    const query = { ...question.query, limit: question.limit }
    void this.asking.into(this.element, 'Counting ports and addresses…', async signal => {
      const [ports, sources] = await Promise.all([
        ask<Ports>('ports', query, signal),
        ask<Sources>('sources', query, signal),
      ])
      return [this.ports(ports, question), this.sources(sources, question), this.more(ports, sources, question)]
    })
  }

  private ports(found: Ports, question: Question): HTMLElement {
    const { from, to } = question.window
    const open = (row: PortRow) => {
      const planes = row.plane ? [row.plane] : question.place.planes
      this.open({ from, to, portMin: row.port, portMax: row.port, planes })
    }
    return scroller(
      'Ports',
      portTable(caption('Ports', found.ports.length, found.total_ports, question), found.ports, {
        open,
        compact: isNarrow(),
      }),
    )
  }

  private sources(found: Sources, question: Question): HTMLElement {
    const { from, to } = question.window
    const name = to - from > DAY_LONG ? stamp : (at: number, tz: string) => clock(at, tz, to - from < HOUR)
    const time = (text: string) => {
      const at = instant(text)
      return at === null ? text : name(at, question.tz)
    }
    const title = caption('Addresses', found.sources.length, found.total_sources, question)
    const table = isNarrow()
      ? sourceList(title, found.sources, this.why)
      : sourceTable(title, found.sources, this.why, time)
    return scroller('Addresses', table)
  }

  private more(ports: Ports, sources: Sources, question: Question): HTMLElement | null {
    if (question.limit > ROWS || Math.max(ports.total_ports, sources.total_sources) <= ROWS) return null
    const fuller = { ...question, limit: ROWS_MORE }
    const words = `Show up to ${count(ROWS_MORE)} rows`
    return h('p', {}, h('button', { type: 'button', onclick: () => this.fetch(fuller) }, words))
  }
}

/** On a phone the tables are those of the column beside the picture. */
function isNarrow(): boolean {
  return matchMedia('(max-width: 640px)').matches
}

function caption(name: string, shown: number, total: number, question: Question): string {
  const { from, to } = question.window
  const part = shown < total ? `${count(shown)} of ` : ''
  return `${name}, ${part}${count(total)}, ${stamp(from, question.tz)} to ${stamp(to, question.tz)}, ${question.tz}`
}
