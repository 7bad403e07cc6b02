import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ageOf, headline, publishingOf, stateOf, type ListRow, type Lists } from '../src/listwords.ts'

const ROW: ListRow = { name: 'drop', url: '', imported: false, indicators: 7, by_type: {}, rejected: 0, suppressed: 0, age_seconds: 60, error: null, damaged: null, held: null }
const told = (...lists: ListRow[]): Lists => ({ indicators: 1234, lists, outputs: [], generations: [], may_write: true, publishing: null })

test('the headline says the worst first', () => {
  assert.equal(headline(told()), 'No lists are loaded')
  assert.equal(headline(told(ROW)), '1,234 indicators of 1 list are matched')
  assert.equal(headline(told(ROW, { ...ROW, held: { indicators: 1, was: 900 } })), '1 list held back: far fewer indicators came than were there')
  assert.equal(headline(told({ ...ROW, error: 'x', damaged: 'x' }, { ...ROW, error: 'x' })), 'What is stored of 1 list is damaged: nothing of it is matched until it is read again')
  assert.equal(headline(told({ ...ROW, error: 'x' }, { ...ROW, held: { indicators: 1, was: 900 } })), '1 list cannot be read; the last good set stays')
})

test('age and state in words', () => {
  const days = (ms: number) => `${ms / 86_400_000} d`
  assert.equal(ageOf(ROW, days), 'current')
  assert.equal(ageOf({ ...ROW, age_seconds: 172_800 }, days), '2 d old')
  assert.equal(ageOf({ ...ROW, age_seconds: null }, days), 'never read')
  assert.equal(stateOf({ ...ROW, error: 'the server answered 500' }), 'fails: the server answered 500')
  assert.equal(stateOf({ ...ROW, error: 'x is damaged; nothing of it is matched', damaged: 'x is damaged' }), 'damaged: x is damaged')
  assert.equal(stateOf({ ...ROW, held: { indicators: 1, was: 900 } }), 'held back: 1 came where 900 were')
  assert.equal(stateOf({ ...ROW, imported: true }), 'imported by hand')
})

test('who publishes, and what keeps from it', () => {
  const well = { tried: '2026-11-22T12:00:00.123Z', generation: 4, error: null, since: null, held: null }
  assert.match(publishingOf(null), /automatic = true/)
  assert.equal(publishingOf(well), 'Published by itself when lists change; tried last at 2026-11-22T12:00:00Z')
  assert.equal(publishingOf({ ...well, error: 'rndc ended with status 1' }), 'Publishing fails and is tried again: rndc ended with status 1')
  assert.match(publishingOf({ ...well, held: 'rolled back to generation 3' }), /^Nothing is published by itself: rolled back/)
})
