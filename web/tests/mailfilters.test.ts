import assert from 'node:assert/strict'
import { test } from 'node:test'
import { also, queued, shared, sum } from '../src/mailfilters.ts'

test('a share is of something, and nothing has none', () => {
  assert.equal(shared(3, 24), '3 (12.5\u202f%)')
  assert.equal(shared(0, 24), '0')
  assert.equal(shared(0, 0), '0')
  assert.equal(sum(undefined), 0)
})

test('what else there was is said in words, and only that', () => {
  assert.equal(also({ banned: [0, 1], bad_header: [0, 0], bounces: [2, 3], open_relay: [1, 0] }), '1 forbidden attachment, 5 bounces, 1 message for strangers')
  assert.equal(also({}), '–')
})

test('queues are summed, and unknown without a Postfix', () => {
  assert.equal(queued({ mtaQueueEntriesActive: 2, mtaQueueEntriesDeferred: 1000, procAll: 3 }), '1,002')
  assert.equal(queued({ procAll: 3 }), '–')
})
