/** The section Lists: how each list fares, what is published with them, and rehearsing, publishing and taking back. */
import { ask, ApiError, tell } from './api.ts'
import { Asking } from './asking.ts'
import { fill, h, hide, put, untrusted } from './dom.ts'
import { count, counted, duration } from './format.ts'
import { grid } from './grid.ts'
import { ageOf, headline, publishingOf, stateOf, type ListRow, type Lists, type Published, type Rehearsal } from './listwords.ts'
import type { Host, Section, Where } from './section.ts'

const HOSTS = 10 // of a rehearsal; the command names all

export const section = (_host: Host): Section => new ListsView()

class ListsView implements Section {
  readonly element: HTMLElement
  private readonly headline = h('h1', { 'data-testid': 'headline' }, 'Lists')
  private readonly synthetic = h('span', { class: 'synthetic', hidden: true }, 'synthetic sample day')
  private readonly said = h('p', { role: 'status', 'data-testid': 'lists-answer' })
  private readonly body = h('div', { class: 'warned-body' })
  private readonly found = h('div', { class: 'warned-body', 'data-testid': 'rehearsal' })
  private readonly asking = new Asking()
  private readonly looking = new Asking()
  private answer = ''

  constructor() {
    this.element = h('div', { class: 'warned by-name', 'data-testid': 'lists' }, this.headline, h('p', { class: 'totals-line' }, this.synthetic), this.said, this.body, this.found)
  }

  title(): string {
    return ''
  }

  show(where: Where): void {
    hide(this.synthetic, !where.about.synthetic)
    if (!this.body.firstChild) this.ask()
  }

  /** Ages and counts, quietly; what a reader has the focus in stays. */
  refresh(): void {
    if (this.element.contains(document.activeElement)) return
    void ask<Lists>('lists').then(
      told => {
        if (JSON.stringify(told) !== this.answer) fill(this.body, ...this.made(told))
      },
      (error: unknown) => {
        if (!(error instanceof ApiError)) throw error // what is shown stays
      },
    )
  }

  private ask(): void {
    void this.asking.into(this.body, 'Looking at the lists…', async signal => this.made(await ask<Lists>('lists', {}, signal)))
  }

  private made(told: Lists): HTMLElement[] {
    this.answer = JSON.stringify(told)
    this.headline.textContent = headline(told)
    if (!told.lists.length) return [nothing()]
    return [this.lists(told), this.actions(told), ...this.outputs(told)]
  }

  private lists(told: Lists): HTMLElement {
    const heads: [string, boolean?][] = [['List'], ['Indicators', true], ['Rejected', true], ['Not matched', true], ['Age'], ['State'], ['']]
    return h('section', {}, grid('Lists', heads, told.lists.map(row => [untrusted(row.name, 80), kinds(row), count(row.rejected), count(row.suppressed), ageOf(row, duration), h('span', { class: row.error || row.held ? 'error' : '' }, untrusted(stateOf(row), 300)), this.again(row, told)])))
  }

  /** Lists that were imported by hand have nowhere to be fetched from. */
  private again(row: ListRow, told: Lists): Node | string {
    if (!told.may_write || row.imported) return ''
    const words = row.held ? 'Take it' : 'Update'
    return h('button', { type: 'button', 'aria-label': `${words}: ${row.name}`, onclick: () => this.write('lists/update', { name: row.name, force: Boolean(row.held) }) }, words)
  }

  private actions(told: Lists): HTMLElement {
    const publish = told.may_write && told.outputs.length > 0
    return h(
      'p',
      { class: 'tools' },
      h('button', { type: 'button', 'data-testid': 'rehearse', onclick: () => this.rehearse() }, 'Rehearse: what would they have hit?'),
      publish && h('button', { type: 'button', 'data-testid': 'dry', onclick: () => this.write('lists/publish', { dry: true }) }, 'What would be published?'),
      publish && h('button', { type: 'button', 'data-testid': 'publish', onclick: () => this.write('lists/publish', {}) }, 'Publish'),
      !told.may_write && h('span', { class: 'quiet' }, 'This page may not write: varde intel update, publish and rollback do.'),
    )
  }

  private outputs(told: Lists): HTMLElement[] {
    if (!told.outputs.length) return [h('p', { class: 'quiet' }, 'Nothing is published: write [[publish]] into the configuration to give these lists to BIND, nftables and others.')]
    const outputs = grid('Outputs', [['Output'], ['Format'], ['Entries', true], ['File']], told.outputs.map(one => [untrusted(one.name, 80), one.format, one.entries === null ? 'not yet' : count(one.entries), untrusted(one.path, 300)]))
    const wrong = told.publishing?.error || told.publishing?.held
    const made = [h('section', {}, outputs, h('p', { class: wrong ? 'error' : 'quiet', 'data-testid': 'by-itself' }, untrusted(publishingOf(told.publishing), 600)))]
    if (told.generations.length) {
      const rows = told.generations.map((one, at) => [String(one.number), one.made, one.of === one.number ? '' : `content of ${one.of}`, counted(Object.values(one.outputs).reduce((sum, each) => sum + each, 0), 'entry', 'entries'), at && told.may_write ? this.back(one.number) : at ? '' : 'in place'])
      made.push(h('section', {}, grid('Generations', [['Number', true], ['Made'], [''], ['Entries', true], ['']], rows)))
    }
    return made
  }

  private back(number: number): HTMLElement {
    return h('button', { type: 'button', 'aria-label': `Roll back to generation ${number}`, onclick: () => this.write('lists/rollback', { number }) }, 'Roll back to this')
  }

  private rehearse(): void {
    void this.looking.into(this.found, 'Running the lists over the stored flows…', async signal => rehearsed(await ask<Rehearsal>('lists/rehearsal', {}, signal)))
  }

  private write(name: string, body: object): void {
    this.say('Working…')
    void tell<Published>(name, body).then(
      told => {
        this.say(told.sentence)
        fill(this.found, ...(told.dry_run && told.outputs ? [published(told)] : []))
        this.ask()
      },
      (error: unknown) => {
        if (!(error instanceof ApiError)) throw error
        this.say(error.message, true)
      },
    )
  }

  private say(words: string, failed = false): void {
    this.said.className = failed ? 'error' : ''
    fill(this.said, untrusted(words, 600))
  }
}

function kinds(row: ListRow): HTMLElement {
  const words = Object.entries(row.by_type).map(([kind, many]) => `${count(many)} ${kind}`)
  return h('span', { title: words.join(', ') }, count(row.indicators))
}

function published(told: Published): HTMLElement {
  const rows = (told.outputs ?? []).map(one => [untrusted(one.name, 80), count(one.entries), one.was === null ? 'new' : count(one.was), one.changed ? 'would be published' : 'unchanged'])
  return h('section', {}, grid('What would be published', [['Output'], ['Entries', true], ['Before', true], ['']], rows))
}

function rehearsed(found: Rehearsal): HTMLElement[] {
  const rows = found.hosts.slice(0, HOSTS).map(host => [untrusted(host.address, 60), count(host.listed), count(host.flows)])
  const words = h('p', {}, `${counted(found.flows, 'stored flow')} looked at, ${counted(found.hits, 'one', 'of them')} with a listed end. `, h('strong', {}, counted(found.host_count, 'host')), ' of yours talked with a listed address and had an answer: a block would have cut that off.')
  const made: HTMLElement[] = [h('h2', {}, 'Rehearsal'), words]
  if (rows.length) made.push(grid('Hosts that would have been cut off', [['Host'], ['Listed addresses', true], ['Flows', true]], rows))
  if (found.sites.length) made.push(h('p', { class: 'error' }, `Listed, and among the sites that most of your hosts talk to: ${found.sites.map(site => site.address).join(', ')}`))
  made.push(h('p', { class: 'quiet' }, found.flows_seen))
  const box = h('section', {})
  put(box, ...made)
  return [box]
}

function nothing(): HTMLElement {
  const add = '[[list]]\nname = "drop"\nurl = "https://www.spamhaus.org/drop/drop_v4.json"\nevery_minutes = 720'
  return h('section', { class: 'empty', 'data-testid': 'empty' }, h('h2', {}, 'No lists are loaded'), h('p', {}, 'What is listed is warned of when a flow touches it, and can be given to name servers and firewalls. Write a list into the configuration, or read a file:'), h('pre', {}, add), h('pre', {}, 'varde intel import FILE'))
}
