/** Where there are no warnings: why, and what it takes. */
import { h } from './dom.ts'

/** `title` of a period that has none; without, none was ever stored. */
export function noWarnings(title?: string): HTMLElement {
  const head = title ? `No warning on ${title}` : 'No warning was ever stored'
  return h(
    'section',
    { class: 'empty', 'data-testid': 'empty' },
    h('h2', {}, head),
    h('p', {}, 'A warning is made when a flow goes to or comes from an address on one of your lists. That takes two things:'),
    h('h3', {}, 'Flows of your router'),
    h('p', {}, 'NetFlow, IPFIX or sFlow, sent to port 2055 of this machine. ', h('a', { href: '?view=flows' }, 'Flows'), ' shows who sends some.'),
    h('h3', {}, 'Lists'),
    h('pre', {}, 'varde intel import bad-addresses.txt'),
    h('p', {}, 'or ', h('code', {}, '[[list]]'), ' in the configuration for one that is fetched.'),
  )
}
