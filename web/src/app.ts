/** The frame around the views: rail, top bar, foot, addresses, keys. Chooses and connects, draws nothing. */
import { ask, ApiError, type About, type Status } from './api.ts'
import { failure, waiting } from './asking.ts'
import { Beacon, readWarnings } from './beacon.ts'
import { bringIntoView, fill, h, hide, icon } from './dom.ts'
import { foot } from './foot.ts'
import { count, dayTitle, stamp } from './format.ts'
import { helpDialog } from './help.ts'
import { Live, type LiveState } from './live.ts'
import type { Look } from './menus.ts'
import type { SchemeName } from './palette.ts'
import { HOME, formatPlace, instant, parsePlace, type Place, type View } from './place.ts'
import { yearOf, type Host, type Period, type Section, type Where } from './section.ts'
import { FIRST, SECTIONS } from './sections.ts'
import { addDays, dayOf, dayPeriod, isDay } from './zone.ts'

// A cairn of four stones; its flame is drawn in ink, amber belongs to the beacon.
const CAIRN =
  'M12 2c2 2 2.600 3.500 1.600 5h-3.200C9.400 5.500 10 4 12 2z M10 8.500h4l.5 2.500h-5z M9 12.300h6l.6 2.700H8.400z M7.900 16.200h8.200l.6 2.500H7.300z M6.300 19.800h11.400l.7 2.200H5.600z'
const STATUS_AFTER = 500 // ms; the picture and its headline come first
const STATUS_EVERY = 60_000
const FETCH_WAIT = 300 // ms before the page says that a section is on its way
const LOOK_KEY = 'varde.look'
const LOOKS: readonly Look[] = ['auto', 'dark', 'light', 'classic']
const systemLight = matchMedia('(prefers-color-scheme: light)')

export class App {
  private about: About
  private status: Status | null = null
  private place: Place = parsePlace(location.search, location.hash)
  private look: Look = savedLook()
  private skew = 0 // ms that the server's clock is ahead
  private gone = false
  private readonly main = h('main', { id: 'main', tabindex: -1 })
  private readonly rail = h('nav', { class: 'rail', 'aria-label': 'Pages' })
  private readonly stepper = h('div', { class: 'stepper' })
  private readonly live = h('a', { class: 'live', 'data-testid': 'live', href: '?', title: 'Go to today' })
  private readonly goneBar = h('div', { class: 'gone', role: 'alert', hidden: true })
  private readonly retry = h('span', { 'aria-hidden': 'true' })
  private readonly footer = h('footer', { 'data-testid': 'foot' })
  private readonly why = h('input', {
    type: 'search',
    name: 'q',
    placeholder: 'Why … an address, network, name, port, AS or country',
    'aria-label': 'Why: an address, network, port, AS or country',
    'data-testid': 'why',
    autocomplete: 'off',
    spellcheck: 'false',
    maxlength: 300,
  })
  private readonly help = helpDialog()
  private readonly beacon = new Beacon()
  private readonly host: Host
  private readonly sections = new Map<View, Section>()

  constructor(root: HTMLElement, about: About) {
    this.about = about
    this.skew = skewOf(about)
    this.host = {
      go: (change, replace) => this.go(change, replace),
      status: () => this.status,
      told: status => {
        this.status = status
        this.showFoot()
      },
      look: () => this.look,
      setLook: look => this.setLook(look),
      help: () => this.help.showModal(),
      said: () => this.beacon.again(),
      now: () => this.now(),
    }
    fill(root, this.topBar(), this.rail, this.goneBar, this.main, this.footer, this.help, this.beacon.dialog)
    this.setLook(this.look)
    systemLight.addEventListener('change', () => this.setLook(this.look))
    window.addEventListener('popstate', () => {
      this.place = parsePlace(location.search, location.hash)
      this.show()
    })
    document.addEventListener('click', event => this.follow(event))
    document.addEventListener('keydown', event => this.key(event))
    this.show()
    this.startLive()
    document.addEventListener('visibilitychange', () => this.quietly())
    window.setTimeout(() => void this.askStatus(), STATUS_AFTER)
    window.setInterval(() => void this.askStatus(), STATUS_EVERY)
  }

  private topBar(): HTMLElement {
    const form = h('form', { class: 'why', role: 'search' }, this.why)
    form.addEventListener('submit', event => {
      event.preventDefault()
      const q = this.why.value.trim()
      if (q) this.go({ view: this.section()?.answersWhy ? this.place.view : FIRST, why: q, evidence: null, finding: '' })
    })
    const logo = h('a', { class: 'logo', href: '?', 'aria-label': 'Varde, today' }, icon(CAIRN, true))
    return h('header', { class: 'top' }, logo, this.stepper, this.live, form, this.beacon.element)
  }

  private scheme(): SchemeName {
    return this.look === 'auto' ? (systemLight.matches ? 'light' : 'dark') : this.look
  }

  private setLook(look: Look): void {
    this.look = look
    keepLook(look)
    document.documentElement.dataset['scheme'] = this.scheme()
    if (this.sections.size) this.show()
  }

  private tz(): string {
    return this.place.tz ?? this.about.tz
  }

  go(change: Partial<Place>, replace = false): void {
    const place = { ...this.place, ...change, ...this.pinned(change) }
    const href = formatPlace(place)
    if (href === formatPlace(this.place)) return
    if (replace) history.replaceState(null, '', href)
    else history.pushState(null, '', href)
    this.place = place
    this.show()
  }

  /** A window belongs to a day: with one in the address, "today" is written out as its date. */
  private pinned(change: Partial<Place>): Partial<Place> {
    const dated = this.place.day !== null || this.place.from !== null
    if (dated || !(change.zoom || change.evidence || change.finding)) return {}
    return { day: this.period(this.tz())?.day ?? null }
  }

  /** Links inside the page change the place without loading it again. */
  private follow(event: MouseEvent): void {
    const link = (event.target as Element).closest('a')
    const href = link?.getAttribute('href')
    if (
      !link ||
      !href?.startsWith('?') ||
      event.defaultPrevented ||
      event.button !== 0 ||
      event.ctrlKey ||
      event.metaKey ||
      event.shiftKey
    )
      return
    event.preventDefault()
    history.pushState(null, '', href)
    this.place = parsePlace(location.search)
    this.show()
    window.scrollTo(0, 0)
  }

  private show(): void {
    const tz = this.tz()
    const period = this.period(tz)
    const where: Where = { place: this.place, period, about: this.about, tz, scheme: this.scheme() }
    const section = this.section()
    if (section && this.main.firstElementChild !== section.element) fill(this.main, section.element)
    this.showRail()
    this.showStepper(period, tz)
    this.showFoot()
    if (this.why.value !== this.place.why && document.activeElement !== this.why) this.why.value = this.place.why
    document.title = [section?.title(where), SECTIONS[this.place.view].name, 'Varde'].filter(Boolean).join(' · ')
    if (section) section.show(where)
    else void this.fetchSection(this.place.view)
  }

  /** The section of this place, once it is here. */
  private section(): Section | null {
    return this.sections.get(this.place.view) ?? null
  }

  /** Fetch a section when it is first shown, so that the first view waits for nothing else. */
  private async fetchSection(view: View): Promise<void> {
    const { name, load } = SECTIONS[view]
    // a page is never without a heading, also while nothing is to be seen yet
    if (!this.main.firstElementChild) fill(this.main, h('h1', { class: 'unseen-text' }, name))
    const wait = window.setTimeout(() => fill(this.main, h('section', { class: 'no-answer' }, h('h1', {}, name), waiting(`Fetching ${name}…`))), FETCH_WAIT)
    try {
      const { section } = await load()
      if (!this.sections.has(view)) this.sections.set(view, section(this.host))
      if (this.place.view === view) this.show()
    } catch (error) {
      if (!(error instanceof TypeError)) throw error // what a browser says of a script that did not come
      const words =
        `${name} did not come from ${location.host}. Is "varde up" still running there? ` +
        'After an update of Varde the page must be loaded again.'
      const again = () => location.reload()
      fill(this.main, h('section', { class: 'no-answer' }, h('h1', {}, name), ...failure(words, again)))
    } finally {
      window.clearTimeout(wait)
    }
  }

  /** The server's clock: "today" is its day, whatever this machine thinks. */
  private now(): number {
    return Date.now() + this.skew
  }

  /** What to show: the asked day or range, else today, else the latest day that holds anything. */
  private period(tz: string): Period | null {
    const { day, from, to } = this.place
    const last = this.lastStored()
    const latest = last === null ? null : dayOf(last, tz)
    if (day) return { ...dayPeriod(day, tz), day, title: dayTitle(day), note: '', latest }
    if (from !== null && to !== null)
      return { from, to, day: null, title: `${stamp(from, tz)} to ${stamp(to, tz)}`, note: '', latest }
    if (latest === null) return null
    const today = dayOf(this.now(), tz)
    const shown = latest < today ? latest : today
    const note =
      shown === today ? '' : `Nothing is stored for today, ${dayTitle(today)}. This is the latest day with data.`
    return { ...dayPeriod(shown, tz), day: shown, title: dayTitle(shown), note, latest }
  }

  /** When the last of what this section shows was stored. */
  private lastStored(): number | null {
    const { tables } = SECTIONS[this.place.view]
    const all = (tables ?? ['probes']).map(name => instant(name === 'probes' ? this.about.last : (this.about.tables?.[name]?.last ?? null)))
    return all.reduce((last, one) => (one !== null && (last === null || one > last) ? one : last), null)
  }

  private kept(): Place {
    const { tz, src, dst, sensor, action, planes, outlines } = this.place
    return { ...HOME, tz, src, dst, sensor, action, planes, outlines }
  }

  private showRail(): void {
    const kept = this.kept()
    const { day, from, to } = this.place
    fill(
      this.rail,
      ...Object.entries(SECTIONS).map(([view, { name, icon: path }]) =>
        h(
          'a',
          {
            href: formatPlace({ ...kept, view, day, from, to }),
            'data-view': view,
            'aria-current': view === this.place.view ? 'page' : null,
          },
          icon(path),
          h('span', {}, name),
        ),
      ),
    )
    bringIntoView(this.rail)
  }

  /** A section of days stays, with what it says it keeps; others have none, and a step leads to the first. */
  private keptForStep(): Place {
    const kept = { ...this.kept(), table: this.place.table }
    const { view, own } = this.place
    const { keeps } = SECTIONS[view]
    if (!keeps) return kept
    return { ...kept, view, own: Object.fromEntries(Object.entries(own).filter(([key]) => keeps.includes(key))) }
  }

  /** Days, or spans as long as the one shown. */
  private neighbours(period: Period, tz: string): { before: Place; after: Place | null } {
    const kept = this.keptForStep()
    if (period.day && isDay(period.day)) {
      const next = addDays(period.day, 1)
      const after = next > dayOf(this.now(), tz) ? null : { ...kept, day: next }
      return { before: { ...kept, day: addDays(period.day, -1) }, after }
    }
    const length = period.to - period.from
    return {
      before: { ...kept, from: period.from - length, to: period.from },
      after: period.to > this.now() ? null : { ...kept, from: period.to, to: period.to + length },
    }
  }

  private showStepper(period: Period | null, tz: string): void {
    const where = { place: this.place, period, about: this.about, tz, scheme: this.scheme() }
    const year = period ? Number(dayOf(period.from, tz).slice(0, 4)) : yearOf(where, this.now())
    const calendar = h(
      'a',
      { class: 'button calendar-link', href: formatPlace({ ...this.kept(), view: 'calendar', year }) },
      'Calendar',
    )
    if (!period) {
      fill(this.stepper, calendar)
      return
    }
    const { before, after } = this.neighbours(period, tz)
    fill(
      this.stepper,
      h(
        'a',
        {
          class: 'step',
          'data-testid': 'day-prev',
          href: formatPlace(before),
          'aria-label': period.day ? 'Day before' : 'Period before',
        },
        '‹',
      ),
      h('span', { class: 'date', 'data-testid': 'date' }, period.title),
      h(
        'a',
        {
          class: 'step',
          'data-testid': 'day-next',
          href: after && formatPlace(after),
          'aria-disabled': after ? null : 'true',
          role: 'link',
          'aria-label': period.day ? 'Day after' : 'Period after',
        },
        '›',
      ),
      calendar,
    )
  }

  private showFoot(): void {
    foot(this.footer, this.about, this.status, formatPlace({ ...this.kept(), view: 'doctor' }), formatPlace({ ...this.kept(), view: 'flows' }))
  }

  private async askStatus(): Promise<void> {
    try {
      this.status = await ask<Status>('status')
      this.showFoot()
    } catch (error) {
      if (!(error instanceof ApiError)) throw error // the doctor says it in place; the foot keeps what it knew
    }
  }

  private startLive(): void {
    new Live({
      probes: (_events, points) => {
        if (this.about.last === null) this.section()?.arriving?.()
        else if (this.shownNow()) this.section()?.live?.(points)
      },
      balls: (balls, unseen) => this.section()?.balls?.(balls, unseen),
      note: text => {
        this.live.title = `${text} Go to today`
      },
      warned: (events, rows) => this.beacon.told(events, readWarnings(rows)),
      stored: () => {
        this.beacon.stored()
        this.quietly()
      },
      state: state => this.showLive(state),
    })
  }

  private shownNow(): boolean {
    const period = this.period(this.tz())
    const now = this.now()
    return period !== null && now >= period.from && now < period.to
  }

  private showLive(state: LiveState): void {
    const words = state.connected ? `live${state.perMinute ? ` ${count(state.perMinute)}/min` : ''}` : 'not live'
    if (this.live.textContent !== words)
      fill(this.live, h('span', { class: 'live-light', 'aria-hidden': 'true' }), words)
    this.live.classList.toggle('on', state.connected)
    this.showGone(state)
  }

  /** The sentence is said once; only the seconds count on, and those not aloud. */
  private showGone(state: LiveState): void {
    const gone = state.retryIn !== null
    if (gone && !this.gone) {
      const words = `Varde at ${location.host} does not answer; is "varde up" still running? What is shown is what was known.`
      fill(this.goneBar, words, this.retry)
    }
    if (gone) this.retry.textContent = state.retryIn ? ` Trying again in ${state.retryIn} s.` : ' Trying again.'
    hide(this.goneBar, !gone)
    if (this.gone && state.connected) void this.askAbout(true)
    this.gone = gone
  }

  /** While events arrive: ask again now and then, so the picture is exact and nothing flickers. */
  private quietly(): void {
    if (!document.hidden) void this.askAbout()
  }

  private async askAbout(missed = false): Promise<void> {
    const before = formatPeriod(this.period(this.tz()))
    try {
      this.about = await ask<About>('about')
      this.skew = skewOf(this.about)
      if (!this.status?.sensors.length) void this.askStatus()
    } catch (error) {
      if (!(error instanceof ApiError)) throw error // the mark above says that the server is gone
      return
    }
    if (formatPeriod(this.period(this.tz())) !== before) this.show()
    else if (missed || this.shownNow()) this.section()?.refresh()
  }

  private key(event: KeyboardEvent): void {
    const at = event.target as HTMLElement
    if (event.key === 'Escape') this.escape(at)
    if (event.ctrlKey || event.metaKey || event.altKey || at.matches('input, select, textarea') || this.help.open)
      return
    const step = (id: string) =>
      this.rail.ownerDocument.querySelector<HTMLAnchorElement>(`[data-testid="${id}"][href]`)?.click()
    const table: Record<string, (() => void) | undefined> = {
      ...this.section()?.keys,
      '/': () => this.why.select(),
      '?': () => this.help.showModal(),
      '[': () => step('day-prev'),
      ']': () => step('day-next'),
    }
    const act = table[event.key]
    if (!act) return
    event.preventDefault()
    act()
  }

  private escape(at: HTMLElement): void {
    if (at === this.why) this.why.blur()
    else if (!this.help.open && (this.place.why || this.place.evidence || this.place.finding)) this.go({ why: '', evidence: null, finding: '' })
  }
}

function skewOf(about: About): number {
  const now = instant(about.now)
  return now === null ? 0 : now - Date.now()
}

function formatPeriod(period: Period | null): string {
  return JSON.stringify(period)
}

function savedLook(): Look {
  try {
    return LOOKS.find(look => look === localStorage.getItem(LOOK_KEY)) ?? 'auto'
  } catch (error) {
    if (error instanceof DOMException) return 'auto' // storage is turned off in this browser
    throw error
  }
}

function keepLook(look: Look): void {
  try {
    localStorage.setItem(LOOK_KEY, look)
  } catch (error) {
    if (!(error instanceof DOMException)) throw error
  }
}

/** A token in the address has become a cookie by now; it should not stay in history and links. */
function forgetToken(): void {
  if (new URLSearchParams(location.search).has('token'))
    history.replaceState(null, '', formatPlace(parsePlace(location.search, location.hash)))
}

/** Ask who answers, then build the page; if nobody does, say so and offer to try again. */
export async function start(root: HTMLElement): Promise<void> {
  const alone = (...what: HTMLElement[]) => fill(root, h('main', { id: 'main', class: 'no-answer' }, ...what))
  const wait = window.setTimeout(() => alone(h('h1', {}, 'Varde'), waiting('Asking what is stored…')), FETCH_WAIT)
  // fetched meanwhile; if it fails, the page says so when it asks again
  SECTIONS[parsePlace(location.search).view].load().catch(() => undefined)
  try {
    const about = await ask<About>('about')
    window.clearTimeout(wait)
    forgetToken()
    new App(root, about)
  } catch (error) {
    window.clearTimeout(wait)
    if (!(error instanceof ApiError)) throw error
    alone(h('h1', {}, 'Varde does not answer'), ...failure(error.message, () => void start(root)))
  }
}
