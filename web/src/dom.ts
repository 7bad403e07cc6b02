/** Building elements without markup: text is always text, so what attackers wrote stays words. */
import { visible } from './format.ts'

type Child = Node | string | number | null | undefined | false
type Handler = (event: never) => void
type Attributes = Record<string, string | number | boolean | Handler | null | undefined>

const SVG = 'http://www.w3.org/2000/svg'

function set(element: Element, name: string, value: Attributes[string]): void {
  if (value === null || value === undefined || value === false) return
  if (typeof value === 'function') element.addEventListener(name.slice(2), value as unknown as EventListener)
  else element.setAttribute(name, value === true ? '' : String(value))
}

/** h('button', { class: 'quiet', onclick: go }, 'Go') */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) set(element, name, value)
  put(element, ...children)
  return element
}

export function put(element: Element, ...children: Child[]): void {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue
    element.append(child instanceof Node ? child : String(child))
  }
}

export function fill(element: Element, ...children: Child[]): void {
  element.replaceChildren()
  put(element, ...children)
}

/** An element of a drawing. */
export function shape<K extends keyof SVGElementTagNameMap>(tag: K, attributes: Record<string, string | number>, ...children: (Node | string)[]): SVGElementTagNameMap[K] {
  const made = document.createElementNS(SVG, tag)
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value))
  made.append(...children)
  return made
}

/** A drawing of our own: path data on a 24 x 24 grid, stroked in the current colour. */
export function icon(path: string, filled = false): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg')
  const shape = document.createElementNS(SVG, 'path')
  svg.setAttribute('viewBox', '0 0 24 24')
  svg.setAttribute('aria-hidden', 'true')
  svg.setAttribute('class', filled ? 'icon filled' : 'icon')
  shape.setAttribute('d', path)
  svg.append(shape)
  return svg
}

/** Untrusted text: what would not show is spelled out, direction cannot be turned. */
export function untrusted(text: string, limit?: number): HTMLElement {
  const box = h('span', { class: 'untrusted', dir: 'ltr' })
  for (const piece of visible(text, limit)) {
    put(box, piece.hidden ? h('span', { class: 'unseen' }, piece.text) : piece.text)
  }
  return box
}

/** Turn a row of links that is wider than its place to the current one; the page itself does not move. */
export function bringIntoView(row: HTMLElement): void {
  const current = row.querySelector<HTMLElement>('[aria-current]')
  if (!current) return
  const [whole, part] = [row.getBoundingClientRect(), current.getBoundingClientRect()]
  row.scrollLeft += (part.left + part.right - whole.left - whole.right) / 2
}

export function hide(element: HTMLElement, hidden: boolean): void {
  element.hidden = hidden
}

/** Say something to screen readers without moving anything. */
export function announcer(): { element: HTMLElement; say: (text: string) => void } {
  const element = h('div', { class: 'unseen-text', role: 'status', 'aria-live': 'polite' })
  return {
    element,
    say: text => {
      element.textContent = text
    },
  }
}
