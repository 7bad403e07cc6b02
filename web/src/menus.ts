/** The three small menus over the picture: filter, download, look. Plain disclosure elements, keyboard included. */
import { address, filters, type Query } from './api.ts'
import { fill, h } from './dom.ts'
import { ACTIONS, iso, quoted, switches, type Place } from './place.ts'
import { portsOf, type View } from './frame.ts'
import type { SchemeName } from './palette.ts'

export function menu(name: string, build: (box: HTMLElement, close: () => void) => void): HTMLDetailsElement {
  const box = h('div', { class: 'menu-box' })
  const summary = h('summary', {}, name)
  const details = h('details', { class: 'menu' }, summary, box)
  const close = () => {
    details.open = false
    summary.focus()
  }
  details.addEventListener('toggle', () => {
    if (details.open) build(box, close)
  })
  details.addEventListener('keydown', event => {
    if (event.key !== 'Escape' || !details.open) return
    event.stopPropagation()
    close()
  })
  document.addEventListener('pointerdown', event => {
    if (details.open && !details.contains(event.target as Node)) details.open = false
  })
  return details
}

export function filterForm(place: Place, sensors: string[], apply: (change: Partial<Place>) => void): HTMLFormElement {
  const src = h('input', {
    name: 'src',
    value: place.src,
    placeholder: '203.0.113.0/24',
    autocomplete: 'off',
    spellcheck: 'false',
  })
  const dst = h('input', {
    name: 'dst',
    value: place.dst,
    placeholder: '192.0.2.1',
    autocomplete: 'off',
    spellcheck: 'false',
  })
  const choices = ['', ...new Set([...sensors, place.sensor].filter(Boolean))]
  const sensor = h(
    'select',
    { name: 'sensor' },
    ...choices.map(one => h('option', { value: one }, one || 'every sensor')),
  )
  const action = h('select', { name: 'action' }, ...ACTIONS.map(one => h('option', { value: one }, one)))
  sensor.value = place.sensor
  action.value = place.action
  const form = h(
    'form',
    { class: 'filter-form' },
    h('label', {}, 'Source ', h('code', {}, '--src'), src),
    h('label', {}, 'Destination ', h('code', {}, '--dst'), dst),
    h('label', {}, 'Sensor ', h('code', {}, '--only-sensor'), sensor),
    h('label', {}, 'Action ', h('code', {}, '--action'), action),
    h('button', { type: 'submit' }, 'Apply'),
  )
  form.addEventListener('submit', event => {
    event.preventDefault()
    apply({ src: src.value.trim(), dst: dst.value.trim(), sensor: sensor.value, action: action.value })
  })
  return form
}

const FORMATS: [string, string][] = [
  ['png', 'PNG picture'],
  ['svg', 'SVG drawing'],
  ['html', 'HTML, self-contained'],
  ['csv', 'CSV counts'],
  ['json', 'JSON counts'],
]

export interface Shown {
  place: Place
  day: string | null
  view: View
  whole: boolean
  scheme: SchemeName
  tz: string
  /** What a command must say to ask the store of this page. */
  switches: readonly string[]
}

function pictureQuery(shown: Shown): Query {
  const { view } = shown
  const query: Query = {
    from: iso(Math.round(view.from)),
    to: iso(Math.round(view.to)),
    ...filters(shown.place, shown.place.planes),
    tz: shown.tz,
    scheme: shown.scheme,
  }
  const { portMin, portMax } = portsOf(view)
  return { ...query, port_min: portMin, port_max: portMax }
}

/** The command that makes this picture; whole days by their date, else by their instants. */
export function command(shown: Shown): string {
  const words = ['varde', 'fireplot']
  if (shown.day && shown.whole) words.push('--day', shown.day)
  else words.push('--since', iso(Math.round(shown.view.from)), '--until', iso(Math.round(shown.view.to)))
  words.push(...storeWords(shown))
  const { portMin, portMax } = portsOf(shown.view)
  if (portMin !== null && portMax !== null)
    words.push('--port-min', String(portMin), '--port-max', String(portMax))
  words.push(...switches(shown.place).map(one => one.text))
  if (shown.scheme !== 'dark') words.push('--scheme', shown.scheme)
  return [...words, '-o', `fireplot-${shown.day ?? 'range'}.png`].join(' ')
}

/** The store, configuration and zone of this page; a zone that the reader chose comes before the server's. */
export function storeWords(shown: Pick<Shown, 'place' | 'switches'>): string[] {
  const words = shown.switches.map(quoted)
  if (!shown.place.tz) return words
  const at = words.indexOf('--tz')
  return [...(at < 0 ? words : words.toSpliced(at, 2)), '--tz', quoted(shown.place.tz)]
}

export function downloads(box: HTMLElement, shown: Shown): void {
  const query = pictureQuery(shown)
  fill(
    box,
    h(
      'ul',
      {},
      ...FORMATS.map(([suffix, name]) =>
        h(
          'li',
          {},
          h(
            'a',
            { href: address(`fireplot.${suffix}`, query), download: `fireplot-${shown.day ?? 'range'}.${suffix}` },
            name,
          ),
        ),
      ),
    ),
    commandField(command(shown), 'The command that makes this picture'),
  )
}

/** A command to copy. */
export function commandField(text: string, label: string, words = 'Copy the command that makes it'): HTMLElement {
  const said = h('span', { role: 'status' })
  const field = h('input', {
    readonly: true,
    value: text,
    class: 'mono',
    'aria-label': label,
    onfocus: () => field.select(),
  })
  return h(
    'div',
    { class: 'command' },
    field,
    h('button', { type: 'button', onclick: () => void copy(field, said) }, words),
    said,
  )
}

/** Commands that make the same outside of the page, each to be copied. */
export function commandMenu(name: string, commands: () => { words: string; text: string }[]): HTMLDetailsElement {
  return menu(name, box => {
    const said = h('span', { role: 'status' })
    fill(box, ...commands().map(({ words, text }) => commandRow(words, text, said)), said)
  })
}

export function commandRow(words: string, text: string, said: HTMLElement): HTMLElement {
  const field = h('input', { readonly: true, value: text, class: 'mono', 'aria-label': words, onfocus: () => field.select() })
  return h('div', { class: 'command' }, h('span', { class: 'quiet' }, words), field, h('button', { type: 'button', onclick: () => void copy(field, said) }, 'Copy'))
}

/** The clipboard needs a secure page; without one the text is selected for the reader's own Ctrl+C. */
async function copy(field: HTMLInputElement, said: HTMLElement): Promise<void> {
  try {
    if (!navigator.clipboard) throw new DOMException('no clipboard', 'NotAllowedError')
    await navigator.clipboard.writeText(field.value)
    said.textContent = 'Copied.'
  } catch (error) {
    if (!(error instanceof DOMException)) throw error
    field.select()
    said.textContent = 'Selected: press Ctrl+C.'
  }
}

export type Look = SchemeName | 'auto'
const LOOKS: [Look, string][] = [
  ['auto', 'as the system'],
  ['dark', 'dark'],
  ['light', 'light'],
  ['classic', 'classic'],
]

export function lookForm(
  look: Look,
  zones: string[],
  tz: string,
  setLook: (look: Look) => void,
  setZone: (tz: string) => void,
): HTMLElement {
  const schemes = h(
    'select',
    { onchange: () => setLook(schemes.value as Look) },
    ...LOOKS.map(([value, name]) => h('option', { value }, name)),
  )
  const hours = h(
    'select',
    { onchange: () => setZone(hours.value) },
    ...zones.map(zone => h('option', { value: zone }, zone)),
  )
  schemes.value = look
  hours.value = tz
  return h('div', { class: 'filter-form' }, h('label', {}, 'Colours', schemes), h('label', {}, 'Hours in', hours))
}
