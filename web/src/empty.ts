/** Empty states: why there is nothing, and what to do. */
import type { About } from './api.ts'
import { h } from './dom.ts'
import { dayTitle } from './format.ts'

const SYSLOG_PORT = 5514 // where nothing says otherwise

/** Where a device shall send its log: the port of the first UDP listener for syslog. */
export function syslogPort(listeners: About['listeners']): number {
  const heard = listeners.find(one => one.name === 'syslog udp' && one.state === 'listening')
  return Number(/:([0-9]{1,5})$/.exec(heard?.address ?? '')?.[1] ?? SYSLOG_PORT)
}

function host(): string {
  const local = ['localhost', '127.0.0.1', '[::1]', ''].includes(location.hostname)
  return local ? 'ADDRESS-OF-THIS-MACHINE' : location.hostname.replace(/^\[|\]$/g, '')
}

export function nothingStored(about: About): HTMLElement {
  const there = host()
  const port = syslogPort(about.listeners)
  const heard = about.listeners.filter(one => one.state === 'listening')
  const failed = about.listeners.filter(one => one.state === 'failed')
  return h(
    'section',
    { class: 'empty', 'data-testid': 'empty' },
    h('h2', {}, 'No probes are stored yet'),
    h('p', {}, 'Varde draws what a firewall refused. Give it log files, or let the firewall send its log here.'),
    h('h3', {}, 'Files'),
    h('pre', {}, 'varde up /var/log/firewall.log*'),
    h('h3', {}, 'MikroTik RouterOS'),
    h(
      'pre',
      {},
      `/system logging action add name=varde target=remote remote=${there} remote-port=${port}\n/system logging add topics=firewall action=varde\n/ip firewall filter set [find action=drop] log=yes log-prefix=BLOCK`,
    ),
    h('h3', {}, 'rsyslog'),
    h('pre', {}, `:msg, contains, "IN=" action(type="omfwd" target="${there}" port="${port}" protocol="udp")`),
    heard.length > 0 &&
      h(
        'p',
        {},
        `Listening: ${heard.map(one => `${one.name} ${one.address}`).join(', ')}. What arrives shows here by itself.`,
      ),
    ...failed.map(one => h('p', { class: 'error' }, `Not listening: ${one.name} ${one.address}. ${one.detail}`)),
  )
}

export function nothingThatDay(what: string, latest: { day: string; href: string } | null): HTMLElement {
  return h(
    'section',
    { class: 'empty', 'data-testid': 'empty' },
    h('h2', {}, `No probes are stored for ${what}`),
    h(
      'p',
      {},
      'Either nothing was refused, or no log of that time has been read. The doctor says what each sensor sent last.',
    ),
    h(
      'p',
      { class: 'choices' },
      latest &&
        h('a', { class: 'button', href: latest.href }, `Go to the latest day with data, ${dayTitle(latest.day)}`),
      h('a', { class: 'button', href: '?view=doctor' }, 'Open the doctor'),
    ),
  )
}

export function allFiltered(switches: string, clear: () => void): HTMLElement {
  return h(
    'section',
    { class: 'empty', 'data-testid': 'empty' },
    h('h2', {}, 'The filters hide everything'),
    h('p', {}, 'No probe of this period matches ', h('code', {}, switches), '.'),
    h('p', {}, h('button', { type: 'button', onclick: clear }, 'Clear the filters')),
  )
}

/** No requests to be connected on: never any, none in a period, or all filtered away. */
export function noRequests(about: About, asked?: { title: string; clear: (() => void) | null; latest: string | null }): HTMLElement {
  const box = (...what: (HTMLElement | null | false)[]) => h('section', { class: 'empty', 'data-testid': 'empty' }, ...what)
  if (!asked || !about.tables?.['tunnels']?.last) {
    return box(
      h('h2', {}, 'No requests to be connected on are stored yet'),
      h('p', {}, 'A visitor of an SSH honeypot often asks it to connect on: to a mail server, a web site, another victim. This picture shows who asked for which port of whom.'),
      h('h3', {}, 'Cowrie'),
      h('pre', {}, 'varde up /home/cowrie/cowrie/var/log/cowrie/cowrie.json*'),
      h('h3', {}, 'From another machine'),
      h('pre', {}, 'ssh honeypot cat cowrie.json | varde read -'),
      h('p', {}, 'Cowrie needs ', h('code', {}, 'forwarding = true'), ' in its section [ssh], which is its default.'),
    )
  }
  if (asked.clear) return box(h('h2', {}, 'The filters hide everything'), h('p', {}, 'No request of this period matches them.'), h('p', {}, h('button', { type: 'button', onclick: asked.clear }, 'Clear the filters')))
  return box(
    h('h2', {}, `No requests are stored for ${asked.title}`),
    h('p', {}, 'Either nobody asked to be connected on, or no honeypot log of that time has been read.'),
    h('p', { class: 'choices' }, asked.latest && h('a', { class: 'button', href: `?view=graph&day=${asked.latest}` }, `Go to the latest day with requests, ${dayTitle(asked.latest)}`), h('a', { class: 'button', href: '?view=doctor' }, 'Open the doctor')),
  )
}
