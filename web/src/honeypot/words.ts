/** Small cells that all tables of the honeypot share: names, marks, bars, URLs that are no links. */
import { h, untrusted } from '../dom.ts'
import { count } from '../format.ts'

export const NAME_MAX = 160 // characters of a name in a table; the rest is counted

/** What a visitor said: empty and absent are words, so that nobody takes them for a fault of the page. */
export function said(value: unknown, limit = NAME_MAX): HTMLElement {
  if (value === null || value === undefined) return h('span', { class: 'quiet', title: 'The log does not say' }, '–')
  const text = String(value)
  return text === '' ? h('span', { class: 'quiet' }, '(empty)') : h('span', { class: 'mono' }, untrusted(text, limit))
}

export function badge(isNew: boolean | null | undefined): HTMLElement | null {
  return isNew ? h('span', { class: 'new', title: 'Never seen before this period' }, 'new') : null
}

/** A number with a bar as long as its share of the most. */
export function bar(n: number, most: number): HTMLElement {
  const filled = h('span', { class: 'bar-fill' })
  filled.style.inlineSize = `${share(n, most)}%`
  return h('span', { class: 'bar' }, h('span', { class: 'bar-track', 'aria-hidden': 'true' }, filled), h('span', { class: 'bar-number' }, count(n)))
}

const LEAST = 2 // per cent; something is never drawn as nothing

export function share(n: number, most: number): number {
  return n > 0 && most > 0 ? Math.min(100, Math.max(LEAST, Math.round((100 * n) / most))) : 0
}

export function countryOf(code: unknown): string {
  return code === '--' ? 'home' : typeof code === 'string' ? code : ''
}

export function systemOf(number: unknown, name: unknown): string {
  if (typeof number !== 'number') return ''
  return `AS${number}${typeof name === 'string' && name ? ` ${name}` : ''}`
}

const SCHEMES: Record<string, string> = { http: 'hxxp', https: 'hxxps', ftp: 'fxp', ftps: 'fxps' }

/** URLs so that no program makes a link of them: hxxp://192[.]0[.]2[.]1/x. */
export function defanged(text: string): string {
  return text.replace(/\b([a-z]{3,6}):\/\/([^\s/?#"'`<>]{1,255})/gi, (whole, scheme: string, host: string) => {
    const harmless = SCHEMES[scheme.toLowerCase()]
    return harmless ? `${harmless}://${host.replaceAll('.', '[.]')}` : whole
  })
}
