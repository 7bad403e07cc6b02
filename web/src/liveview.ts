/** The section Live: refused probes and logins as balls, as they arrive or replayed from any stored period, by one clock. */
import { aborted, ApiError, ask, within, type Query } from './api.ts'
import { eventsOf, KINDS, KIND_NAMES, type Ball, type Kind, type Unseen } from './ball.ts'
import { Clock, speedFor, speedOf, type Speed } from './clock.ts'
import { CourtView, type Hit } from './court.ts'
import { pathName } from './courtpaint.ts'
import { announcer, fill, h, hide, put, untrusted } from './dom.ts'
import { clock as clockText, count, counted, DAY_LONG, duration, stamp } from './format.ts'
import { aimedTable, LiveLog } from './livelog.ts'
import './liveview.css'
import { commandMenu } from './menus.ts'
import { Panel } from './panel.ts'
import { Past } from './past.ts'
import { instant, iso, quoted, switches } from './place.ts'
import type { Host, Section, Where } from './section.ts'
import { Tally } from './tally.ts'
import { Transport, type Curve } from './transport.ts'

const WORDS_EVERY = 500 // ms between two versions of the words around the court
const TABLE_EVERY = 2000 // ms between two versions of the table
const ALOUD_EVERY = 15_000 // ms between two sentences to a screen reader, but for who is let in
const BUCKETS = 300 // of the curve under the slider
const LATE = 120_000 // ms that stamps may be behind before it is said
const quietly = matchMedia('(prefers-reduced-motion: reduce)')

export const section = (host: Host): Section => new LiveView(host)

class LiveView implements Section {
  readonly element: HTMLElement
  readonly answersWhy = true
  readonly keys = {
    t: () => this.host.go({ table: !this.where?.place.table }),
    p: () => this.play(),
    l: () => this.setMode(!this.onAir),
    ',': () => this.transport.faster(-1),
    '.': () => this.transport.faster(1),
  }
  private readonly host: Host
  private readonly clock = new Clock()
  private readonly past = new Past()
  private readonly court: CourtView
  private readonly transport: Transport
  private readonly log: LiveLog
  private readonly panel: Panel
  private readonly headline = h('h1', { 'data-testid': 'headline' })
  private readonly totals = h('span', { class: 'totals', 'data-testid': 'live-totals' })
  private readonly note = h('span', { class: 'note' })
  private readonly chips = h('div', { class: 'chips', 'data-testid': 'chips' })
  private readonly kinds = h('div', { class: 'legend', role: 'group', 'aria-label': 'Shown', 'data-testid': 'legend' })
  private readonly synthetic = h('span', { class: 'synthetic', hidden: true }, 'synthetic sample day')
  private readonly error = h('div', { class: 'error-bar', role: 'alert', 'data-testid': 'error', hidden: true })
  private readonly empty = h('div', { class: 'court-empty', hidden: true })
  private readonly table = h('div', { class: 'tables', 'data-testid': 'table', hidden: true })
  private readonly tableButton = h('button', { type: 'button', 'data-testid': 'table-button', onclick: this.keys.t }, 'Table')
  private readonly tip = h('div', { class: 'tooltip', role: 'tooltip', 'data-testid': 'tooltip', hidden: true })
  private readonly aloud = announcer()
  private readonly side = h('div', { class: 'live-side' })
  private tally = new Tally()
  private where: Where | null = null
  private onAir = true
  private fresh = 0
  private since = 0
  private late: number | null = null
  private modeKey = ''
  private pastKey = ''
  private curveKey = ''
  private whyKey = ''
  private wordsAt = 0
  private tableAt = 0
  private aloudAt = 0
  private saidIn = 0
  private asking: AbortController | null = null

  constructor(host: Host) {
    this.host = host
    this.since = host.now()
    this.court = new CourtView({
      beat: (elapsed, now) => this.beat(elapsed, now),
      pick: hit => this.pick(hit),
      hover: (hit, x, y) => this.hover(hit, x, y),
    })
    this.transport = new Transport(this.clock, {
      mode: live => this.setMode(live),
      play: () => this.play(),
      speed: speed => this.setSpeed(speed),
      seek: at => this.seek(at),
    })
    this.log = new LiveLog({ why: q => host.go({ why: q, evidence: null }), aimed: (kind, path) => this.log.showAimed(this.tally, kind, path), back: () => this.showLog(true) })
    this.panel = new Panel({
      lightUp: () => undefined,
      open: evidence => host.go({ view: 'fireplot', evidence, why: '' }),
      why: q => host.go({ why: q, evidence: null }),
      close: () => host.go({ why: '' }),
      filter: change => host.go({ ...change, view: 'fireplot', zoom: null }),
      zoom: zoom => host.go({ view: 'fireplot', zoom }),
      zoomPort: port => host.go({ view: 'fireplot', why: `${port}` }),
    })
    this.element = this.build()
    quietly.addEventListener('change', () => this.setStill())
    this.setStill()
    window.setInterval(() => this.element.isConnected && this.words(performance.now()), WORDS_EVERY)
  }

  private build(): HTMLElement {
    const tools = h(
      'div',
      { class: 'tools' },
      this.tableButton,
      commandMenu('Commands', () => this.commands()),
      h('button', { type: 'button', 'aria-label': 'Help: keys and gestures', onclick: () => this.host.help() }, '?'),
    )
    const words = h('p', { id: 'court-words', class: 'unseen-text' }, 'Sources on the left throw balls at ports and user names on the right. Refused ones bounce, accepted logins pass. The table says the same.')
    put(this.court.element, this.empty, this.tip)
    return h(
      'div',
      { class: 'edge live-view', 'data-testid': 'live-view' },
      h(
        'div',
        { class: 'edge-main' },
        h('div', { class: 'head-row' }, this.headline, tools),
        h('p', { class: 'totals-line' }, this.synthetic, this.totals, this.note),
        h('div', { class: 'note-row' }, this.chips, this.kinds),
        this.error,
        words,
        this.court.element,
        this.table,
        this.transport.element,
        this.aloud.element,
      ),
      this.side,
    )
  }

  title(where: Where): string {
    return this.isLive(where) ? 'now' : (where.period?.title ?? '')
  }

  /** Live where nothing else is asked for and today has something, or nothing is stored at all. */
  private isLive({ place, period }: Where): boolean {
    const mode = place.own['mode']
    if (mode === 'live' || mode === 'past') return mode === 'live' || period === null
    if (!period) return true
    const now = this.host.now()
    return !period.note && now >= period.from && now < period.to
  }

  show(where: Where): void {
    this.where = where
    const { place, period } = where
    const modeKey = JSON.stringify([place.own['mode'], place.day, place.from, place.to])
    if (modeKey !== this.modeKey) {
      this.modeKey = modeKey
      this.onAir = this.isLive(where)
      if (this.onAir) this.past.stop()
      this.restart()
    }
    this.court.setScheme(where.scheme)
    this.court.setKinds(this.shownKinds())
    if (!this.onAir && period) this.showPast()
    this.element.classList.toggle('is-live', this.onAir)
    hide(this.synthetic, !where.about.synthetic)
    this.note.textContent = this.onAir ? '' : (period?.note ?? '')
    this.tableButton.setAttribute('aria-pressed', String(place.table))
    hide(this.court.element, place.table)
    hide(this.table, !place.table)
    this.tableAt = 0
    this.showKinds()
    this.showChips()
    this.showLog()
    this.words(performance.now())
    this.court.wake()
  }

  refresh(): void {
    this.curveKey = ''
    if (this.where && !this.onAir) void this.askCurve()
  }

  /** What arrives flies at once; while the past is shown it is counted. */
  balls(balls: Ball[], unseen: Unseen): void {
    const shown = balls.filter(ball => this.shownKinds().includes(ball.kind))
    if (!this.onAir) {
      const sums = eventsOf(shown)
      this.fresh += sums.firewall + sums.logins
      return
    }
    const newest = Math.max(...shown.map(ball => ball.at))
    if (shown.length) this.late = this.host.now() - newest
    const kinds = this.shownKinds()
    this.take(shown, { firewall: kinds.includes('firewall') ? unseen.firewall : 0, logins: kinds.includes('logins') ? unseen.logins : 0 })
  }

  private take(balls: Ball[], unseen: Unseen): void {
    const now = performance.now()
    this.tally.add(balls, unseen, now)
    this.court.add(balls)
    if (balls.some(ball => ball.accepted)) this.words(now, true)
  }

  private shownKinds(): readonly Kind[] {
    const asked = this.where?.place.own['kind']
    return KINDS.some(kind => kind === asked) ? [asked as Kind] : KINDS
  }

  private setMode(live: boolean): void {
    if (live === this.onAir || !this.where) return
    if (live) this.host.go({ day: null, from: null, to: null, own: this.own({ mode: 'live', at: null }) })
    else this.host.go({ own: this.own({ mode: 'past', at: null }) })
  }

  private own(change: Record<string, string | null>): Record<string, string> {
    const all = { ...this.where?.place.own, ...change }
    return Object.fromEntries(Object.entries(all).filter((pair): pair is [string, string] => pair[1] !== null))
  }

  /** Nothing seen yet: the clock was set. */
  private restart(): void {
    this.tally = new Tally()
    this.since = this.onAir ? this.host.now() : this.clock.at
    this.late = null
    this.saidIn = 0
    if (this.onAir) this.fresh = 0
    this.court.reset()
    this.log.reset()
  }

  private showPast(): void {
    const where = this.where as Where
    const period = where.period as NonNullable<Where['period']>
    const to = Math.min(period.to, Math.max(period.from + 1000, Math.round(this.host.now())))
    const key = JSON.stringify([period.from, period.to, this.query()])
    if (key !== this.pastKey) {
      this.pastKey = key
      this.clock.speed = speedOf(where.place.own['speed']) ?? speedFor(to - period.from)
      this.clock.set(period.from, to, instant(where.place.own['at'] ?? null))
      this.clock.playing = true
      this.anew()
    }
    void this.askCurve()
  }

  private query(): Query {
    const { src, dst, sensor } = (this.where as Where).place
    const kinds = this.shownKinds()
    return { src, dst, sensor, kind: kinds.length < KINDS.length ? kinds : null }
  }

  /** Fetch from where the clock stands, and count from there. */
  private anew(): void {
    this.past.from(Math.floor(this.clock.at), this.clock.to, this.clock.speed, this.query())
    this.restart()
  }

  private async askCurve(): Promise<void> {
    const { from, to } = this.clock
    const query = { ...this.query(), ...within({ from, to }), buckets: BUCKETS }
    const key = JSON.stringify(query)
    if (key === this.curveKey) return
    this.curveKey = key
    this.asking?.abort()
    const asking = (this.asking = new AbortController())
    try {
      this.transport.setCurve(await ask<Curve>('replay/curve', query, asking.signal))
    } catch (error) {
      if (aborted(error)) return
      if (!(error instanceof ApiError)) throw error // the replay itself says what failed
      this.transport.setCurve(null)
    }
  }

  private play(): void {
    if (this.onAir) return
    if (this.clock.ended()) {
      this.clock.seek(this.clock.from)
      this.clock.playing = true
      this.anew()
    } else this.clock.playing = !this.clock.playing
    if (!this.clock.playing) this.remember()
    this.words(performance.now(), true)
    this.court.wake()
  }

  private setSpeed(speed: Speed): void {
    if (this.onAir || speed === this.clock.speed) return
    this.clock.speed = speed
    this.past.from(Math.floor(this.clock.at), this.clock.to, speed, this.query())
    this.remember({ speed: String(speed) })
    this.court.wake()
  }

  private seek(at: number): void {
    this.clock.seek(at)
    this.anew()
    this.remember()
    this.words(performance.now(), true)
    this.court.wake()
  }

  /** A paused or moved clock is a link. */
  private remember(change: Record<string, string> = {}): void {
    const at = this.clock.at > this.clock.from ? iso(Math.floor(this.clock.at / 1000) * 1000) : null
    const { day, from, to } = (this.where as Where).place
    this.modeKey = JSON.stringify(['past', day, from, to])
    this.host.go({ own: this.own({ mode: 'past', at, ...change }) }, true)
  }

  /** Before each frame: let the clock run and throw what it has passed. */
  private beat(elapsed: number, now: number): boolean {
    if (now - this.wordsAt >= WORDS_EVERY) this.words(now)
    if (this.onAir || !this.clock.playing) return false
    const passed = this.clock.tick(elapsed, this.past.known)
    if (passed) {
      const { balls, unseen } = this.past.take(passed.from, passed.to)
      if (balls.length || unseen.firewall || unseen.logins) this.take(balls, unseen)
    }
    this.past.keepAhead(this.clock.at)
    if (this.past.failed) this.fail(this.past.failed)
    if (this.clock.ended()) this.atEnd()
    return this.clock.playing
  }

  /** A replay that has come to now goes on live. */
  private atEnd(): void {
    const period = this.where?.period
    if (period && this.host.now() < period.to) this.setMode(true)
  }

  private fail(message: string): void {
    if (!this.error.hidden) return
    this.clock.playing = false
    const again = () => {
      hide(this.error, true)
      this.past.again()
      this.clock.playing = true
      this.court.wake()
    }
    fill(this.error, h('span', {}, message), ' ', h('button', { type: 'button', onclick: again }, 'Try again'))
    hide(this.error, false)
  }

  private setStill(): void {
    this.court.setStill(quietly.matches)
  }

  /** Everything in words: headline, sums, time, lists. */
  private words(now: number, atOnce = false): void {
    if (!this.where || (!atOnce && now - this.wordsAt < WORDS_EVERY - 20)) return
    this.wordsAt = now
    const { tz, scheme } = this.where
    const head = this.sentence()
    if (this.headline.textContent !== head) this.headline.textContent = head
    this.totals.textContent = this.lately(now)
    this.transport.show(this.onAir, this.fresh, tz, scheme)
    this.log.show(this.tally, tz, this.long())
    this.court.describe(`${this.onAir ? 'Live' : 'Replay'}: ${head}`)
    this.showEmpty()
    this.speak(now, head)
    if (this.where.place.table && now - this.tableAt >= TABLE_EVERY) this.showTable(now)
  }

  private long(): boolean {
    return !this.onAir && this.clock.to - this.clock.from > DAY_LONG
  }

  private sentence(): string {
    const { tz } = this.where as Where
    const { probes, failed, accepted } = this.tally
    const when = (at: number) => (this.long() ? stamp(at, tz) : clockText(at, tz))
    const span = this.onAir ? `Since ${when(this.since)}` : `${when(this.since)}\u2013${when(this.clock.at)}`
    if (!this.tally.events) return this.onAir ? 'Listening: nothing has arrived yet' : `${span}: nothing so far`
    const kinds = this.shownKinds()
    const refused = [kinds.includes('firewall') && counted(probes, 'probe'), kinds.includes('logins') && counted(failed, 'login')].filter(Boolean).join(' and ')
    const letIn = accepted ? `${counted(accepted, 'login')} let in` : 'nobody was let in'
    return `${span}: ${refused} refused${kinds.includes('logins') ? `; ${letIn}` : ''}`
  }

  private lately(now: number): string {
    const rate = this.tally.rate(now)
    const pace = rate >= 10 ? count(Math.round(rate)) : rate.toFixed(1)
    const { shots, waiting } = this.court.flight
    const { unseen } = this.tally
    return [
      !this.onAir && this.clock.waiting ? 'fetching the past…' : '',
      `${pace} events a second${this.onAir ? '' : ' of your time'}`,
      shots.some(shot => shot.ball.sources > 1 || shot.ball.paths > 1) ? 'thick balls stand for several' : '',
      waiting > 1000 ? `${count(waiting)} about to fly` : '',
      unseen.firewall + unseen.logins ? `${count(unseen.firewall + unseen.logins)} counted without a ball` : '',
      this.onAir && this.late !== null && this.late > LATE ? `their stamps are ${duration(this.late)} behind this clock` : '',
    ].filter(Boolean).join(' · ')
  }

  /** Who is let in is said at once, sums now and then. */
  private speak(now: number, head: string): void {
    const { accepted, letIn } = this.tally
    if (accepted > this.saidIn && letIn.length) {
      this.saidIn = accepted
      this.aloudAt = now
      this.aloud.say(`Let in: ${pathName('logins', letIn[0].path)} from ${letIn[0].source ?? 'unknown'}.`)
    } else if (now - this.aloudAt > ALOUD_EVERY && this.tally.events) {
      this.aloudAt = now
      this.aloud.say(head)
    }
  }

  /** A court with nothing on it says what it waits for and what else there is to see. */
  private showEmpty(): void {
    const { period, about } = this.where as Where
    const nothing = this.onAir && !this.tally.events
    hide(this.empty, !nothing)
    const key = `${nothing} ${period?.title} ${about.listeners.length}`
    if (!nothing || this.empty.dataset['key'] === key) return
    this.empty.dataset['key'] = key
    const heard = about.listeners.filter(one => one.state === 'listening' && one.name !== 'page')
    fill(
      this.empty,
      h('p', {}, heard.length ? `Listening: ${heard.map(one => one.address).join(', ')}. What arrives flies here within a second.` : 'Nothing listens: start "varde up" with --listen, or let it follow files.'),
      period && h('p', {}, h('button', { type: 'button', onclick: () => this.setMode(false) }, `Replay ${period.title}`)),
    )
  }

  private showTable(now: number): void {
    this.tableAt = now
    if (this.table.contains(document.activeElement)) return // a table that is being read keeps still
    const { tz } = this.where as Where
    fill(this.table, aimedTable(this.tally, this.sentence(), tz, this.clock.to - this.clock.from, row => this.log.showAimed(this.tally, row.kind, row.path)))
  }

  private showKinds(): void {
    const shown = this.shownKinds()
    const toggle = (kind: Kind) => {
      const others = KINDS.filter(one => one !== kind)
      const on = shown.includes(kind)
      this.host.go({ own: this.own({ kind: shown.length === 1 ? null : on ? others[0] : kind }) }, true)
    }
    const focused = document.activeElement instanceof HTMLElement && this.kinds.contains(document.activeElement) ? document.activeElement.dataset['kind'] : null
    fill(this.kinds, ...KINDS.map(kind => h('button', { type: 'button', class: 'legend-entry', 'data-kind': kind, 'aria-pressed': String(shown.includes(kind)), onclick: () => toggle(kind) }, h('span', { class: `kind-mark ${kind}`, 'aria-hidden': 'true' }), ` ${KIND_NAMES[kind]}`)))
    if (focused) this.kinds.querySelector<HTMLElement>(`[data-kind="${focused}"]`)?.focus()
  }

  /** The filters that hold here; the stream has none, and says so. */
  private showChips(): void {
    const place = (this.where as Where).place
    const cleared = { src: { src: '' }, dst: { dst: '' }, sensor: { sensor: '' } } as const
    const found = switches({ ...place, action: 'refused', planes: [] })
    fill(
      this.chips,
      ...found.map(one => h('button', { type: 'button', class: 'chip mono', 'aria-label': `Remove the filter ${one.text}`, onclick: () => this.host.go(cleared[one.key as 'src']) }, untrusted(one.text, 80), h('span', { 'aria-hidden': 'true' }, ' ×'))),
      this.onAir && found.length > 0 && h('span', { class: 'quiet' }, 'holds for the replay; live shows everything'),
    )
  }

  /** The lists, or the answer to Why in their place. */
  private showLog(back = false): void {
    const { place, tz } = this.where as Where
    const key = place.why
    if (back) {
      this.log.reset()
      this.log.show(this.tally, tz, this.long())
    }
    if (key === this.whyKey && this.side.firstElementChild) return
    this.whyKey = key
    fill(this.side, key ? this.panel.element : this.log.element)
    if (key) void this.panel.showWhy(key, tz)
  }

  private pick(hit: Hit): void {
    this.hover(null, 0, 0)
    if ('path' in hit) {
      if (this.where?.place.why) this.host.go({ why: '' })
      this.log.showAimed(this.tally, hit.kind, hit.path)
      return
    }
    const source = 'ball' in hit ? hit.ball.source : hit.source
    if (source) this.host.go({ why: source, evidence: null })
  }

  private hover(hit: Hit | null, x: number, y: number): void {
    hide(this.tip, hit === null)
    if (!hit) return
    fill(this.tip, ...this.tipOf(hit))
    const { clientWidth, clientHeight } = this.court.element
    const left = Math.min(x + 14, clientWidth - this.tip.offsetWidth - 4)
    const top = Math.min(y + 14, clientHeight - this.tip.offsetHeight - 4)
    this.tip.style.transform = `translate(${Math.max(0, Math.round(left))}px, ${Math.max(0, Math.round(top))}px)`
  }

  private tipOf(hit: Hit): HTMLElement[] {
    const hint = (words: string) => h('div', { class: 'quiet' }, words)
    if ('source' in hit) return [h('div', { class: 'tip-head mono' }, untrusted(hit.source, 60)), hint('click for why')]
    if ('path' in hit) return [h('div', { class: 'tip-head mono' }, untrusted(hit.kind === 'logins' ? hit.path || '(empty)' : hit.path.replace(':', ' '), 120)), hint('click for who aimed at it')]
    const { ball } = hit
    const { tz } = this.where as Where
    const from = ball.sources > 1 ? `${count(ball.sources)} addresses` : (ball.source ?? 'unknown')
    const at = ball.paths > 1 ? `${count(ball.paths)} ${ball.kind === 'logins' ? 'names' : 'ports'}` : ball.path.replace(':', ball.kind === 'logins' ? ':' : ' ')
    const outcome = ball.kind === 'firewall' ? 'refused' : ball.accepted ? 'let in' : 'login failed'
    return [
      h('div', { class: 'tip-head mono' }, untrusted(from, 60), ' → ', untrusted(at || '(empty)', 80)),
      h('div', {}, `${counted(ball.count, 'event')}, ${outcome}, ${clockText(ball.at, tz, true)}`),
      ...(ball.password === null ? [] : [h('div', {}, 'password ', h('span', { class: 'mono' }, untrusted(ball.password || '(empty)', 80)))]),
      ...(ball.source && ball.sources === 1 ? [hint('click for why')] : []),
    ]
  }

  /** What shows the same outside of the page. */
  private commands(): { words: string; text: string }[] {
    const { period, about, place } = this.where as Where
    const which = period?.day ? ['--day', period.day] : period ? ['--since', iso(period.from), '--until', iso(period.to)] : []
    const kinds = this.shownKinds()
    const more = [...which, ...(kinds.length < KINDS.length ? ['--kind', kinds[0]] : []), ...(place.sensor ? ['--only-sensor', quoted(place.sensor)] : []), ...(about.switches ?? []).map(quoted)].join(' ')
    const film = `-o live-${period?.day ?? 'range'}`
    return [
      { words: 'As a film', text: `varde replay ${more} ${film}.webm` },
      { words: 'As an animated picture', text: `varde replay ${more} ${film}.gif` },
      { words: 'In Logstalgia', text: `varde logstalgia ${more} | logstalgia -x -` },
    ]
  }
}
