import assert from 'node:assert/strict'
import { test } from 'node:test'
import { address, rectQuery } from '../src/api.ts'
import { cells } from '../src/calendar.ts'
import { LOG_TOP } from '../src/frame.ts'
import { command, type Shown } from '../src/menus.ts'
import { HOME } from '../src/place.ts'
import { heading, portName } from '../src/tooltip.ts'

const from = Date.UTC(2026, 10, 20, 23)
const day: Shown = {
  place: { ...HOME, day: '2026-11-21' },
  day: '2026-11-21',
  view: { from, to: from + 86_400_000, low: 0, high: LOG_TOP },
  whole: true,
  scheme: 'dark',
  tz: 'Europe/Oslo',
  switches: [],
}

test('the command of a day is short, that of a zoom is exact', () => {
  assert.equal(command(day), 'varde fireplot --day 2026-11-21 -o fireplot-2026-11-21.png')
  const zoomed = command({
    ...day,
    whole: false,
    view: { ...day.view, to: from + 3_600_000, low: 0, high: 3 },
    place: { ...day.place, src: '203.0.113.0/24' },
  })
  assert.equal(
    zoomed,
    'varde fireplot --since 2026-11-20T23:00:00Z --until 2026-11-21T00:00:00Z --port-min 1 --port-max 1000 --src 203.0.113.0/24 -o fireplot-2026-11-21.png',
  )
})

test('the command asks the store of the page, in the zone of the reader', () => {
  const demo = { ...day, switches: ['--store', '/tmp/a demo/store', '--tz', 'UTC'] }
  assert.equal(
    command(demo),
    "varde fireplot --day 2026-11-21 --store '/tmp/a demo/store' --tz UTC -o fireplot-2026-11-21.png",
  )
  assert.equal(
    command({ ...demo, place: { ...day.place, tz: 'Asia/Tokyo' } }),
    "varde fireplot --day 2026-11-21 --store '/tmp/a demo/store' --tz Asia/Tokyo -o fireplot-2026-11-21.png",
  )
})

test('what is typed into a filter cannot leave its word in the command', () => {
  assert.match(
    command({ ...day, place: { ...day.place, sensor: '$(reboot); `id`' } }),
    /--only-sensor '\$\(reboot\); `id`' /,
  )
})

test('questions are relative addresses with repeated planes and nothing empty', () => {
  const query = rectQuery({ from, to: from + 1000, portMin: 0, portMax: 0, planes: ['tcp4', 'udp4'] })
  assert.equal(
    address('records', { ...query, src: '' }),
    'api/records?from=2026-11-20T23%3A00%3A00Z&to=2026-11-20T23%3A00%3A01Z&port_min=0&port_max=0&plane=tcp4&plane=udp4',
  )
})

test('a rectangle is named by its clock and port', () => {
  assert.equal(
    heading({ from, to: from + 600_000, portMin: 23, portMax: 23, planes: [] }, 'Europe/Oslo'),
    '00:00–00:10 · port 23 telnet',
  )
  assert.equal(portName({ proto: 'udp', port: 53, service: null, events: 1, sources: 1 }), 'UDP/53 dns')
})

test('months begin on their weekday and have all their days', () => {
  const november = cells(2026, 11)
  assert.equal(november.filter(one => one === null).length, 6) // 1 November 2026 is a Sunday
  assert.equal(november.at(-1), '2026-11-30')
  assert.equal(cells(2028, 2).filter(Boolean).length, 29)
})
