/** A finding in words: what happened, in numbers, why it is believed, what to do, and the way to its records. */
import type { Finding } from './api.ts'
import { h, untrusted } from './dom.ts'
import { count, counted, stamp } from './format.ts'
import { commandField } from './menus.ts'
import { PLANE_NAMES } from './palette.ts'
import type { Rect } from './place.ts'

export interface FindingActions {
  why(q: string): void
  /** Its log lines; of one source alone where it has one. */
  lines(finding: Finding): void
  zoom(rect: Rect): void
}

/** The rectangle around it: whole seconds that hold it all. */
export function rectOfFinding(finding: Finding): Rect {
  const from = Math.floor(finding.first / 1000) * 1000
  const to = Math.floor(finding.last / 1000) * 1000 + 1000
  return { from, to, portMin: finding.low, portMax: finding.high, planes: finding.planes }
}

/** Who did it, in a word or two. */
export function whoOf(finding: Finding): string {
  if (finding.source) return finding.source
  if (finding.kind === 'surge') return finding.name.replace(/^Surge on /, '')
  return counted(finding.sources ?? 0, 'source')
}

export function findingWords(finding: Finding, tz: string, link: string, actions: FindingActions): HTMLElement[] {
  const rect = rectOfFinding(finding)
  const about = `${location.origin}${location.pathname}${link}`
  return [
    h('p', { class: 'finding-sentence' }, untrusted(finding.sentence, 600)),
    h(
      'p',
      { class: 'finding-actions' },
      h('button', { type: 'button', onclick: () => actions.lines(finding) }, 'Its log lines'),
      ' ',
      h('button', { type: 'button', onclick: () => actions.zoom(rect) }, 'Zoom the picture to this'),
    ),
    numbers(finding, tz),
    sources(finding, actions),
    said('Why it is believed', finding.reason),
    said('What to do', finding.advice),
    h('h3', {}, 'Its records on the command line'),
    commandField(finding.evidence, 'The command that shows its records', 'Copy'),
    h('h3', {}, 'Link to this'),
    commandField(about, 'The address of this finding', 'Copy'),
  ]
}

function numbers(finding: Finding, tz: string): HTMLElement {
  const ports = finding.low === finding.high ? String(finding.low) : `${finding.low} to ${finding.high}`
  const rows: [string, string | null][] = [
    ['Packets', finding.events === undefined ? null : count(finding.events)],
    ['of them let through', finding.allowed ? count(finding.allowed) : null],
    ['Sources', finding.sources === undefined ? null : count(finding.sources)],
    ['Ports', finding.ports === undefined ? ports : `${count(finding.ports)}, ${ports}`],
    ['Addresses aimed at', finding.targets === undefined ? null : count(finding.targets)],
    ['Protocol', finding.planes.map(plane => PLANE_NAMES[plane]).join(', ')],
    ['From', stamp(finding.first, tz)],
    ['To', stamp(finding.last, tz)],
    ['Confidence', finding.confidence],
  ]
  return h('dl', { class: 'facts' }, ...rows.filter(([, value]) => value).flatMap(([name, value]) => [h('dt', {}, name), h('dd', {}, untrusted(value as string, 200))]))
}

function sources(finding: Finding, actions: FindingActions): HTMLElement {
  const list = finding.source_list ?? []
  if (!list.length) return h('p', { class: 'quiet' }, 'Its sources are too many to name; the log lines have them.')
  const more = (finding.sources ?? list.length) - list.length
  const items = list.map(one => {
    const place = [one.country === '--' ? 'home' : one.country, one.asn ? `AS${one.asn}` : null, one.as_name].filter(Boolean).join(' ')
    const why = () => actions.why(one.source)
    return h(
      'li',
      {},
      h('button', { type: 'button', class: 'link mono', 'aria-label': `Why ${one.source}?`, onclick: why }, untrusted(one.source, 60)),
      ' ',
      h('span', { class: 'quiet' }, untrusted(place, 80)),
    )
  })
  return h('div', {}, h('h3', {}, 'Who'), h('ul', { class: 'tops' }, ...items), more > 0 && h('p', { class: 'quiet' }, `and ${counted(more, 'more source', 'more sources')}`))
}

function said(name: string, words: string): HTMLElement {
  return h('div', {}, h('h3', {}, name), h('p', {}, untrusted(words.charAt(0).toUpperCase() + words.slice(1), 900)))
}
