import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Picture } from '../src/api.ts'
import { isNarrower, nothingHere, totalsOf, zoomWords } from '../src/sums.ts'

const from = Date.UTC(2026, 10, 20)
const period = { from, to: from + 86_400_000 }

function picture(change: Partial<Picture> = {}): Picture {
  return {
    from: '2026-11-20T00:00:00Z',
    to: '2026-11-21T00:00:00Z',
    tz: 'UTC',
    width: 100,
    height: 100,
    port_min: 1,
    port_max: 65535,
    events: 2000,
    sources: 1,
    planes: {},
    strips: {},
    ...change,
  }
}

test('sums speak of one and of many', () => {
  assert.equal(totalsOf(picture(), 'refused'), '2,000 refused probes from 1 address.')
  assert.equal(totalsOf(picture({ events: 1, sources: 2 }), 'all'), '1 probe (all) from 2 addresses.')
})

test('an answer is narrower when it leaves out time or ports', () => {
  assert.equal(isNarrower(picture(), period), false)
  assert.equal(isNarrower(picture({ port_max: 1000 }), period), true)
  assert.equal(isNarrower(picture({ from: '2026-11-20T10:00:00Z' }), period), true)
})

test('a zoom is named by its hours and, where it leaves ports out, by its ports', () => {
  const noon = { from: '2026-11-20T12:00:00Z', to: '2026-11-20T13:30:00Z' }
  assert.equal(zoomWords(picture(noon), period, 'Europe/Oslo'), '13:00–14:30')
  assert.equal(zoomWords(picture({ ...noon, port_min: 20, port_max: 25 }), period, 'UTC'), '12:00–13:30, ports 20–25')
  assert.equal(zoomWords(picture({ ...noon, to: '2026-11-20T12:00:30Z' }), period, 'UTC'), '12:00:00–12:00:30')
  const week = { from, to: from + 7 * 86_400_000 }
  assert.equal(zoomWords(picture(noon), week, 'UTC'), '2026-11-20 12:00–2026-11-20 13:30')
})

test('an empty zoom says what there is none of', () => {
  assert.match(nothingHere('refused'), /nothing was refused/)
  assert.match(nothingHere('audit'), /audit/)
})
