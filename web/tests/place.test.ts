import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HOME, formatPlace, instant, parsePlace, parseRect, quoted, switches, type Place } from '../src/place.ts'

test('an address that is read and written again is the same place', () => {
  const place: Place = {
    ...HOME,
    day: '2026-11-21',
    tz: 'Europe/Oslo',
    src: '2001:db8::/32',
    dst: '192.0.2.7',
    sensor: 'fw 1&x',
    action: 'all',
    planes: ['tcp4', 'udp6'],
    table: true,
    zoom: { from: Date.UTC(2026, 10, 21, 3), to: Date.UTC(2026, 10, 21, 4), portMin: 20, portMax: 25, planes: [] },
    evidence: {
      from: Date.UTC(2026, 10, 21, 3),
      to: Date.UTC(2026, 10, 21, 4),
      portMin: null,
      portMax: null,
      planes: ['icmp'],
    },
    why: '<script>alert(1)</script>',
  }
  assert.deepEqual(parsePlace(formatPlace(place)), place)
})

test('a zoom over all ports has no ports: it holds those without one too', () => {
  assert.equal(parsePlace('?zoom=1/2/1/65535').zoom?.portMin, null)
  assert.equal(parsePlace('?zoom=1/2/1/65534').zoom?.portMin, 1)
  assert.equal(parsePlace('?evidence=1/2/1/65535').evidence?.portMin, 1)
})

test('a section keeps its own words in the address, and only there', () => {
  const place = parsePlace('?view=doctor&doctor.sort=lines&flows.top=5&doctor.=x&doctor.a%00=x')
  assert.deepEqual(place.own, { sort: 'lines' })
  assert.equal(formatPlace(place), '?view=doctor&doctor.sort=lines')
  assert.deepEqual(parsePlace(formatPlace({ ...place, view: 'calendar', own: {} })).own, {})
  const many = Array.from({ length: 40 }, (_, i) => `doctor.${'k'.repeat(i + 1)}=${'v'.repeat(9999)}`).join('&')
  const bounded = Object.values(parsePlace(`?view=doctor&${many}`).own)
  assert.deepEqual([bounded.length, bounded[0].length], [16, 4000])
})

test('a finding is named in the query, or in the fragment as files name it', () => {
  const place = parsePlace('?day=2026-11-20&finding=diagonal-tcp4-2026112001-2001:db8::&outlines=off')
  assert.deepEqual([place.finding, place.outlines], ['diagonal-tcp4-2026112001-2001:db8::', false])
  assert.equal(formatPlace(place), '?day=2026-11-20&finding=diagonal-tcp4-2026112001-2001:db8::&outlines=off')
  assert.equal(parsePlace('?day=2026-11-20', '#finding=surge-tcp4-7547-2026112014').finding, 'surge-tcp4-7547-2026112014')
  assert.equal(parsePlace('?finding=a', '#finding=b').finding, 'a')
  assert.equal(parsePlace('', '#finding=%zz').finding, '%zz')
  assert.equal(parsePlace('', '#elsewhere').finding, '')
})

test('the home address is bare', () => {
  assert.equal(formatPlace(HOME), '?')
  assert.deepEqual(parsePlace(''), HOME)
})

test('what is not a place is ignored, never obeyed', () => {
  const place = parsePlace(
    '?day=2026-02-30&from=x&to=y&tz=Mars/Base&zoom=1/0&plane=tcp9&action=drop%20table&view=admin&year=20266',
  )
  assert.deepEqual(place, HOME)
})

test('from and to are a period only without a day and in order', () => {
  assert.equal(parsePlace('?from=2026-11-20T00:00:00Z&to=2026-11-21T00:00:00Z').from, Date.UTC(2026, 10, 20))
  assert.equal(parsePlace('?from=2026-11-21T00:00:00Z&to=2026-11-20T00:00:00Z').from, null)
  assert.equal(parsePlace('?day=2026-11-21&from=1&to=2').from, null)
})

test('times are ISO with zone or epoch seconds', () => {
  assert.equal(instant('1454791356'), 1454791356000)
  assert.equal(instant('2016-02-06T21:42:36+01:00'), 1454791356000)
  assert.equal(instant('soon'), null)
})

test('a rectangle with ports out of order or out of range is not one', () => {
  assert.equal(parseRect('1/2/25/20'), null)
  assert.deepEqual(parseRect('1/2/70000')?.portMin, null)
  assert.deepEqual(parseRect('1/2/7547'), { from: 1000, to: 2000, portMin: 7547, portMax: 7547, planes: [] })
})

test('filters read as switches of the command line, quoted for a shell', () => {
  const texts = switches({ ...HOME, src: '203.0.113.0/24', sensor: "o'hara; rm", planes: ['udp4'] }).map(
    one => one.text,
  )
  assert.deepEqual(texts, ['--src 203.0.113.0/24', `--only-sensor 'o'\\''hara; rm'`, '--plane udp4'])
  assert.equal(quoted('$(id)'), "'$(id)'")
})
