import assert from 'node:assert/strict'
import { test } from 'node:test'
import { moved, next, partAt, partsOf, partText, pickedOf, stretched } from '../src/map/span.ts'
import { arcsOf } from '../src/mapping.ts'

const DAY = { from: Date.UTC(2026, 10, 20), to: Date.UTC(2026, 10, 21) }

test('a day is quarters of an hour, also one of 23 or 25 hours', () => {
  assert.equal(partsOf(DAY), 96)
  assert.equal(partsOf({ from: 0, to: 23 * 3_600_000 }), 92)
  assert.equal(partsOf({ from: 0, to: 25 * 3_600_000 }), 50)
  assert.equal(partsOf({ from: 0, to: 7 * 86_400_000 }), 84)
  assert.equal(partsOf({ from: 0, to: 86_400_001 }), 96)
})

test('what is picked is an address, and comes back', () => {
  const picked = { first: 10, last: 13 }
  const text = partText(partAt(DAY, 96, picked))
  assert.equal(text, '2026-11-20T02:30:00Z/2026-11-20T03:30:00Z')
  assert.deepEqual(pickedOf(text, DAY, 96), picked)
})

test('an address that picks nothing of the period picks all of it', () => {
  for (const text of [undefined, '', 'x/y', '2026-11-21T00:00:00Z/2026-11-22T00:00:00Z', '2026-11-20T03:00:00Z/2026-11-20T02:00:00Z', '2026-11-19T00:00:00Z/2026-11-22T00:00:00Z'])
    assert.equal(pickedOf(text, DAY, 96), null)
})

test('keys move and stretch a choice within the period', () => {
  assert.deepEqual(moved(null, 1, 96), { first: 0, last: 0 })
  assert.deepEqual(moved(null, -1, 96), { first: 95, last: 95 })
  assert.deepEqual(moved({ first: 93, last: 95 }, 1, 96), { first: 93, last: 95 })
  assert.deepEqual(moved({ first: 4, last: 6 }, -96, 96), { first: 0, last: 2 })
  assert.deepEqual(stretched({ first: 4, last: 4 }, 1, 96), { first: 4, last: 5 })
  assert.deepEqual(stretched({ first: 4, last: 4 }, -1, 96), { first: 4, last: 4 })
})

test('a walk goes on by its own length, and ends', () => {
  assert.deepEqual(next(null, 96), { first: 0, last: 0 })
  assert.deepEqual(next({ first: 0, last: 3 }, 96), { first: 4, last: 7 })
  assert.equal(next({ first: 92, last: 95 }, 96), null)
})

test('arcs lead from home to places that are known, the largest on top', () => {
  const places: Record<string, [number, number]> = { NO: [100, 100], DE: [400, 500] }
  const arcs = arcsOf([{ key: 'DE', value: 100 }, { key: 'NO', value: 25 }, { key: 'XX', value: 9 }], places, [100, 500], 10_000)
  assert.deepEqual(arcs.map(arc => [arc.key, arc.width]), [['NO', 14], ['DE', 28]])
  assert.equal(arcs[1]!.d, 'M100,500Q250,368 400,500')
  assert.deepEqual(arcsOf([{ key: 'NO', value: 1 }], places, [100, 100], 10_000), [])
})
