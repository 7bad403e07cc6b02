import assert from 'node:assert/strict'
import { test } from 'node:test'
import { amount, depth, outlineOf, radius } from '../src/mapping.ts'

test('an amount has the unit of what is summed', () => {
  assert.equal(amount(1500, 'octets', 'flows').replace(/\s/g, ' '), '1.5 kB')
  assert.equal(amount(1, 'packets', 'flows'), '1 packet')
  assert.equal(amount(2, 'events', 'probes'), '2 probes')
})

test('the area of a bubble is the amount, and the smallest is still to be seen', () => {
  assert.ok(Math.abs(radius(400, 400, 1000) / radius(100, 400, 1000) - 2) < 1e-9)
  assert.equal(radius(0, 400, 1000), 0)
  assert.equal(radius(1, 1e12, 1000), 6)
  assert.equal(radius(0, 0, 1000), 0)
})

test('a fill is never invisible and never more than full', () => {
  assert.equal(depth(0, 10), 0)
  assert.equal(depth(10, 10), 1)
  assert.ok(depth(1, 1e9) > 0.17)
})

test('rings become path data', () => {
  assert.equal(outlineOf([[0, 0, 10, 0, 10, 10], [1, 2]]), 'M0,0 10,0 10,10ZM1,2Z')
})
