/** What Varde knows about itself: sensors, what it could not read, listeners, the store, and what to do. */
import { ask, type About, type Reject, type SensorStatus, type Status } from './api.ts'
import { Asking } from './asking.ts'
import { fill, h, put, untrusted } from './dom.ts'
import { bytes, count, counted, parsed, stamp } from './format.ts'
import { grid } from './grid.ts'
import { mailFilters, type MailFilters } from './mailfilters.ts'
import { instant } from './place.ts'
import type { Host, Section, Where } from './section.ts'

export const section = (host: Host): Section => new Doctor(host)

class Doctor implements Section {
  readonly element = h('div', { class: 'doctor by-name', 'data-testid': 'doctor' })
  private readonly box = h('div', { class: 'doctor-body' })
  private readonly asking = new Asking()
  private readonly host: Host
  private where: Where | null = null

  constructor(host: Host) {
    this.host = host
  }

  title(): string {
    return ''
  }

  refresh(): void {
    this.asking.again(() => this.where && this.show(this.where))
  }

  show(where: Where): void {
    this.where = where
    if (!this.element.firstChild) put(this.element, h('h1', {}, 'Doctor'), this.box)
    void this.asking.into(this.box, 'Examining what was read…', async signal => {
      const [status, mail] = await Promise.all([ask<Status>('status', {}, signal), ask<MailFilters>('amavis', {}, signal)])
      this.host.told(status)
      fill(this.element, h('h1', {}, verdict(status, where.about)), this.box)
      return body(status, where.about, where.tz, mailFilters(mail, where.tz, this.host.now()))
    })
  }
}

function body(status: Status, about: About, tz: string, mail: HTMLElement | null): HTMLElement[] {
  return [
    notes(status.notes),
    sensors(status.sensors, tz),
    listeners(about),
    ...(mail ? [mail] : []),
    rejects(status.rejects, tz),
    store(status),
    databases(about),
  ]
}

function verdict(status: Status, about: About): string {
  const failed = about.listeners.filter(one => one.state === 'failed').length
  const poor = status.sensors.filter(one => one.share_parsed !== null && one.share_parsed < 0.99)
  if (!status.sensors.length) return 'Doctor: no sensor has sent anything yet'
  if (poor.length) return `Doctor: ${counted(poor.length, 'sensor')} with lines that Varde does not understand`
  if (failed) return `Doctor: ${counted(failed, 'listener')} could not start`
  const all = status.sensors.every(one => one.rejects === 0)
  return `Doctor: ${counted(status.sensors.length, 'sensor')}, ${all ? 'every' : 'nearly every'} line understood`
}

function notes(texts: string[]): HTMLElement {
  return h(
    'div',
    {},
    texts.length > 0 && h('ul', { class: 'notes' }, ...texts.map(text => h('li', {}, untrusted(text, 600)))),
  )
}

function when(text: string | null, tz: string): HTMLElement {
  const at = instant(text)
  return whole(at === null ? 'never' : stamp(at, tz))
}

function whole(text: string): HTMLElement {
  return h('span', { class: 'whole' }, text)
}

function sensors(found: SensorStatus[], tz: string): HTMLElement {
  if (!found.length)
    return h(
      'p',
      {},
      'No sensor yet: read a file with ',
      h('code', {}, 'varde up FILES'),
      ' or point a firewall’s syslog at port 5514.',
    )
  const heads: [string, boolean?][] = [
    ['Sensor'],
    ['Dialect'],
    ['Parsed', true],
    ['Lines', true],
    ['Records', true],
    ['Ignored', true],
    ['Rejected', true],
    ['Last'],
  ]
  const noted = found.some(one => one.notes?.length)
  if (noted) heads.push(['Notes'])
  return grid(
    'Sensors',
    heads,
    found.map(one => [
      untrusted(one.sensor, 100),
      untrusted(one.dialects.join(', ') || 'unknown', 100),
      parsed(one.share_parsed),
      count(one.lines),
      count(one.records),
      count(one.ignored),
      count(one.rejects),
      when(one.last, tz),
      ...(noted ? [h('span', {}, ...(one.notes ?? []).map(note => h('span', { class: 'line' }, untrusted(note, 400))))] : []),
    ]),
  )
}

function listeners(about: About): HTMLElement {
  if (!about.listeners.length)
    return h(
      'p',
      { class: 'quiet' },
      'This Varde does not listen: it was started without listeners, or shows files only.',
    )
  return grid(
    'Listeners',
    [['Listener'], ['Address'], ['State'], ['Detail']],
    about.listeners.map(one => [one.name, h('code', {}, one.address), one.state, untrusted(one.detail, 400)]),
  )
}

function rejects(found: Reject[], tz: string): HTMLElement {
  if (!found.length) return h('p', { class: 'quiet' }, 'No samples of lines that were not understood are kept.')
  return grid(
    'Samples of lines that were not understood',
    [['Time'], ['Sensor'], ['Reason'], ['Line'], ['Where']],
    found.map(one => [
      when(one.time, tz),
      untrusted(one.sensor, 100),
      untrusted(one.reason, 100),
      h('code', { class: 'sample' }, untrusted(one.sample, 600)),
      untrusted([one.file, one.offset === null ? null : `offset ${one.offset}`].filter(Boolean).join(' '), 300),
    ]),
  )
}

function store(status: Status): HTMLElement {
  const { path, bytes: size, free, tables } = status.store
  return h(
    'div',
    {},
    h('p', {}, 'Store ', h('code', {}, untrusted(path, 400)), `: ${bytes(size)}, ${bytes(free)} free on the disk.`),
    tables.length > 0 &&
      grid(
        'Tables',
        [['Table'], ['Rows', true], ['Files', true], ['Size', true]],
        tables.map(one => [one.name, count(one.rows), count(one.files), bytes(one.bytes)]),
      ),
  )
}

function databases(about: About): HTMLElement {
  if (!about.databases.length)
    return h('p', { class: 'quiet' }, 'No country or network table is installed: addresses have no country.')
  return h(
    'div',
    {},
    grid(
      'Where addresses are',
      [['Table'], ['Date'], ['Licence'], ['Source']],
      about.databases.map(one => [one.name, whole(one.date), whole(one.licence), h('span', { class: 'line' }, one.attribution)]),
    ),
    ...(about.notices ?? []).map(notice => h('p', { class: 'quiet', 'data-testid': 'notice' }, untrusted(notice, 300))),
  )
}
