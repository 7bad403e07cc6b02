/** Why there is nothing to see of honeypots, and what to do. */
import { h } from '../dom.ts'
import { dayTitle } from '../format.ts'

export function noHoneypot(): HTMLElement {
  return h(
    'section',
    { class: 'empty', 'data-testid': 'empty' },
    h('h2', {}, 'No honeypot has told anything yet'),
    h('p', {}, 'Varde reads what Cowrie, Kippo, Dionaea, OpenCanary, endlessh, InetSim and an ordinary sshd log, from files or by syslog.'),
    h('h3', {}, 'Cowrie on this machine'),
    h('pre', {}, 'varde up /home/cowrie/cowrie/var/log/cowrie/cowrie.json*'),
    h('h3', {}, 'On another machine'),
    h('pre', {}, 'ssh honeypot cat /home/cowrie/cowrie/var/log/cowrie/cowrie.json | varde read -'),
    h('h3', {}, 'What is sent to a port'),
    h('pre', {}, 'varde catch 7547 37777'),
    h('p', { class: 'quiet' }, 'Syslog from a honeypot is shown as it comes; the doctor says what each log does not tell.'),
    h('p', { class: 'choices' }, h('a', { class: 'button', href: '?view=doctor' }, 'Open the doctor')),
  )
}

export function nothingThen(title: string, latest: { day: string; href: string } | null): HTMLElement {
  return h(
    'section',
    { class: 'empty', 'data-testid': 'empty' },
    h('h2', {}, `Nobody visited a honeypot: ${title}`),
    h('p', {}, 'Either nobody came, or no log of that time has been read. The doctor says what each sensor sent last.'),
    h(
      'p',
      { class: 'choices' },
      latest && h('a', { class: 'button', href: latest.href }, `Go to the latest day with visitors, ${dayTitle(latest.day)}`),
      h('a', { class: 'button', href: '?view=doctor' }, 'Open the doctor'),
    ),
  )
}

/** Of one table: others may have rows. */
export function noRows(title: string, filters: string[], clear: () => void): HTMLElement {
  return h(
    'section',
    { class: 'empty', 'data-testid': 'empty' },
    h('h2', {}, filters.length ? 'The filters hide everything' : `${title}: nothing in this period`),
    filters.length > 0 && h('p', {}, 'Nothing of this period matches ', h('code', {}, filters.join(' ')), '.'),
    filters.length > 0 && h('p', {}, h('button', { type: 'button', onclick: clear }, 'Clear the filters')),
    HINTS[title] && !filters.length && h('p', {}, ...HINTS[title].map(([text, code]) => (code ? h('code', {}, text) : text))),
  )
}

// What makes rows of a table that a usual honeypot leaves empty.
const HINTS: Record<string, [string, boolean][] | undefined> = {
  Captures: [['', false], ['varde catch 7547', true], [' listens on a port without answering and keeps what is sent.', false]],
  Mails: [['Mails come from InetSim’s service.log: ', false], ['varde up /var/log/inetsim/service.log', true], ['.', false]],
  'On to': [['Tunnels are told by SSH honeypots that let visitors in: Cowrie with forwarding, its default.', false]],
}
