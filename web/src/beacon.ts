/** The beacon in the top bar: unlit while nothing listed was touched, else how often, and which flows on a click. */
import { ApiError, ask } from './api.ts'
import type { BeaconAnswer, Warning } from './api.ts'
import { fill, h, put, untrusted } from './dom.ts'
import { counted } from './format.ts'

const ASK_EVERY = 60_000 // ms; warnings that arrive are told at once
const SHOWN_MAX = 50 // as the server answers

/** Rows of a live message; what is not one is left out. */
export function readWarnings(rows: unknown): Warning[] {
  return Array.isArray(rows) ? rows.filter(isWarning) : []
}

function isWarning(row: unknown): row is Warning {
  const { time, line, count, lists } = (row ?? {}) as Record<string, unknown>
  return typeof time === 'string' && typeof line === 'string' && typeof count === 'number' && Array.isArray(lists)
}

export class Beacon {
  readonly element = h('button', { type: 'button', class: 'beacon', 'data-testid': 'beacon', 'aria-haspopup': 'dialog' })
  readonly dialog = h('dialog', { class: 'help warnings', 'aria-labelledby': 'warnings-title', 'data-testid': 'warnings' })
  private answer: BeaconAnswer | null = null
  private fresh = false // it was told of warnings that are not stored yet

  constructor() {
    this.element.addEventListener('click', () => this.open())
    this.show()
    void this.ask()
    window.setInterval(() => void (this.fresh || this.ask()), ASK_EVERY)
  }

  /** Warnings as they are told, before they are stored; `count` is how many there were. */
  told(count: number, rows: Warning[]): void {
    if (!this.answer) return
    const warnings = [...[...rows].reverse(), ...this.answer.warnings].slice(0, SHOWN_MAX)
    this.answer = { ...this.answer, warnings, unacknowledged: this.answer.unacknowledged + count }
    this.fresh = true
    this.show()
  }

  /** What was told can now be asked for. */
  stored(): void {
    if (this.fresh) void this.ask()
  }

  /** Somebody has said something of warnings. */
  again(): void {
    void this.ask()
  }

  private async ask(): Promise<void> {
    try {
      this.answer = await ask<BeaconAnswer>('beacon')
      this.fresh = false
    } catch (error) {
      if (!(error instanceof ApiError)) throw error // it keeps what it knew
    }
    this.show()
  }

  private show(): void {
    const lit = (this.answer?.unacknowledged ?? 0) > 0
    this.element.classList.toggle('lit', lit)
    this.element.title = sentence(this.answer)
    fill(this.element, h('span', { class: 'beacon-light', 'aria-hidden': 'true' }), words(this.answer))
    if (this.dialog.open) this.list()
  }

  private open(): void {
    this.list()
    this.dialog.showModal()
  }

  private list(): void {
    const rows = this.answer?.warnings ?? []
    fill(
      this.dialog,
      h('h2', { id: 'warnings-title' }, 'Flows to and from listed addresses, surges and scans'),
      h('p', {}, sentence(this.answer)),
      ...(rows.length ? [table(rows)] : []),
      h('p', {}, h('a', { href: '?view=warnings', onclick: () => this.dialog.close() }, 'All warnings, by list, country, host and day'), rows.length ? '; acknowledge or mute them there, or with ' : '', rows.length ? h('code', {}, 'varde warn ack all') : ''),
      h('form', { method: 'dialog' }, h('button', { type: 'submit' }, 'Close')),
    )
  }
}

/** `null` is a beacon that has not been answered yet: nothing is known, so nothing is denied. */
export function words(answer: BeaconAnswer | null): string {
  if (!answer) return 'warnings …'
  if (!answer.lists.length && !answer.unacknowledged) return 'no lists loaded'
  return answer.unacknowledged ? `${counted(answer.unacknowledged, 'warning')}${answer.more ? ' or more' : ''}` : 'nothing listed seen'
}

export function sentence(answer: BeaconAnswer | null): string {
  if (!answer) return 'Varde has not said yet whether anything listed was touched.'
  if (!answer.lists.length && !answer.unacknowledged)
    return 'No block lists are loaded, so nothing can be listed. Write [[list]] into the configuration, or: varde intel import FILE'
  const matched = `${counted(answer.indicators, 'indicator')} of ${counted(answer.lists.length, 'list')} are matched with every flow`
  return answer.unacknowledged
    ? `${counted(answer.unacknowledged, 'warning')} of the last ${answer.days} days that nobody has acknowledged; ${matched}.`
    : `No warning of the last ${answer.days} days waits; ${matched}.`
}

function table(rows: Warning[]): HTMLElement {
  const head = ['Time', 'Flow or port', 'Lists', 'Records'].map(name => h('th', { scope: 'col' }, name))
  const made = h('table', {}, h('thead', {}, h('tr', {}, ...head)), h('tbody', {}, ...rows.map(line)))
  return h('div', { class: 'scroller', tabindex: '0', role: 'region', 'aria-label': 'Warnings' }, made)
}

function line(row: Warning): HTMLElement {
  const flow = row.line.split(' : ')[1]?.split(') ')[0] ?? ''
  const lists = h('td', {})
  row.lists.slice(0, 5).forEach((entry, at) => put(lists, at ? ', ' : '', link(entry)))
  const when = h('time', { datetime: row.time }, row.time.slice(0, 19).replace('T', ' '))
  return h('tr', {}, h('td', {}, when), h('td', { class: 'mono' }, untrusted(flow ? `${flow})` : row.line, 200)), lists, h('td', { class: 'number' }, String(row.count)))
}

/** A link that is followed only by a click, and only to the web; anything else stays text. */
function link(entry: Warning['lists'][number]): HTMLElement {
  const name = untrusted(entry.name || entry.source, 80)
  if (!/^https?:\/\//.test(entry.url ?? '')) return h('span', {}, name)
  return h('a', { href: entry.url ?? '', rel: 'noreferrer noopener', target: '_blank' }, name)
}
