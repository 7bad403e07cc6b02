import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addDays, dayOf, dayPeriod, dayStart, HOUR, isDay, isZone, spans } from '../src/zone.ts'

test('days have 23, 24 and 25 hours', () => {
  const hours = (day: string) => {
    const p = dayPeriod(day, 'Europe/Oslo')
    return (p.to - p.from) / HOUR
  }
  assert.deepEqual(['2026-03-29', '2026-11-21', '2026-10-25'].map(hours), [23, 24, 25])
})

test('where midnight is skipped the day begins at one', () => {
  // Lebanon went from 00:00 to 01:00 on 31 March 2024.
  assert.equal(dayStart('2024-03-31', 'Asia/Beirut'), Date.UTC(2024, 2, 30, 22))
  assert.equal(dayOf(dayStart('2024-03-31', 'Asia/Beirut') - 1, 'Asia/Beirut'), '2024-03-30')
})

test('where midnight comes twice the day begins at the first', () => {
  const start = dayStart('2026-11-01', 'America/Havana')
  assert.equal(start, Date.UTC(2026, 10, 1, 4))
  assert.equal(dayOf(start - 1, 'America/Havana'), '2026-10-31')
})

test('a period is cut where the offset changes, without gap', () => {
  const { from, to } = dayPeriod('2026-10-25', 'Europe/Oslo')
  const found = spans(from, to, 'Europe/Oslo')
  assert.deepEqual(
    found.map(s => s.offset / HOUR),
    [2, 1],
  )
  assert.equal(found[0].to, Date.UTC(2026, 9, 25, 1))
  assert.equal(found[0].to, found[1].from)
})

test('days step over months and refuse what is no day', () => {
  assert.equal(addDays('2026-12-31', 1), '2027-01-01')
  assert.equal(addDays('2028-03-01', -1), '2028-02-29')
  assert.equal(isDay('2026-02-29'), false)
  assert.equal(isDay('26-2-2'), false)
  assert.equal(isZone('Europe/Oslo'), true)
  assert.equal(isZone('No/Where'), false)
})
