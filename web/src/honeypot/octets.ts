/** What somebody sent, taken apart: what it is, its headers in order, strings, URLs that are no links, and its octets. */
import { ask, type Query } from '../api.ts'
import { h, untrusted } from '../dom.ts'
import { atPort, bytes, counted, stamp } from '../format.ts'
import { instant } from '../place.ts'
import type { Capture, Dissected, SentPayload } from './answers.ts'
import { countryOf, said } from './words.ts'

/** What a reader may open from what is shown. */
export interface Opener {
  source(address: string): void
  session(name: string, sensor: string): void
  payload(example: string): void
}

const LINE_MAX = 2000 // characters of one line

export async function payloadShown(query: Query, example: string, tz: string, opener: Opener, signal: AbortSignal): Promise<HTMLElement[]> {
  const sent = await ask<SentPayload>('payload', { ...query, example }, signal)
  const to = sent.target ? ` to ${atPort(sent.target, sent.target_port ?? null)}` : ''
  return [
    h('p', {}, when(sent.time, tz), ' ', from(sent.src_addr, sent.src_cc, opener), h('span', { class: 'mono' }, untrusted(to, 300))),
    session(sent.session, sent.sensor, opener),
    ...dissection(sent.payload, sent.length ?? 0),
  ].filter(element => element !== null)
}

export async function captureShown(id: string, tz: string, opener: Opener, signal: AbortSignal): Promise<HTMLElement[]> {
  const sent = await ask<Capture>(`captures/${encodeURIComponent(id)}`, {}, signal)
  const { seen } = sent
  const again =
    seen.captures === 1
      ? 'The same payload was not seen at any other time.'
      : `The same payload was seen ${counted(seen.captures, 'time')} from ${counted(seen.sources, 'address', 'addresses')}, on ${seen.ports.length === 1 ? 'port' : 'ports'} ${seen.ports.join(', ')}, ` +
        `first ${stamp(instant(seen.first) ?? 0, tz)}, last ${stamp(instant(seen.last) ?? 0, tz)}.`
  return [
    h('p', {}, when(sent.time, tz), ' ', from(sent.src_addr, sent.src_cc, opener), ` to port ${sent.dst_port}/${sent.proto_name}${sent.tls ? ' inside TLS' : ''}`),
    h('p', { class: 'quiet' }, again, sent.ended ? ` Ended: ${sent.ended}.` : ''),
    ...dissection(sent.payload, sent.length),
  ]
}

function when(time: string, tz: string): HTMLElement {
  const at = instant(time)
  return h('time', { datetime: time }, at === null ? time : stamp(at, tz))
}

function from(address: string | null, country: string | null | undefined, opener: Opener): HTMLElement {
  if (!address) return h('span', {}, 'from a source that the log does not name')
  return h('span', {}, 'from ', h('button', { type: 'button', class: 'link mono', onclick: () => opener.source(address) }, untrusted(address, 60)), ' ', countryOf(country))
}

function session(name: string | null | undefined, sensor: string | null, opener: Opener): HTMLElement | null {
  if (!name) return null
  const open = () => opener.session(name, sensor ?? '')
  return h('p', {}, 'In session ', h('button', { type: 'button', class: 'link mono', onclick: open }, untrusted(name, 60)))
}

export function dissection(found: Dissected, length: number): HTMLElement[] {
  const sections: [string, string[]][] = [
    ['URLs, defanged', found.urls],
    ['Commands', found.commands],
  ]
  return [
    known(found),
    pairs('What it says', found.says),
    found.headers.length ? pairs('Headers, in order', found.headers) : null,
    ...sections.map(([title, lines]) => (lines.length ? part(title, list(lines)) : null)),
    found.strings.length ? folded(`Strings, ${found.strings.length}`, list(found.strings), !found.headers.length && !found.says.length) : null,
    found.dump.length ? folded(`Octets, ${bytes(length)}`, dump(found.dump), !found.headers.length) : part('Octets', h('p', { class: 'quiet' }, 'none are kept')),
  ].filter(element => element !== null)
}

/** A reference is one of Varde's own, never an attacker's: it may be a link. */
function known({ known }: Dissected): HTMLElement | null {
  if (!known) return null
  const link = /^https:\/\//.test(known.reference)
    ? h('a', { href: known.reference, rel: 'noreferrer noopener', target: '_blank' }, known.reference)
    : known.reference
  return h('div', { class: 'known' }, h('strong', {}, known.name), h('p', {}, known.sentence), h('p', { class: 'small' }, link))
}

function pairs(title: string, rows: [string, string][]): HTMLElement | null {
  const cells = rows.flatMap(([name, value]) => [h('dt', {}, untrusted(name, 80)), h('dd', {}, said(value, LINE_MAX))])
  return rows.length ? part(title, h('dl', { class: 'pairs' }, ...cells)) : null
}

function part(title: string, content: HTMLElement): HTMLElement {
  return h('section', { class: 'part' }, h('h3', {}, title), content)
}

function folded(title: string, content: HTMLElement, open: boolean): HTMLElement {
  return h('details', { class: 'part', open }, h('summary', {}, title), content)
}

function list(lines: string[]): HTMLElement {
  return h('ul', { class: 'lines mono' }, ...lines.map(line => h('li', {}, untrusted(line, LINE_MAX))))
}

function dump(lines: string[]): HTMLElement {
  const text = lines.map(line => untrusted(line, LINE_MAX)).flatMap(line => [line, '\n'])
  return h('pre', { class: 'dump', tabindex: 0, 'aria-label': 'Octets in hexadecimal and as characters' }, ...text)
}
