/** What lists say of an address, a network or a name, why it is not matched, and the line that lets it through. */
import type { Listed, ListedEntry, Mention } from './api.ts'
import { h, untrusted } from './dom.ts'
import { count, counted, stamp } from './format.ts'
import { instant } from './place.ts'

const SHOWN = 20 // entries; the command says all

export function listed(known: Listed | undefined): HTMLElement[] {
  if (!known) return []
  const { lists, inside, rules, outputs, allow } = known
  const made: HTMLElement[] = [...rules.map(rule => h('p', {}, 'Never matched: ', untrusted(rule, 120), '.'))]
  made.push(...known.cuts.slice(0, SHOWN).map(rule => h('p', {}, 'Never matched of it: ', untrusted(rule, 120), '.')))
  made.push(...known.lists_missed.map(sentence => h('p', { class: 'error' }, untrusted(sentence, 400))))
  if (lists.length) made.push(h('ul', { class: 'listed', 'data-testid': 'listed' }, ...lists.slice(0, SHOWN).map(entry)))
  if (lists.length > SHOWN) made.push(h('p', { class: 'quiet' }, `and by ${counted(lists.length - SHOWN, 'more entry', 'more entries')}`))
  if (inside.entries) made.push(h('p', {}, `${counted(inside.entries, 'listed entry', 'listed entries')} within it.`))
  for (const into of goesInto(outputs)) made.push(h('p', {}, 'Goes into ', untrusted(into, 1000), '.'))
  if (allow && !rules.length) {
    const also = allow.also_frees ? `; it frees ${counted(allow.also_frees, 'entry', 'entries')} more` : ''
    made.push(h('p', { class: 'quiet' }, 'To let it through: ', h('code', {}, '[[allow]] entry = "', untrusted(allow.entry, 260), '"'), also))
  }
  return made.length ? [h('h3', {}, 'On lists'), ...made] : []
}

/** The outputs that something goes into, those of one publishing together. */
export function goesInto(outputs: Listed['outputs']): string[] {
  const moments = [...new Set(outputs.map(one => one.published))]
  return moments.map(at => {
    const names = outputs.filter(one => one.published === at).map(one => one.name).join(', ')
    return `${names} (${at ? `published last at ${at}` : 'never published yet'})`
  })
}

function entry(one: ListedEntry): HTMLElement {
  const name = untrusted([one.source, one.id].filter(Boolean).join(':'), 120)
  const since = one.first_seen ? ` since ${one.first_seen.slice(0, 10)}` : ''
  const linked = one.url && /^https?:\/\//.test(one.url) ? h('a', { href: one.url, rel: 'noreferrer noopener', target: '_blank' }, name) : name
  return h('li', {}, linked, ' as ', untrusted(one.value, 120), one.not_matched ? `, which is not matched (${one.not_matched}),` : '', since, one.name ? ': ' : '', one.name ? untrusted(one.name, 200) : '')
}

/** Where the store has a name. */
export function mentioned(seen: Mention[], tz: string): HTMLElement[] {
  if (!seen.length) return [h('p', {}, 'The store has no record of it.')]
  const line = (one: Mention) => h('li', {}, `${one.table}, as ${one.part}: ${count(one.records)}, ${stamp(instant(one.first) ?? 0, tz)} to ${stamp(instant(one.last) ?? 0, tz)}`)
  return [h('h3', {}, 'Seen'), h('ul', { class: 'listed' }, ...seen.map(line))]
}
