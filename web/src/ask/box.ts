/** The input of the filter language: what may follow while it is written, what it means, and where a mistake stands. */
import { aborted, ApiError, ask } from '../api.ts'
import { fill, h, hide, put, untrusted } from '../dom.ts'
import { stamp } from '../format.ts'
import { instant, iso } from '../place.ts'
import type { When } from './question.ts'

const PAUSE = 120 // ms after a key before the server is asked what the text means
const TEXT_MOST = 4000 // characters; longer lists are files

export interface Suggestion {
  text: string
  meaning: string
  begin: number
  end: number
}
interface Read {
  sentence: string | null
  from?: string
  to?: string
  names_period?: boolean
  error: { detail: string; what?: string; begin?: number; end?: number; near?: string } | null
  completions: Suggestion[]
}
/** What the text is read for: a table, a period and a zone. */
export interface Around {
  table: string
  when: When
  tz: string
}

/** The text with a suggestion taken, and where the caret stands then. Pure. */
export function taken(text: string, one: Suggestion): { text: string; caret: number } {
  const word = `${one.text} `
  const rest = text.slice(one.end).replace(/^ /, '')
  return { text: text.slice(0, one.begin) + word + rest, caret: one.begin + word.length }
}

export class Box {
  readonly element: HTMLElement
  /** What the text means, or where it is mistaken. */
  readonly said = h('div', { class: 'ask-said', role: 'status', 'data-testid': 'ask-said' })
  readonly input = h('input', {
    type: 'text',
    class: 'mono',
    role: 'combobox',
    'aria-autocomplete': 'list',
    'aria-expanded': 'false',
    'aria-controls': 'ask-words',
    'aria-label': 'What records to look for, in the filter language',
    'data-testid': 'ask-input',
    placeholder: 'src in DE and dport 22 and octets > 1M since yesterday',
    autocomplete: 'off',
    autocapitalize: 'off',
    spellcheck: 'false',
    maxlength: TEXT_MOST,
  })
  private readonly list = h('ul', { id: 'ask-words', role: 'listbox', 'aria-label': 'What may follow', class: 'ask-words', hidden: true })
  private readonly around: () => Around | null
  private readonly submit: () => void
  private found: Suggestion[] = []
  private active = -1
  private pause = 0
  private offering = false // kept until an answer comes, however often the text is read again before
  private asking: AbortController | null = null
  private mistaken: string | null = null // the text that was last found so: another one may be asked before it was read

  constructor(around: () => Around | null, submit: () => void) {
    this.around = around
    this.submit = submit
    const ask = h('button', { type: 'submit', 'data-testid': 'ask-go' }, 'Ask')
    // the words stand below what is said of the text, and cover neither
    this.element = h('div', { class: 'ask-box' }, h('div', { class: 'ask-line' }, this.input, ask), this.said, this.list)
    this.input.addEventListener('input', () => this.soon(true))
    this.input.addEventListener('keydown', event => this.key(event))
    this.input.addEventListener('blur', () => this.close())
    this.input.addEventListener('focus', () => {
      if (!this.input.value) this.soon(true)
    })
  }

  get value(): string {
    return this.input.value
  }

  set value(text: string) {
    if (this.input.value === text) return
    this.input.value = text
    this.soon(false)
  }

  /** Read the text again: what is around it changed. */
  again(): void {
    this.soon(false)
  }

  private soon(offer: boolean): void {
    this.offering ||= offer
    window.clearTimeout(this.pause)
    this.pause = window.setTimeout(() => void this.read(), PAUSE)
  }

  private async read(): Promise<void> {
    const around = this.around()
    if (!around) return
    this.asking?.abort()
    this.asking = new AbortController()
    const at = this.input.selectionStart ?? this.value.length
    const text = this.value
    const query = { q: text, table: around.table, from: iso(around.when.from), to: iso(around.when.to), tz: around.tz, at }
    try {
      const read = await ask<Read>('ask/read', query, this.asking.signal)
      this.say(read, text, around.tz)
      if (this.offering && document.activeElement === this.input) this.open(read.completions)
      this.offering = false
    } catch (error) {
      if (aborted(error)) return
      if (!(error instanceof ApiError)) throw error
      fill(this.said, h('p', { class: 'error' }, error.message))
    }
  }

  private say(read: Read, text: string, tz: string): void {
    const { error } = read
    this.mistaken = error ? text : null
    this.input.setAttribute('aria-invalid', String(error !== null))
    if (!error) {
      const from = instant(read.from ?? null)
      const to = instant(read.to ?? null)
      const when = from === null || to === null ? '' : `, ${stamp(from, tz)} to ${stamp(to, tz)}${read.names_period ? '' : ', the period of the page'}`
      fill(this.said, h('p', {}, 'Asks for ', h('strong', {}, untrusted(read.sentence ?? '', 1000)), when, '.'))
      return
    }
    if (error.begin === undefined || error.end === undefined || !error.what) {
      fill(this.said, h('p', { class: 'error' }, untrusted(error.detail, 600)))
      return
    }
    const { begin, end, near } = error
    const marked = h('p', { class: 'mono ask-mark', 'aria-hidden': 'true' }, untrusted(text.slice(Math.max(0, begin - 60), begin), 80), h('mark', {}, begin < end ? untrusted(text.slice(begin, end), 80) : ' '), untrusted(text.slice(end, end + 60), 80))
    const place = begin < end ? `The word at character ${begin + 1} ` : 'The text '
    put(fillWith(this.said, marked), h('p', { class: 'error' }, place, untrusted(error.what, 400), near ? null : ''), near ? this.fix(near, begin, end) : null)
  }

  private fix(near: string, begin: number, end: number): HTMLElement {
    const put = () => {
      this.input.value = this.value.slice(0, begin) + near + this.value.slice(end)
      this.input.focus()
      this.soon(false)
    }
    return h('p', {}, h('button', { type: 'button', onclick: put }, `Write ${near}`))
  }

  private open(found: Suggestion[]): void {
    this.found = found
    this.active = -1
    const take = (at: number) => (event: Event) => {
      event.preventDefault() // the input keeps the focus
      this.take(at)
    }
    const option = (one: Suggestion, at: number) =>
      h('li', { role: 'option', id: `ask-word-${at}`, 'aria-selected': 'false', onpointerdown: take(at) }, h('span', { class: 'mono' }, one.text), ' ', h('span', { class: 'quiet' }, one.meaning))
    fill(this.list, ...found.map(option))
    hide(this.list, !found.length)
    this.input.setAttribute('aria-expanded', String(found.length > 0))
    this.input.removeAttribute('aria-activedescendant')
  }

  private close(): void {
    this.offering = false
    this.open([])
  }

  private move(by: number): void {
    const most = this.found.length
    this.active = (this.active + by + most + (this.active < 0 && by < 0 ? 1 : 0)) % most
    ;[...this.list.children].forEach((option, at) => option.setAttribute('aria-selected', String(at === this.active)))
    this.input.setAttribute('aria-activedescendant', `ask-word-${this.active}`)
    this.list.children[this.active]?.scrollIntoView({ block: 'nearest' })
  }

  private take(at: number): void {
    const one = this.found[at]
    if (!one) return
    const { text, caret } = taken(this.value, one)
    this.input.value = text
    this.input.setSelectionRange(caret, caret)
    this.soon(true)
  }

  private key(event: KeyboardEvent): void {
    const open = this.found.length > 0
    const acts: Record<string, () => boolean> = {
      ArrowDown: () => (open ? (this.move(1), true) : (this.soon(true), true)),
      ArrowUp: () => open && (this.move(-1), true),
      Escape: () => open && (this.close(), true),
      Tab: () => open && this.active >= 0 && (this.take(this.active), true),
      Enter: () => (this.active >= 0 ? this.take(this.active) : this.send(), true),
    }
    if (event.isComposing || !acts[event.key]?.()) return
    event.preventDefault()
    event.stopPropagation()
  }

  private send(): void {
    this.close()
    this.submit()
  }

  /** False where the text is known to be mistaken: what is wrong stands below it already. */
  get ready(): boolean {
    return this.mistaken !== this.value
  }
}

function fillWith(element: HTMLElement, child: Node): HTMLElement {
  fill(element, child)
  return element
}
