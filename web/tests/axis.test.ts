import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cellPorts, logShare, portAt, portTicks, timeStep, timeTicks } from '../src/axis.ts'
import { dayPeriod, HOUR } from '../src/zone.ts'

const day = (text: string, width = 1040, tz = 'Europe/Oslo') => {
  const { from, to } = dayPeriod(text, tz)
  return { from, to, ticks: timeTicks(from, to, tz, width) }
}

test('a day of 24 hours has every third hour in a narrow picture, each in its place', () => {
  const { from, ticks } = day('2026-11-21', 600)
  assert.deepEqual(
    ticks.map(t => t.label),
    ['00:00', '03:00', '06:00', '09:00', '12:00', '15:00', '18:00', '21:00', '24:00'],
  )
  assert.equal(ticks[3].at - from, 9 * HOUR)
})

test('a wide picture has every hour', () => {
  assert.equal(day('2026-11-21', 1600).ticks.length, 25)
})

test('the day of 23 hours has no 02:00 and 03:00 comes two hours after midnight', () => {
  const { from, ticks } = day('2026-03-29', 1600)
  assert.equal(
    ticks.some(t => t.label === '02:00'),
    false,
  )
  assert.equal(ticks.find(t => t.label === '03:00')!.at - from, 2 * HOUR)
  assert.equal(ticks.length, 24)
})

test('the day of 25 hours has 02:00 twice and says which is the second', () => {
  const { from, ticks } = day('2026-10-25', 1700)
  assert.equal(ticks.find(t => t.label === '02:00')!.at - from, 2 * HOUR)
  assert.equal(ticks.find(t => t.label === '02:00 again')!.at - from, 3 * HOUR)
  assert.equal(ticks.find(t => t.label === '03:00')!.at - from, 4 * HOUR)
  assert.equal(ticks.length, 26)
})

test('zones that are half an hour off still have whole local hours', () => {
  const { ticks } = day('2026-11-21', 600, 'Asia/Kolkata')
  assert.deepEqual(
    ticks.slice(0, 2).map(t => t.label),
    ['00:00', '03:00'],
  )
})

test('labels never need more room than there is', () => {
  for (const length of [1000, 61_000, 3_600_000, 86_400_000, 40 * 86_400_000]) {
    assert.ok((length / timeStep(length, 500)) * 62 <= 500)
  }
})

test('ports are logarithmic from 1 to 65535 and back', () => {
  const high = Math.log10(65535)
  assert.equal(logShare(1, 0, high), 0)
  assert.equal(logShare(65535, 0, high), 1)
  for (const port of [1, 2, 22, 443, 7547, 65535]) assert.equal(portAt(logShare(port, 0, high), 0, high), port)
})

test('a cell knows its ports; one between two ports names the nearest', () => {
  const high = Math.log10(65535)
  assert.deepEqual(cellPorts(0, 0.01, 0, high), { min: 1, max: 1 })
  assert.deepEqual(cellPorts(0.1, 0.101, 0, high), { min: 3, max: 3 })
  const top = cellPorts(0.99, 1, 0, high)
  assert.equal(top.max, 65535)
  assert.ok(top.min < 60000)
})

test('port labels keep their distance and busy ports come first', () => {
  const ticks = portTicks(0, Math.log10(65535), 500, [7547, 24], new Map([[24, 'mine']]))
  assert.ok(ticks.some(t => t.label === '24 mine'))
  assert.equal(
    ticks.some(t => t.port === 23),
    false,
  )
  for (let i = 1; i < ticks.length; i += 1) assert.ok(ticks[i].at - ticks[i - 1].at >= 15)
})

test('panning neither adds nor drops a label that stays in sight', () => {
  for (const tall of [3, 1, 0.3, 0.05, 0.002]) {
    const seen = (low: number) => portTicks(low, low + tall, 600, [7547, 24, 49_152], new Map())
    for (let low = 0.1; low + 1.5 * tall < 4.8; low += 0.37) {
      const shift = tall / 7
      const before = new Set(seen(low).filter(t => t.at > 0.2 * 600).map(t => t.port))
      const after = new Set(seen(low + shift).map(t => t.port))
      for (const port of before) assert.ok(after.has(port), `${port} of ${low}, ${tall} high, went away`)
      const inside = seen(low + shift).filter(t => t.at < (1 - 1 / 7) * 600 - 1)
      const known = new Set(seen(low).map(t => t.port))
      for (const { port } of inside) assert.ok(known.has(port), `${port} of ${low}, ${tall} high, came from nowhere`)
    }
  }
})

test('every window has enough labels to read it by', () => {
  for (const tall of [3, 1, 0.3, 0.05, 0.002, 0.0001]) {
    for (let low = 0; low + tall <= 4.8; low += 0.31) {
      const ticks = portTicks(low, low + tall, 600, [], new Map())
      const ports = Math.floor(10 ** (low + tall)) - Math.ceil(10 ** low) + 1
      assert.ok(ticks.length >= Math.min(3, ports), `${ticks.length} labels from ${10 ** low}, ${tall} high`)
    }
  }
})
