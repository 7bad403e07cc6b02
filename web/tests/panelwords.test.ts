import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DRAWN_MOST, drawnLines, headline, pathOf, topOf, valueOf, type PanelLine, type PanelsTold, type PanelTold } from '../src/panelwords.ts'

const line = (name: string, now: number | null, points: (number | null)[] = []): PanelLine => ({ name, title: name, now, points, munin: '', check: '', prometheus: '' })
const panel = (id: string, lines: PanelLine[], more: Partial<PanelTold> = {}): PanelTold => ({ id, title: id, about: '', unit: 'probes', rate: true, page: '?', lines, ...more })
const told = (...panels: PanelTold[]): PanelsTold => ({ written: '', age_seconds: 4, stale: false, from: '', to: '', panels })

test('values in their units', () => {
  assert.equal(valueOf(panel('a', []), 3), '3 a minute')
  assert.equal(valueOf(panel('a', []), 0.25), '0.3 a minute')
  assert.equal(valueOf(panel('a', [], { rate: false, unit: 'records' }), 1234.4), '1,234 records')
  assert.equal(valueOf(panel('a', [], { rate: false, unit: 'seconds' }), 7200), '2\u202fh')
  assert.equal(valueOf(panel('a', []), null), '–')
})

test('the headline says silence before anything else, and what is lost', () => {
  assert.equal(headline({ ...told(), stale: true, age_seconds: -7200 }), 'The station has told nothing for 2\u202fh')
  const quiet = told(panel('probes', [line('tcp4', 17), line('udp4', 1)]), panel('logins', [line('failed', 1)]), panel('flows', [line('received', 900), line('lost', 0), line('dropped', null)]))
  assert.equal(headline(quiet), '18 refused probes and 1 login attempt a minute, no flows lost')
  assert.equal(headline(told(panel('flows', [line('received', 900), line('lost', 3), line('dropped', 2)]))), '– refused probes and – login attempts a minute, 5 flows or datagrams a minute lost')
})

test('what is not known is not called nothing', () => {
  const young = told(panel('probes', [line('tcp4', null)]), panel('logins', [line('failed', 0)]), panel('flows', [line('received', 900), line('lost', null)]))
  assert.equal(headline(young), '– refused probes and 0 login attempts a minute')
})

test('of many lines those are drawn that rise highest, in their order', () => {
  const lines = [5, 1, 9, 3, 8, 2, 7, 6].map(n => line(String(n), n, [null, n]))
  assert.deepEqual(drawnLines(panel('a', lines)).map(one => one.name), ['5', '9', '3', '8', '7', '6'])
  assert.equal(drawnLines(panel('a', lines)).length, DRAWN_MOST)
  assert.equal(topOf(lines), 9)
  assert.equal(topOf([line('x', 0, [0, null])]), 1)
})

test('a path stays in its box, breaks where nothing is known, and shows what stands alone', () => {
  assert.equal(pathOf([0, 5, 10], 10, 20, 8), 'M0.0 8.0L10.0 4.0L20.0 0.0')
  assert.equal(pathOf([1, null, 2], 2, 20, 8), 'M0.0 4.0L5.0 4.0M20.0 0.0L25.0 0.0')
  assert.equal(pathOf([99, -3], 10, 20, 8), 'M0.0 0.0L20.0 8.0')
  assert.equal(pathOf([null, null], 10, 20, 8), '')
})
