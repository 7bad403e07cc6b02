/** The section Monitoring: what Munin, checks, Prometheus and badges show, as pictures and as a table with the names to copy. */
import { ask } from './api.ts'
import { Asking } from './asking.ts'
import { announcer, fill, h, hide, shape, untrusted } from './dom.ts'
import { clock } from './format.ts'
import { grid } from './grid.ts'
import { drawnLines, headline, pathOf, topOf, valueOf, type PanelLine, type PanelsTold, type PanelTold } from './panelwords.ts'
import { instant } from './place.ts'
import type { Host, Section, Where } from './section.ts'
import './monitoring.css'

const EVERY = 10_000 // ms; the station tells anew that often
const POINTS = 180 // of two minutes each
const WIDTH = 360
const HEIGHT = 88

export const section = (_host: Host): Section => new Monitoring()

class Monitoring implements Section {
  readonly element: HTMLElement
  private readonly headline = h('h1', { 'data-testid': 'headline' })
  private readonly synthetic = h('span', { class: 'synthetic', hidden: true }, 'synthetic sample day')
  private readonly note = h('span', { class: 'note' })
  private readonly body = h('div', { class: 'warned-body' })
  private readonly said = announcer()
  private readonly asking = new Asking()
  private timer = 0
  private scheme = ''
  private tz = 'UTC'

  constructor() {
    const lines = h('p', { class: 'totals-line' }, this.synthetic, this.note)
    this.element = h('div', { class: 'warned by-name', 'data-testid': 'monitoring' }, this.headline, lines, this.body, this.said.element)
  }

  title(): string {
    return ''
  }

  show(where: Where): void {
    hide(this.synthetic, !where.about.synthetic)
    this.scheme = where.scheme === 'light' ? 'light' : 'dark'
    this.tz = where.tz
    this.ask()
  }

  /** It asks by itself, whether or not events come. */
  refresh(): void {}

  private ask(): void {
    window.clearTimeout(this.timer)
    void this.asking.into(this.body, 'Reading what the station told…', async signal => {
      const told = await ask<PanelsTold>('panels', { points: POINTS }, signal)
      this.headline.textContent = headline(told)
      this.note.textContent = `As told at ${clock(instant(told.written) ?? 0, this.tz, true)}; the pictures are of the last six hours.`
      return [this.pictures(told), this.names(told)]
    })
    this.timer = window.setTimeout(() => this.again(), EVERY)
  }

  /** Not while the reader is in it or elsewhere. */
  private again(): void {
    if (!this.element.isConnected) return
    if (document.hidden || this.body.contains(document.activeElement) || this.isSelected()) this.timer = window.setTimeout(() => this.again(), EVERY)
    else this.ask()
  }

  private isSelected(): boolean {
    const chosen = window.getSelection()
    return Boolean(chosen && !chosen.isCollapsed && this.body.contains(chosen.anchorNode))
  }

  private pictures(told: PanelsTold): HTMLElement {
    return h('div', { class: 'watches' }, ...told.panels.map(panel => this.picture(panel)))
  }

  private picture(panel: PanelTold): HTMLElement {
    const lines = drawnLines(panel)
    const more = panel.lines.length - lines.length
    return h(
      'section',
      { class: 'watch', 'data-testid': `panel-${panel.id}`, 'aria-label': panel.title },
      h('h2', {}, h('a', { href: panel.page }, panel.title)),
      h('p', { class: 'quiet small' }, panel.about),
      lines.length ? chart(panel, lines) : h('p', { class: 'quiet watch-none' }, 'Nothing of this was told yet.'),
      h('ul', { class: 'watch-lines' }, ...lines.map((line, at) => h('li', {}, swatch(at), untrusted(line.title, 60), h('b', {}, valueOf(panel, line.now)))), more > 0 && h('li', { class: 'quiet' }, `and ${more} more in the table below`)),
      h('p', { class: 'small' }, h('a', { href: `badge/${panel.id}.svg?scheme=${this.scheme}`, class: 'badge' }, h('span', {}, 'Badge', h('span', { class: 'unseen-text' }, ` of ${panel.title}`)))),
    )
  }

  private names(told: PanelsTold): HTMLElement {
    const heads: [string, boolean?][] = [['Panel'], ['Line'], ['Now', true], ['Munin'], ['Check'], ['Prometheus']]
    const rows = told.panels.flatMap(panel => panel.lines.map(line => this.row(panel, line)))
    return h('section', { 'data-testid': 'names' }, h('h2', {}, 'In numbers, and by name elsewhere'), grid('Every line, with the names by which other programs ask for it. A name is copied with a click.', heads, rows))
  }

  private row(panel: PanelTold, line: PanelLine): (Node | string)[] {
    const whole = h('span', { class: 'whole' }, valueOf(panel, line.now))
    return [panel.title, untrusted(line.title, 60), whole, this.name(line.munin), this.name(line.check), this.name(line.prometheus)]
  }

  private name(text: string): HTMLElement {
    const shown = h('code', {}, untrusted(text, 300))
    return h('button', { type: 'button', class: 'link name', 'aria-label': `Copy ${text}`, onclick: () => void this.copy(text, shown) }, shown)
  }

  /** The clipboard needs a secure page; without one the text is selected for the reader's own Ctrl+C. */
  private async copy(text: string, shown: HTMLElement): Promise<void> {
    try {
      if (!navigator.clipboard) throw new DOMException('no clipboard', 'NotAllowedError')
      await navigator.clipboard.writeText(text)
      this.tell('Copied', shown)
    } catch (error) {
      if (!(error instanceof DOMException)) throw error
      window.getSelection()?.selectAllChildren(shown)
      this.tell('Selected: copy it with Ctrl+C', shown)
    }
  }

  private tell(words: string, shown: HTMLElement): void {
    this.said.say(words)
    const mark = h('span', { class: 'copied small', 'aria-hidden': 'true' }, ` ${words}`)
    shown.after(mark)
    window.setTimeout(() => mark.remove(), 2000)
  }
}

function chart(panel: PanelTold, lines: PanelLine[]): HTMLElement {
  const top = topOf(lines)
  const curves = lines.map((line, at) => shape('path', { d: pathOf(line.points, top, WIDTH, HEIGHT), class: `curve curve-${at}` }))
  const hours = [1, 2, 3, 4, 5].map(hour => shape('path', { d: `M${(hour * WIDTH) / 6} 0V${HEIGHT}`, class: 'hour' }))
  const drawing = shape('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' }, ...hours, ...curves)
  const box = h('div', { class: 'watch-chart' })
  fill(box, h('span', { class: 'watch-top small' }, valueOf(panel, top)), drawing, h('span', { class: 'watch-ends small' }, h('span', {}, '6 h ago'), h('span', {}, 'now')))
  return box
}

function swatch(at: number): SVGSVGElement {
  return shape('svg', { viewBox: '0 0 24 8', class: 'swatch', 'aria-hidden': 'true' }, shape('path', { d: 'M0 4H24', class: `curve curve-${at}` }))
}
