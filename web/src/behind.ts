/** The tables behind the picture: ports and addresses of the shown window; the way for screen readers. */
import { aborted, ask, filters, within, ApiError, type PortRow, type Ports, type Query, type Sources } from './api.ts'
import { fill, h } from './dom.ts'
import { count, stamp } from './format.ts'
import { instant, type Place, type Rect } from './place.ts'
import { portTable, scroller, sourceTable } from './tables.ts'

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
  private asking: AbortController | null = null
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
    fill(this.element, h('p', { class: 'quiet' }, 'Counting…'))
    void this.fetch({ window, query, place, tz, limit: ROWS })
  }

  private async fetch(question: Question): Promise<void> {
    this.asking?.abort()
    const asking = (this.asking = new AbortController())
    const query = { ...question.query, limit: question.limit }
    try {
      const [ports, sources] = await Promise.all([
        ask<Ports>('ports', query, asking.signal),
        ask<Sources>('sources', query, asking.signal),
      ])
      fill(
        this.element,
        this.ports(ports, question),
        this.sources(sources, question),
        this.more(ports, sources, question),
      )
    } catch (error) {
      if (aborted(error)) return
      if (!(error instanceof ApiError)) throw error
      const again = h('button', { type: 'button', onclick: () => void this.fetch(question) }, 'Try again')
      fill(this.element, h('p', { class: 'error', role: 'alert' }, error.message), again)
    }
  }

  private ports(found: Ports, question: Question): HTMLElement {
    const { from, to } = question.window
    const open = (row: PortRow) => {
      const planes = row.plane ? [row.plane] : question.place.planes
      this.open({ from, to, portMin: row.port, portMax: row.port, planes })
    }
    return scroller(
      'Ports',
      portTable(caption('Ports', found.ports.length, found.total_ports, question), found.ports, open),
    )
  }

  private sources(found: Sources, question: Question): HTMLElement {
    const time = (text: string) => {
      const at = instant(text)
      return at === null ? text : stamp(at, question.tz)
    }
    const title = caption('Addresses', found.sources.length, found.total_sources, question)
    return scroller('Addresses', sourceTable(title, found.sources, this.why, time))
  }

  private more(ports: Ports, sources: Sources, question: Question): HTMLElement | null {
    if (question.limit > ROWS || Math.max(ports.total_ports, sources.total_sources) <= ROWS) return null
    const fuller = { ...question, limit: ROWS_MORE }
    const words = `Show up to ${count(ROWS_MORE)} rows`
    return h('p', {}, h('button', { type: 'button', onclick: () => void this.fetch(fuller) }, words))
  }
}

function caption(name: string, shown: number, total: number, question: Question): string {
  const { from, to } = question.window
  const part = shown < total ? `${count(shown)} of ` : ''
  return `${name}, ${part}${count(total)}, ${stamp(from, question.tz)} to ${stamp(to, question.tz)}, ${question.tz}`
}
