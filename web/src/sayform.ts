/** One form for what people say of warnings: acknowledge or mute, what, until when and why; and the command that says the same. */
import { fill, h, hide } from './dom.ts'
import { commandField } from './menus.ts'
import { sayCommand, type Saying, type Warned } from './warnwords.ts'

const KINDS: [Saying['kind'], string][] = [
  ['ack', 'Acknowledge: the beacon no longer counts them'],
  ['mute', 'Mute: they are stored and nobody is told'],
]
const UNTIL: Record<Saying['kind'], string> = { ack: 'now', mute: '24h' }

export class SayForm {
  readonly element: HTMLElement
  /** Of the store, for the command. */
  words: readonly string[] = []
  private readonly kind = h('select', { name: 'kind' }, ...KINDS.map(([value, name]) => h('option', { value }, name)))
  private readonly what = field('what', 'all')
  private readonly until = field('until', 'now')
  private readonly why = field('why', 'a note for those who come after you')
  private readonly known = h('datalist', { id: 'say-what' })
  private readonly button = h('button', { type: 'submit' }, 'Say it')
  private readonly answer = h('p', { role: 'status', 'data-testid': 'say-answer' })
  private readonly command = h('div')
  private readonly only = h('p', { class: 'quiet', hidden: true }, 'This page may not write: run the command.')
  private lists: readonly string[] = []

  constructor(say: (saying: Saying) => void) {
    this.what.setAttribute('list', this.known.id)
    const form = h(
      'form',
      { class: 'say-form' },
      h('label', {}, 'Say', this.kind),
      h('label', {}, 'Of', this.what),
      h('label', {}, 'Until', this.until),
      h('label', {}, 'Note', this.why),
      this.button,
    )
    form.addEventListener('input', () => this.changed())
    form.addEventListener('submit', event => {
      event.preventDefault()
      if (!this.button.hidden) say(this.saying())
    })
    const hint = h('p', { class: 'quiet' }, 'An address, a network, a list, an entry of one (otx:5f0c), a name, or all. Until: 2h, 7d or a date.')
    this.element = h('section', { class: 'say', 'data-testid': 'say' }, h('h2', {}, 'Acknowledge or mute'), hint, this.only, form, this.known, this.answer, this.command)
    this.changed()
  }

  /** What may be named, and whether the page may say it. */
  show(told: Warned): void {
    hide(this.button, !told.may_write)
    hide(this.only, told.may_write)
    this.lists = [...told.by.list.map(row => String(row['list'])), ...told.by.host.map(row => String(row['host']))].slice(0, 40)
    this.offer(this.lists.map(what => ({ what, is: '' })))
    this.changed()
  }

  /** Begin with a warning: the narrowest that can be named of it stands there, the others are offered. */
  take(found: { what: string; is: string }[]): void {
    this.offer([...found, { what: 'all', is: 'every warning' }])
    this.what.value = found[0]?.what ?? 'all'
    this.told('')
    this.changed()
    this.element.scrollIntoView({ block: 'nearest' })
    this.what.focus()
    this.what.select()
  }

  told(sentence: string, failed = false): void {
    this.answer.className = failed ? 'error' : ''
    this.answer.textContent = sentence
  }

  private offer(found: { what: string; is: string }[]): void {
    fill(this.known, ...found.map(one => h('option', { value: one.what, label: one.is ? `${one.what}: ${one.is}`.slice(0, 120) : one.what })))
  }

  private saying(): Saying {
    return { kind: this.kind.value as Saying['kind'], what: this.what.value.trim() || 'all', until: this.until.value.trim(), why: this.why.value.trim() }
  }

  private changed(): void {
    this.until.placeholder = UNTIL[this.kind.value as Saying['kind']]
    fill(this.command, commandField(sayCommand(this.saying(), this.words), 'The command that says this', 'Copy the command that says it'))
  }
}

function field(name: string, placeholder: string): HTMLInputElement {
  return h('input', { name, placeholder, autocomplete: 'off', spellcheck: 'false', maxlength: 300 })
}
