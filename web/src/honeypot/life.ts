/** What an address did at honeypots, in short: counts, what it tried most, and the chain of names, hosts and paths. */
import { h, untrusted } from '../dom.ts'
import { atPort, count, counted, stamp } from '../format.ts'
import { instant } from '../place.ts'
import type { Life, Link } from './answers.ts'
import { countryOf, defanged, said, systemOf } from './words.ts'

const WORDS: [string, string, string][] = [
  ['logins', 'login attempt', 'login attempts'],
  ['tunnels', 'tunnel request', 'tunnel requests'],
  ['payloads', 'payload', 'payloads'],
  ['commands', 'command', 'commands'],
  ['downloads', 'file', 'files'],
  ['mails', 'mail connection', 'mail connections'],
  ['captures', 'capture', 'captures'],
]

/** "12 login attempts, 1 let in; 40 tunnel requests". */
export function lifeSentence(life: Life): string {
  const parts = WORDS.filter(([name]) => life.counts[name]).map(([name, one, many]) => {
    const words = counted(life.counts[name], one, many)
    return name === 'logins' ? `${words}, ${life.accepted ? `${life.accepted} let in` : 'none let in'}` : words
  })
  return `${parts.join('; ')}.`
}

interface Branch {
  name: string
  count: number
  leaves: Map<string, number>
}

/** The chain as a tree of two levels: who it says it is or which host it asks, and where or which path. */
export function branches(links: readonly Link[]): { ehlos: Branch[]; hosts: Branch[]; names: Branch[] } {
  const ehlos = new Map<string, Branch>()
  const hosts = new Map<string, Branch>()
  const names = new Map<string, Branch>()
  for (const link of links) {
    const to = link.target === null ? '?' : atPort(link.target, link.target_port)
    if (link.ehlo !== null) grow(ehlos, link.ehlo, to, link.payloads)
    else if (link.host !== null || link.path !== null) grow(hosts, link.host ?? to, [link.method, link.path].filter(Boolean).join(' '), link.payloads)
    else if (link.sni !== null) grow(names, link.sni, to, link.payloads)
  }
  const sorted = (tree: Map<string, Branch>) => [...tree.values()].sort((a, b) => b.count - a.count)
  return { ehlos: sorted(ehlos), hosts: sorted(hosts), names: sorted(names) }
}

function grow(tree: Map<string, Branch>, name: string, leaf: string, count: number): void {
  const branch = tree.get(name) ?? { name, count: 0, leaves: new Map<string, number>() }
  branch.count += count
  branch.leaves.set(leaf, (branch.leaves.get(leaf) ?? 0) + count)
  tree.set(name, branch)
}

function times(n: unknown): HTMLElement {
  return h('span', { class: 'quiet' }, ` ${count(Number(n))}×`)
}

const BRANCHES_SHOWN = 8
const LEAVES_SHOWN = 6

function tree(title: string, found: Branch[]): HTMLElement | null {
  if (!found.length) return null
  const items = found.slice(0, BRANCHES_SHOWN).map(branch => {
    const leaves = [...branch.leaves].slice(0, LEAVES_SHOWN)
    const more = branch.leaves.size - leaves.length
    return h(
      'li',
      {},
      said(branch.name),
      times(branch.count),
      h(
        'ul',
        {},
        ...leaves.map(([leaf, n]) => h('li', {}, '→ ', said(leaf), n > 1 && times(n))),
        more > 0 && h('li', { class: 'quiet' }, `and ${counted(more, 'more', 'more')}`),
      ),
    )
  })
  const more = found.length - items.length
  return h('section', { class: 'part' }, h('h3', {}, title), h('ul', { class: 'chain' }, ...items, more > 0 && h('li', { class: 'quiet' }, `and ${counted(more, 'more', 'more')}`)))
}

export function lifeShown(life: Life, tz: string): HTMLElement[] {
  const at = (text: string) => stamp(instant(text) ?? 0, tz)
  const { ehlos, hosts, names } = branches(life.chain)
  const where = [countryOf(life.cc), systemOf(life.as, life.as_name)].filter(Boolean).join(' · ')
  return [
    h('p', {}, h('strong', {}, lifeSentence(life))),
    h('p', { class: 'quiet' }, `First ${at(life.first)}, last ${at(life.last)}.`, where && h('span', { class: 'line' }, untrusted(where, 100))),
    tree('Calls itself, and mails to', ehlos),
    tree('Asks web servers for', hosts),
    tree('Greets in TLS', names),
    tried(life),
    typed(life),
    brought(life),
  ].filter(part => part !== null)
}

function tried(life: Life): HTMLElement | null {
  const rows = life.most['pairs'] ?? []
  return lines(
    'Tried most',
    rows.map(row => h('li', {}, said(row['user'], 80), ' / ', said(row['password'], 80), times(row['attempts']))),
  )
}

function typed(life: Life): HTMLElement | null {
  return lines(
    'Typed',
    (life.most['commands'] ?? []).map(row => h('li', {}, said(defanged(String(row['input'] ?? '')), 200), times(row['times']))),
  )
}

function brought(life: Life): HTMLElement | null {
  return lines(
    'Files',
    (life.most['downloads'] ?? []).map(row => h('li', {}, h('span', { class: 'mono' }, untrusted(String(row['sha256'] ?? row['name'] ?? '?'), 80)))),
  )
}

function lines(title: string, items: HTMLElement[]): HTMLElement | null {
  return items.length ? h('section', { class: 'part' }, h('h3', {}, title), h('ul', { class: 'lines' }, ...items)) : null
}
