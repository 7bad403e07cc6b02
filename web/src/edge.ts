/** The Fireplot page: headline, totals, legend, filters, picture or table, and the column beside it. */
import {
  aborted,
  ask,
  filters,
  within,
  ApiError,
  type About,
  type Card,
  type Finding,
  type Findings,
  type Picture,
  type Ports,
  type Today,
} from './api.ts'
import { fill, h, hide, untrusted } from './dom.ts'
import { Behind } from './behind.ts'
import { allFiltered, nothingStored, nothingThatDay } from './empty.ts'
import type { LivePoint } from './easel.ts'
import { Finds } from './finds.ts'
import { rectOfFinding } from './findingpanel.ts'
import { findingTable } from './findingtable.ts'
import { Fireplot } from './fireplot.ts'
import { LOG_TOP, rectOfView, viewOfRect, type View } from './frame.ts'
import { legend } from './legend.ts'
import { downloads, filterForm, lookForm, menu, type Shown } from './menus.ts'
import type { Overlay } from './overlay.ts'
import { Panel, rectOfCard, type Found } from './panel.ts'
import { PLANES, type Plane, type SchemeName } from './palette.ts'
import { formatPlace, formatRect, switches, type Place, type Rect } from './place.ts'
import type { Host, Period, Section, Where } from './section.ts'
import { isNarrower, nothingHere, totalsOf, zoomWords } from './sums.ts'

const STALE = 300 // ms that the words of the period before may stay, so that a quick answer does not flicker
const BUSY = 12 // ports that claim a label on the axis
const ZOOM_STEP = 0.7 // share of the window that a key leaves
const NOTHING_FOUND = 'No scan, no surge and no drawing was found here.'
const PORTS_NAMED = 100 // ports whose names the axis may need

export const section = (host: Host): Section => new Edge(host)

class Edge implements Section {
  readonly element: HTMLElement
  readonly answersWhy = true
  readonly keys = {
    t: () => this.toggleTable(),
    o: () => this.toggleOutlines(),
    '+': () => this.picture.zoomBy(ZOOM_STEP),
    '-': () => this.picture.zoomBy(1 / ZOOM_STEP),
    '0': () => this.picture.reset(),
  }
  private readonly host: Host
  private readonly headline = h('h1', { 'data-testid': 'headline' })
  private readonly totals = h('span', { class: 'totals' })
  private readonly wait = h('span', { class: 'wait', role: 'status' })
  private readonly legendBox = h('div', {
    class: 'legend',
    'data-testid': 'legend',
    role: 'group',
    'aria-label': 'Planes shown',
  })
  private readonly chips = h('div', { class: 'chips', 'data-testid': 'chips' })
  private readonly note = h('span', { class: 'note' })
  private readonly error = h('div', { class: 'error-bar', role: 'alert', 'data-testid': 'error', hidden: true })
  private readonly empty = h('div', { class: 'empty-box', hidden: true })
  private readonly tableButton = h(
    'button',
    { type: 'button', 'data-testid': 'table-button', onclick: () => this.toggleTable() },
    'Table',
  )
  private readonly outlinesButton = h(
    'button',
    { type: 'button', 'data-testid': 'outlines-button', onclick: () => this.toggleOutlines() },
    'Outlines',
  )
  private readonly findingRows = h('div', { class: 'finding-rows', 'data-testid': 'finding-table', hidden: true })
  private readonly wholeButton = h(
    'button',
    { type: 'button', class: 'link', hidden: true, onclick: () => this.host.go({ zoom: null }) },
    'Show all',
  )
  private readonly synthetic = h('span', { class: 'synthetic', hidden: true }, 'synthetic sample day')
  private readonly behind: Behind
  private readonly picture: Fireplot
  private readonly panel: Panel
  private readonly finds: Finds
  private about: About | null = null
  private place: Place | null = null
  private period: Period | null = null
  private tz = 'UTC'
  private scheme: SchemeName = 'dark'
  private today: Today | null = null
  private found: Findings | null = null
  private foundKey = ''
  private foundNote = ''
  private overlay: Overlay | null = null
  private answer: Picture | null = null
  private answerKey = ''
  private asking: AbortController | null = null
  private panelKey = ''
  private todayKey = ''
  private staleTimer = 0
  private paper = false

  constructor(host: Host) {
    this.host = host
    this.panel = new Panel({
      lightUp: card => {
        this.picture.lightUp(card)
        this.panel.lightUp(card)
      },
      lightFinding: id => {
        this.picture.lightFinding(id)
        this.panel.lightFinding(id)
      },
      openFinding: id => host.go({ finding: id, evidence: null, why: '' }),
      open: rect => host.go({ evidence: rect, why: '', finding: '' }),
      why: q => host.go({ why: q, evidence: null, finding: '' }),
      lines: finding => this.showLines(finding),
      close: () => {
        host.go({ evidence: null, why: '', finding: '' })
        this.picture.focus()
      },
      filter: change => host.go({ ...change, zoom: null }),
      zoom: rect => this.zoomTo(rect),
      zoomPort: port => {
        const { from, to } = this.period ?? { from: 0, to: 0 }
        this.zoomTo({ from, to, portMin: port, portMax: port, planes: [] })
      },
    })
    this.picture = new Fireplot(
      {
        settled: view => host.go({ zoom: view ? rectOfView(view) : null }, this.place?.zoom !== null && view !== null),
        pick: rect => host.go({ evidence: rect, why: '', finding: '' }),
        finding: id => this.panel.lightFinding(id),
        openFinding: id => host.go({ finding: id, evidence: null, why: '' }),
        card: index => this.panel.lightUp(index),
        openCard: index => this.openCard(index),
        answered: picture => this.answered(picture),
        resized: () => this.askFindings(),
        waiting: seconds => this.waiting(seconds),
        failed: message => this.failed(message),
      },
      this.wait,
    )
    this.finds = new Finds(
      (found, overlay) => this.setFound(found, overlay),
      message => this.noFindings(message),
    )
    this.behind = new Behind(
      rect => host.go({ evidence: rect, why: '', finding: '' }),
      q => host.go({ why: q, evidence: null, finding: '' }),
    )
    this.element = this.build()
    window.addEventListener('beforeprint', () => this.print(true))
    window.addEventListener('afterprint', () => this.print(false))
  }

  private build(): HTMLElement {
    const tools = h(
      'div',
      { class: 'tools' },
      menu('Filter', (box, close) =>
        fill(
          box,
          this.place &&
            filterForm(this.place, this.sensors(), change => {
              close()
              this.host.go(change)
            }),
        ),
      ),
      this.outlinesButton,
      this.tableButton,
      menu('Download', box => {
        const shown = this.shown()
        if (shown) downloads(box, shown)
      }),
      menu('Look', box =>
        fill(
          box,
          lookForm(
            this.host.look(),
            this.zones(),
            this.tz,
            look => this.host.setLook(look),
            tz => this.host.go({ tz: tz === this.about?.tz ? null : tz }),
          ),
        ),
      ),
      h('button', { type: 'button', 'aria-label': 'Help: keys and gestures', onclick: () => this.host.help() }, '?'),
    )
    return h(
      'div',
      { class: 'edge' },
      h(
        'div',
        { class: 'edge-main' },
        h('div', { class: 'head-row' }, this.headline, tools),
        h('p', { class: 'totals-line' }, this.synthetic, this.totals, this.note, this.wholeButton),
        h('div', { class: 'note-row' }, this.chips, this.legendBox),
        this.error,
        this.empty,
        this.picture.element,
        this.findingRows,
        this.behind.element,
      ),
      this.panel.element,
    )
  }

  title(where: Where): string {
    return where.period?.title ?? ''
  }

  /** Each part asks again only when its own question changed. */
  show({ place, period, about, tz, scheme }: Where): void {
    Object.assign(this, { about, tz, period, scheme, place })
    this.picture.setScheme(scheme)
    hide(this.synthetic, !about.synthetic)
    hide(this.error, true)
    this.tableButton.setAttribute('aria-pressed', String(place.table))
    this.outlinesButton.setAttribute('aria-pressed', String(place.outlines))
    hide(this.wholeButton, !place.zoom)
    this.showChips(place)
    this.element.classList.toggle('bare', !period)
    if (!period) {
      this.showNothing(about)
      return
    }
    hide(this.empty, true)
    this.reveal()
    if (this.answer && !this.covers(this.answer, place, period)) this.answer = null
    this.picture.show(place, period, tz)
    if (this.foundKey !== this.findingsKey()) this.forgetFindings()
    this.showOverlay()
    this.askToday(place, period)
    this.showSums()
    this.behind.show(place, period, tz)
    this.showPanel(place, tz)
  }

  /** Live events came to an empty store: they can be drawn when they are stored. */
  arriving(): void {
    if (!this.period) this.headline.textContent = 'The first probes are arriving: the picture comes in a few seconds'
  }

  private print(on: boolean): void {
    this.paper = on
    this.picture.print(on)
    this.showLegend()
  }

  live(points: LivePoint[]): void {
    // The stream is not filtered: with a filter set only the next answer knows what belongs here.
    if (this.place && !switches({ ...this.place, planes: [] }).length)
      this.picture.addLive(points)
  }

  /** Ask again for what is shown, quietly: live events came. */
  refresh(): void {
    if (!this.place || !this.period) return
    this.picture.refresh()
    this.askToday(this.place, this.period, true)
  }

  private toggleOutlines(): void {
    this.host.go({ outlines: !this.place?.outlines }, true)
  }

  /** The log lines of a finding: of its source alone where it has one. */
  private showLines(finding: Finding): void {
    this.host.go({ evidence: rectOfFinding(finding), src: finding.source ?? this.place?.src ?? '', finding: '', why: '' })
  }

  /** What findings are asked about, whatever part of it is in sight. */
  private findingsQuery(): ReturnType<typeof filters> {
    return this.place && this.period ? { ...within(this.period), ...filters(this.place, this.place.planes), tz: this.tz } : {}
  }

  private findingsKey(): string {
    return JSON.stringify(this.findingsQuery())
  }

  private askFindings(): void {
    this.finds.show({ query: this.findingsQuery(), ...this.picture.sight() })
  }

  /** What was found elsewhere says nothing of here. */
  private forgetFindings(): void {
    this.finds.stop()
    Object.assign(this, { found: null, overlay: null, foundNote: '', foundKey: this.findingsKey() })
    this.cardsChanged()
  }

  private setFound(found: Findings, overlay: Overlay | null): void {
    const before = this.shownOfFindings()
    Object.assign(this, { found, overlay, foundNote: found.note ?? '' })
    this.showOverlay()
    if (before !== this.shownOfFindings()) this.cardsChanged() // else cards stay, with the focus where it was
  }

  private shownOfFindings(): string {
    const places = this.overlay?.places.map(place => [place.id, place.number, place.alike])
    return JSON.stringify([this.found?.findings, places, this.foundNote])
  }

  private noFindings(message: string): void {
    this.foundNote = message
    this.found ??= { from: '', to: '', ready: true, note: message, left_out: 0, findings: [], places: null }
    this.cardsChanged()
  }

  private showOverlay(): void {
    this.picture.setFindings(this.place?.outlines ? this.overlay : null)
    this.picture.tellFinding(this.place?.finding || null)
    this.element.classList.toggle('no-outlines', !this.place?.outlines) // without renewing the cards, of which one may have the focus
    const table = this.place?.table && this.found ? this.tableOf(this.found.findings, this.place.outlines) : null
    fill(this.findingRows, table)
    hide(this.findingRows, !table)
  }

  private tableOf(findings: Finding[], isOutlined: boolean): HTMLElement | null {
    const open = (id: string) => this.host.go({ finding: id, evidence: null, why: '' })
    return findingTable(findings, isOutlined ? this.numbers() : new Map(), this.tz, open)
  }

  /** By identity, as they stand in the picture. */
  private numbers(): Map<string, number> {
    return new Map(this.overlay?.places.map(place => [place.id, place.number]))
  }

  private foundShown(): Found {
    const nothing = this.found && !this.found.findings.length ? NOTHING_FOUND : ''
    const more = this.overlay && this.found?.places?.left_out ? `${this.found.places.left_out} of them are not outlined: they are spread over the picture, or too many.` : ''
    const alike = new Map(this.overlay?.places.map(place => [place.id, place.alike]))
    const gallery = formatPlace({ ...(this.place as Place), view: 'gallery', zoom: null, evidence: null, finding: '', why: '', table: false })
    return { findings: this.found, numbers: this.numbers(), alike, words: this.foundNote || nothing || more, gallery }
  }

  /** What differs, without the ports that a surge tells of already. */
  private cards(): Card[] {
    const surging = new Set(this.found?.findings.filter(one => one.kind === 'surge').map(one => `${one.plane} ${one.dst_port}`))
    return this.today?.cards.filter(card => !surging.has(`${card.plane} ${card.port_min}`)) ?? []
  }

  private cardsChanged(): void {
    this.picture.setCards(this.cards())
    if (this.panelKey === 'cards' || this.panelKey.startsWith('finding ')) this.panelKey = ''
    if (this.place) this.showPanel(this.place, this.tz)
  }

  private toggleTable(): void {
    this.host.go({ table: !this.place?.table })
  }

  private sensors(): string[] {
    return this.host.status()?.sensors.map(one => one.sensor) ?? []
  }

  private zones(): string[] {
    const own = Intl.DateTimeFormat().resolvedOptions().timeZone
    return [...new Set([this.about?.tz ?? 'UTC', own, 'UTC', this.tz])]
  }

  private bounds(period: Period): View {
    return { from: period.from, to: period.to, low: 0, high: LOG_TOP }
  }

  private shown(): Shown | null {
    const { place, period, scheme, tz } = this
    if (!place || !period) return null
    const view = place.zoom ? viewOfRect(place.zoom, this.bounds(period)) : this.bounds(period)
    return { place, day: period.day, view, whole: !place.zoom, scheme, tz, switches: this.about?.switches ?? [] }
  }

  /** Totals, note and legend: of the period, or of the zoom and the period beside it. All speak of the same answer. */
  private showSums(): void {
    const { place, period, answer, today } = this
    if (!place || !period) return
    this.showLegend()
    const all = today?.totals ?? ''
    const zoomed = answer && place.zoom && isNarrower(answer, period)
    if (!zoomed) {
      const own = answer ? totalsOf(answer, place.action) : ''
      fill(this.totals, place.zoom ? 'Counting in this zoom…' : untrusted(all || own, 300))
      this.note.textContent = period.note
      return
    }
    const sums = answer.events ? totalsOf(answer, place.action) : nothingHere(place.action)
    fill(this.totals, h('b', {}, `In this zoom, ${zoomWords(answer, period, this.tz)}: `), sums)
    const whole = all && `The whole ${period.day ? 'day' : 'period'}: ${all}`
    this.note.textContent = [whole, period.note].filter(Boolean).join(' ')
  }

  private covers(answer: Picture, place: Place, period: Period): boolean {
    const from = Date.parse(answer.from)
    return from >= period.from && from < period.to && this.answerKey === JSON.stringify(filters(place))
  }

  private showChips(place: Place): void {
    const cleared = {
      src: { src: '' },
      dst: { dst: '' },
      sensor: { sensor: '' },
      action: { action: 'refused' },
      planes: { planes: [] },
    }
    fill(
      this.chips,
      ...switches(place).map(one =>
        h(
          'button',
          {
            type: 'button',
            class: 'chip mono',
            'aria-label': `Remove the filter ${one.text}`,
            onclick: () => this.host.go(cleared[one.key]),
          },
          untrusted(one.text, 80),
          h('span', { 'aria-hidden': 'true' }, ' ×'),
        ),
      ),
    )
  }

  private showLegend(): void {
    if (!this.place) return
    const on = this.place.planes.length ? this.place.planes : [...PLANES]
    legend(this.legendBox, this.answer, on, this.paper ? 'light' : this.scheme, plane => this.toggle(plane))
    const zoomed = this.answer && this.place.zoom && this.period && isNarrower(this.answer, this.period)
    if (zoomed) this.legendBox.prepend(h('span', { class: 'quiet' }, 'in this zoom'))
  }

  /** All planes on is written as no filter; the last one cannot be turned off, it turns all on. */
  private toggle(plane: Plane): void {
    const on = new Set(this.place?.planes.length ? this.place.planes : PLANES)
    if (!on.delete(plane)) on.add(plane)
    const planes = PLANES.filter(one => on.has(one))
    this.host.go({ planes: planes.length === PLANES.length ? [] : planes }, true)
  }

  private showNothing(about: About): void {
    this.headline.textContent = 'Nobody has knocked yet'
    fill(this.totals, '')
    this.note.textContent = ''
    fill(this.legendBox)
    const why = this.place?.why // lists may know what no probe told of
    if (why) void this.panel.showWhy(why, about.tz)
    else this.panel.showWords('What is different', 'Nothing is stored yet to compare.')
    this.showEmpty(nothingStored(about))
  }

  private showEmpty(what: HTMLElement): void {
    fill(this.empty, what)
    hide(this.empty, false)
    hide(this.picture.element, true)
    hide(this.behind.element, true)
    hide(this.findingRows, true)
  }

  private reveal(): void {
    hide(this.picture.element, Boolean(this.place?.table))
    hide(this.behind.element, !this.place?.table)
  }

  private answered(picture: Picture): void {
    const { place, period } = this
    if (!place || !period) return
    this.answer = picture
    this.answerKey = JSON.stringify(filters(place))
    hide(this.error, true)
    this.showSums()
    const zoom = place.zoom ? `, ${zoomWords(picture, period, this.tz)}` : ''
    this.picture.describe(
      `Fireplot of ${period.title}${zoom}: ${totalsOf(picture, place.action)} Time against port.`,
    )
    this.askFindings()
    if (picture.events > 0) {
      if (!this.empty.hidden) {
        hide(this.empty, true)
        this.reveal()
      }
      return
    }
    if (place.zoom) return // said above the picture: the zoom is empty, not the period
    const filtered = switches({ ...place, planes: [] })
    if (filtered.length)
      this.showEmpty(
        allFiltered(filtered.map(one => one.text).join(' '), () =>
          this.host.go({ src: '', dst: '', sensor: '', action: 'refused', planes: [] }),
        ),
      )
    else this.showEmpty(nothingThatDay(period.title, this.latest(period)))
  }

  private latest(period: Period): { day: string; href: string } | null {
    const day = period.latest
    return day && day !== period.day
      ? { day, href: formatPlace({ ...(this.place as Place), day, from: null, to: null, zoom: null, evidence: null, finding: '' }) }
      : null
  }

  private waiting(seconds: number | null): void {
    if (seconds === null) fill(this.wait)
    else if (seconds > 0)
      fill(
        this.wait,
        `counting, ${seconds} s `,
        h('button', { type: 'button', class: 'link', onclick: () => this.picture.cancel() }, 'stop'),
      )
  }

  private failed(message: string): void {
    fill(
      this.error,
      h('span', {}, message),
      ' ',
      h(
        'button',
        {
          type: 'button',
          onclick: () => {
            hide(this.error, true)
            this.refresh()
          },
        },
        'Try again',
      ),
    )
    hide(this.error, false)
  }

  private askToday(place: Place, period: Period, again = false): void {
    const query = { ...within(period), ...filters(place), tz: this.tz }
    const key = JSON.stringify(query)
    if (key === this.todayKey && !again) return
    this.todayKey = key
    this.asking?.abort()
    const asking = (this.asking = new AbortController())
    window.clearTimeout(this.staleTimer)
    if (!this.today) this.unknown(period)
    else if (!again) this.staleTimer = window.setTimeout(() => this.unknown(period), STALE)
    // the headline first: the names only dress the axis
    void this.fetchToday(query, asking).then(() => this.namePorts(query, asking))
  }

  /** What was said of another period must not stand under this one's date. */
  private unknown(period: Period): void {
    window.clearTimeout(this.staleTimer)
    this.today = null
    this.headline.textContent = period.title
    this.showSums()
    this.cardsChanged()
  }

  private async fetchToday(query: ReturnType<typeof filters>, asking: AbortController): Promise<void> {
    try {
      const today = await ask<Today>('today', query, asking.signal)
      window.clearTimeout(this.staleTimer)
      this.staleTimer = 0
      const changed = JSON.stringify(today.cards) !== JSON.stringify(this.today?.cards)
      this.today = today
      fill(this.headline, untrusted(today.headline, 300))
      this.showSums()
      if (changed) this.cardsChanged() // the same cards stay as they are, with the focus where it was
    } catch (error) {
      if (aborted(error)) return
      if (!(error instanceof ApiError)) throw error
      this.todayKey = ''
      if (this.period && this.staleTimer) this.unknown(this.period)
      if (this.panelKey === 'cards' && !this.today) this.panel.showWords(this.cardsTitle(), 'Not known: the question failed.')
      this.failed(error.message)
    }
  }

  /** The busiest ports claim labels on the axis; without them it has the well-known ones. */
  private async namePorts(query: ReturnType<typeof filters>, asking: AbortController): Promise<void> {
    try {
      const { ports } = await ask<Ports>('ports', { ...query, limit: PORTS_NAMED }, asking.signal)
      const ranked = ports.filter(row => row.port !== null && row.port > 0)
      this.picture.setAxes(
        ranked.slice(0, BUSY).map(row => row.port as number),
        new Map(ranked.map(row => [row.port as number, row.service ?? ''])),
      )
    } catch (error) {
      if (!aborted(error) && !(error instanceof ApiError)) throw error // the question beside it says what failed
    }
  }

  private showPanel(place: Place, tz: string): void {
    const key = place.why
      ? `why ${place.why}`
      : place.finding
        ? `finding ${place.finding}`
        : place.evidence
        ? JSON.stringify([place.evidence, filters(place)])
        : 'cards'
    if (key === this.panelKey) return
    this.panelKey = key
    const open = place.evidence && formatRect(place.evidence)
    const chosen =
      this.cards().findIndex(card => {
        const rect = rectOfCard(card)
        return rect && formatRect(rect) === open
      })
    this.picture.choose(chosen < 0 ? null : chosen)
    if (place.why) void this.panel.showWhy(place.why, tz)
    else if (place.finding) this.showFinding(place, tz)
    else if (place.evidence) void this.panel.showEvidence(place.evidence, place, tz)
    else this.panel.showToday(this.today && { ...this.today, cards: this.cards() }, this.cardsTitle(), this.foundShown())
  }

  private showFinding(place: Place, tz: string): void {
    if (!this.found) {
      this.panel.showWaiting('Finding', 'Looking for findings…')
      return
    }
    const finding = this.found.findings.find(one => one.id === place.finding) ?? null
    const link = formatPlace({ ...place, evidence: null, zoom: null, table: false })
    this.panel.showFinding(finding, this.numbers().get(place.finding), tz, link)
  }

  private cardsTitle(): string {
    const now = this.host.now()
    const { period } = this
    if (!period || period.note || period.day === null) return 'What is different'
    return now >= period.from && now < period.to ? 'What is different today' : 'What is different that day'
  }

  private openCard(index: number): void {
    const card = this.cards()[index]
    const rect = card ? rectOfCard(card) : null
    if (rect) this.host.go({ evidence: rect, why: '', finding: '' })
  }

  /** Zoom to a rectangle with some air around it. */
  private zoomTo(rect: Rect): void {
    if (!this.period) return
    const air = 0.5 * (rect.to - rect.from)
    const from = Math.max(this.period.from, Math.round(rect.from - air))
    const to = Math.min(this.period.to, Math.round(rect.to + air))
    this.host.go({ zoom: { from, to, ...airOf(rect), planes: [] }, table: false })
  }
}

const PORT_AIR = 1.25 // times the port that a zoom shows above and below

function airOf(rect: Rect): { portMin: number | null; portMax: number | null } {
  if (rect.portMin === null || rect.portMax === null || rect.portMax === 0) return { portMin: null, portMax: null }
  const portMin = Math.max(1, Math.floor(rect.portMin / PORT_AIR))
  return { portMin, portMax: Math.min(65535, Math.ceil(rect.portMax * PORT_AIR)) }
}
