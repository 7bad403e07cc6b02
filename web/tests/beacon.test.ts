import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readWarnings, sentence, words } from '../src/beacon.ts'

const quiet = { indicators: 12, lists: [{ name: 'drop', error: null }], days: 30, unacknowledged: 0, more: false, warnings: [] }

test('the beacon says whether lists are loaded, and how many warnings nobody has seen', () => {
  assert.equal(words(null), 'warnings …', 'what is not known yet is not denied')
  assert.equal(words({ ...quiet, lists: [] }), 'no lists loaded')
  assert.equal(words(quiet), 'nothing listed seen')
  assert.equal(words({ ...quiet, unacknowledged: 1 }), '1 warning')
  assert.equal(words({ ...quiet, unacknowledged: 5000, more: true }), '5,000 warnings or more')
})

test('its sentence says what is matched, and without lists what to do', () => {
  assert.doesNotMatch(sentence(null), /No block lists/)
  assert.match(sentence({ ...quiet, lists: [] }), /varde intel import FILE/)
  assert.equal(sentence(quiet), 'No warning of the last 30 days waits; 12 indicators of 1 list are matched with every flow.')
  assert.match(sentence({ ...quiet, unacknowledged: 2 }), /^2 warnings of the last 30 days that nobody has acknowledged/)
})

test('what is no warning in a live message is left out', () => {
  const row = { time: '2026-11-22T00:00:00Z', line: 'x', count: 1, lists: [] }
  assert.deepEqual(readWarnings([row, null, 7, { ...row, line: 3 }, { ...row, lists: 'no' }]), [row])
  assert.deepEqual(readWarnings('no'), [])
})
