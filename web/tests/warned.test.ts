import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clockOf, describes, lostOf, templateLine, templatesOf, type Exporter } from '../src/exporterwords.ts'
import { HOME, formatPlace } from '../src/place.ts'
import { dayPlace, flowOf, headline, sayCommand, scanPlace, statsCommand, subjects, surgePlace, findingWords, totals, type Warned, type WarningRow } from '../src/warnwords.ts'

const told: Warned = {
  share_seen: 1,
  flows_seen: '',
  by: { list: [], country: [], host: [], day: [] },
  days: 30,
  groups: { list: 1, country: 2, host: 3, day: 1 },
  total: { count: 1200, warnings: 5 },
  unacknowledged: 5,
  more: false,
  warnings: [],
  said: [],
  may_write: true,
}
const entry = { source: 'otx', id: '5f0c', name: 'Mirai C2', url: null }
const row: WarningRow = { time: '', line: '', kind: 'flow', side: 'dst', count: 1, open: true, lists: [entry], src_addr: '10.0.0.5', dst_addr: '203.0.113.5' }

test('the headline says how many wait, that all were seen, or that there was nothing', () => {
  assert.equal(headline(told, 'Friday'), '5 warnings on Friday, none of them acknowledged')
  assert.equal(headline({ ...told, more: true, unacknowledged: 4 }, 'Friday'), '5 warnings on Friday, 4 or more of them not acknowledged')
  assert.equal(headline({ ...told, unacknowledged: 0 }, 'Friday'), '5 warnings on Friday, all of them acknowledged')
  assert.equal(headline({ ...told, total: { count: 0, warnings: 0 } }, 'Friday'), 'Nothing listed was touched: no warning on Friday')
  assert.equal(totals(told), '1,200 records of 3 hosts, on 1 list, with 2 countries.')
})

test('a day is compared with the days before it', () => {
  const days = (...counts: [string, number][]) => ({ ...told, unacknowledged: 0, by: { ...told.by, day: counts.map(([day, warnings]) => ({ day, warnings, count: 1, first: '', last: '' })) } })
  assert.match(headline(days(['2026-11-20', 5]), 'Friday', '2026-11-20'), /^5 warnings on Friday against none in the 29 days before, all/)
  assert.match(headline(days(['2026-11-18', 3], ['2026-11-20', 5]), 'Friday', '2026-11-20'), / against less than 1 a day before, /)
  assert.match(headline(days(['2026-11-18', 58], ['2026-11-20', 5]), 'Friday', '2026-11-20'), / against 2 a day before, /)
})

test('of a warning the host comes first, then what is listed, its entry and its list, each once', () => {
  assert.deepEqual(subjects(row).map(one => one.what), ['10.0.0.5', '203.0.113.5', 'otx:5f0c', 'otx'])
  assert.deepEqual(subjects({ ...row, side: 'src' }).map(one => one.what).slice(0, 2), ['203.0.113.5', '10.0.0.5'])
  assert.deepEqual(subjects({ ...row, lists: [{ ...entry, id: null }, { ...entry, id: null }] }).map(one => one.what), ['10.0.0.5', '203.0.113.5', 'otx'])
  assert.deepEqual(subjects({ ...row, dst_addr: undefined, name: 'evil.example', lists: [{ ...entry, source: 'two words' }] }).map(one => one.what), ['10.0.0.5', 'evil.example'])
})

test('commands say the same, with what a shell would take apart in quotes', () => {
  const words = ['--store', '/var/lib/varde', '--tz', 'UTC']
  assert.equal(sayCommand({ kind: 'ack', what: '', until: '', why: '' }, words), 'varde warn ack all --store /var/lib/varde')
  assert.match(sayCommand({ kind: 'mute', what: 'otx:5f0c', until: '7d', why: "our own; rm -rf '" }), /^varde warn mute otx:5f0c --until 7d --why '.*'$/)
  const period = { from: Date.UTC(2026, 10, 20), to: Date.UTC(2026, 10, 21), day: '2026-11-20' }
  assert.equal(statsCommand('list', period, words, 30), 'varde warn --stats --by list --day 2026-11-20 --store /var/lib/varde --tz UTC')
  assert.match(statsCommand('day', period, [], 30), /--by day --since 2026-10-22T00:00:00(\.000)?Z --until 2026-11-21T00:00:00(\.000)?Z$/)
  assert.match(statsCommand('host', { ...period, day: null }, [], 30), /--since 2026-11-20T00:00:00(\.000)?Z --until/)
})

test('of a line who talked to whom is shown', () => {
  assert.equal(flowOf('2016-06-07 13:51:34 : 10.0.0.5:443 -> 203.0.113.5:51022 (TCP) https://x side=dst'), '10.0.0.5:443 -> 203.0.113.5:51022 (TCP)')
  assert.equal(flowOf('what is this'), 'what is this')
})

test('a surge is named by its port, says why, and leads to its hours in the Fireplot', () => {
  const surge: WarningRow = {
    time: '2026-11-20T14:00:00Z', end_time: '2026-11-20T15:00:00Z', line: '2026-11-20 14:00:00 : 7547/tcp (SURGE) - level=alarm networks=60', kind: 'surge', side: '', count: 1,
    open: true, lists: [], dst_port: 7547, proto_name: 'tcp', level: 'alarm', reason: '60 networks in 1 hour',
  }
  assert.deepEqual(subjects(surge), [{ what: 'tcp/7547', is: 'the port' }])
  assert.equal(findingWords(surge), 'alarm: 60 networks in 1 hour')
  assert.equal(flowOf(surge.line), '7547/tcp (SURGE)')
  const place = surgePlace({ ...HOME, view: 'warnings', day: '2026-11-20', tz: 'Europe/Oslo' }, surge)
  const hours = '2026-11-20T14:00:00Z/2026-11-20T15:00:00Z'
  assert.equal(place && formatPlace(place), `?from=2026-11-20T14:00:00Z&to=2026-11-20T15:00:00Z&tz=Europe/Oslo&evidence=${hours}/7547/7547/tcp4,tcp6`)
  assert.equal(surgePlace(HOME, { ...surge, proto_name: 'sctp' }), null)
  assert.equal(surgePlace(HOME, { ...surge, end_time: undefined }), null)
  assert.equal(surgePlace(HOME, row), null)
})

test('a scan is named by its source and its kind, says why, and leads to what its source did', () => {
  const scan: WarningRow = {
    time: '2026-11-20T00:41:14.2Z', end_time: '2026-11-20T19:38:16Z', line: '2026-11-20 00:41:14 : 198.51.100.7 -> -/tcp (SCAN diagonal) - level=found', kind: 'scan', side: '', count: 1,
    open: true, lists: [], src_addr: '198.51.100.7', dst_addr: '192.0.2.10', name: 'diagonal', proto_name: 'tcp', level: 'found', reason: 'One source went down 410 ports',
  }
  assert.deepEqual(subjects(scan), [{ what: '198.51.100.7', is: 'the source' }, { what: 'diagonal', is: 'all scans of this kind' }])
  assert.equal(findingWords(scan), 'found: One source went down 410 ports')
  assert.equal(flowOf(scan.line), '198.51.100.7 -> -/tcp (SCAN diagonal)')
  const place = scanPlace({ ...HOME, view: 'warnings', tz: 'UTC' }, scan)
  const span = '2026-11-20T00:41:00Z/2026-11-20T19:39:00Z'
  assert.equal(place && formatPlace(place), `?from=2026-11-20T00:41:00Z&to=2026-11-20T19:39:00Z&tz=UTC&src=198.51.100.7&evidence=${span}///tcp4,tcp6`)
  assert.equal(scanPlace(HOME, { ...scan, src_addr: '2001:db8::' })?.src, '2001:db8::/64')
  assert.equal(scanPlace(HOME, { ...scan, src_addr: undefined }), null)
  assert.equal(scanPlace(HOME, row), null)
})

test('a row of a day leads to that day and keeps the rest', () => {
  assert.deepEqual(dayPlace({ ...HOME, view: 'warnings', from: 1, to: 2, tz: 'UTC' }, '2026-11-20'), { ...HOME, view: 'warnings', tz: 'UTC', day: '2026-11-20' })
})

const exporter = { protocol: 'netflow9', exporter: '192.0.2.1', domain: 7, unit: 'datagrams', lost: 1 } as Exporter

test('an exporter is told by protocol, address and domain, and what it lost in its own unit', () => {
  assert.equal(describes(exporter), 'NetFlow v9 of 192.0.2.1, domain 7')
  assert.equal(describes({ ...exporter, protocol: '', exporter: null, domain: null }), '')
  assert.equal(lostOf(exporter), '1 datagram')
  assert.equal(lostOf({ ...exporter, unit: 'flows', lost: 2000 }), '2,000 flows')
  assert.equal(lostOf({ ...exporter, unit: 'none' }), 'not numbered')
})

test('clocks that were set are not told apart; others say how far and which way', () => {
  assert.deepEqual([null, 0, -119, 7200, -86400 * 30].map(clockOf), ['unknown', 'set', 'set', '2\u202fh behind', '30\u202fd ahead'])
})

test('templates are told with the age of the oldest', () => {
  const now = Date.UTC(2026, 10, 20, 12)
  const at = (seconds: number) => new Date(now - seconds * 1000).toISOString()
  const two = [{ number: 256, options: false, seen: at(20), fields: 18 }, { number: 257, options: true, seen: at(300), fields: 1 }]
  assert.equal(templatesOf(two, now), '2, 5\u202fmin old')
  assert.deepEqual([templatesOf([], now), templatesOf(null, now)], ['none', 'unknown'])
  assert.deepEqual(two.map(one => templateLine(one, now)), ['256: 18 fields, 20\u202fs old', '257 (options): 1 field, 5\u202fmin old'])
})
