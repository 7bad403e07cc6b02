import assert from 'node:assert/strict'
import { test } from 'node:test'
import { taken } from '../src/ask/box.ts'
import { barsOf, cut, stepsOf } from '../src/ask/geometry.ts'
import { asks, narrowed, ownOf, questionOf, requestOf, whyOf, type Column } from '../src/ask/question.ts'
import { filterOf } from '../src/why.ts'

const SIP: Column = { key: 'src_addr', title: 'sIP', form: 'address', meaning: '', filter: 'sip' }
const SCC: Column = { key: 'src_cc', title: 'scc', form: 'code', meaning: '', filter: 'scc' }
const USER: Column = { key: 'user', title: 'user', form: 'word', meaning: '', filter: 'user' }
const SUM: Column = { key: 'octets', title: 'Bytes', form: 'integer', meaning: '' }

test('an address keeps a question, and gives it back', () => {
  const all: Record<string, string>[] = [{ q: 'dport 22', table: 'probes', show: 'top', fields: 'sip,dport', value: 'bytes', count: '50' }, { q: 'tcp', table: 'flows', show: 'time', bin: '600' }, { mode: 'sql', q: 'select 1' }]
  for (const own of all) assert.deepEqual(ownOf(questionOf(own, 'flows')), own)
  assert.deepEqual(ownOf(questionOf({ q: 'x', table: 'flows', show: 'records', count: '100', value: 'records' }, 'flows')), { q: 'x', table: 'flows', show: 'records' })
})

test('an address of somebody else asks nothing that the form could not', () => {
  const question = questionOf({ show: 'pie', count: '99999', bin: '-1', table: '' }, 'probes')
  assert.deepEqual([question.show, question.count, question.bin, question.table, question.sql], ['records', 100, 0, 'probes', false])
})

test('nothing is asked before the reader asks; an empty filter over a table is a question', () => {
  assert.equal(asks({}), false)
  assert.equal(asks({ mode: 'sql', q: '  ' }), false)
  assert.equal(asks({ show: 'top' }), true)
})

test('a request has the period of the page, and fields only of groups', () => {
  const when = { from: Date.UTC(2026, 10, 20), to: Date.UTC(2026, 10, 21), day: '2026-11-20' }
  const [path, body] = requestOf(questionOf({ q: 'tcp', show: 'top', fields: 'scc' }, 'flows'), when, null)
  assert.equal(path, 'ask')
  assert.deepEqual(body, { from: '2026-11-20T00:00:00Z', to: '2026-11-21T00:00:00Z', day: '2026-11-20', tz: null, q: 'tcp', table: 'flows', show: 'top', value: 'records', fields: 'scc', count: 10, seconds: null })
  assert.deepEqual(requestOf(questionOf({ mode: 'sql', q: 'select 1' }, 'flows'), when, null)[0], 'ask/sql')
})

test('what a cell leads to', () => {
  assert.equal(whyOf(SIP, '192.0.2.1'), '192.0.2.1')
  assert.equal(whyOf(SCC, 'NO'), 'NO')
  assert.equal(whyOf(SCC, '--'), null)
  assert.equal(whyOf({ ...SUM, key: 'src_as' }, 64500), 'AS64500')
  assert.equal(whyOf({ ...SUM, key: 'dst_port' }, 0), null)
  assert.equal(whyOf(SUM, 1500), null)
  assert.equal(whyOf({ key: 'a', title: 'a', form: 'word', meaning: '' }, '2001:db8::1'), '2001:db8::1')
  assert.equal(whyOf({ key: 'a', title: 'a', form: 'word', meaning: '' }, '12:30'), null)
})

test('a group leads to its records where the language can say so', () => {
  assert.equal(narrowed('dport 22', [SIP, SUM], ['192.0.2.1', 5]), 'sip 192.0.2.1 and dport 22')
  assert.equal(narrowed('', [SCC, SUM], [null, 5]), 'scc unknown')
  assert.equal(narrowed('', [USER], ['a b']), 'user "a b"')
  assert.equal(narrowed('', [USER], ['a "b" \'c\'']), null)
  assert.equal(narrowed('tcp or udp', [SIP], ['192.0.2.1']), null)
  assert.equal(narrowed('since 2d tcp', [SIP], ['192.0.2.1']), null)
  assert.equal(narrowed('', [SUM], [5]), null)
})

test('a suggestion is put where the word stood', () => {
  assert.deepEqual(taken('tcp and dp', { text: 'dport', meaning: '', begin: 8, end: 10 }), { text: 'tcp and dport ', caret: 14 })
  assert.deepEqual(taken('sr in DE', { text: 'src', meaning: '', begin: 0, end: 2 }), { text: 'src in DE', caret: 4 })
})

test('bars keep their room and their order', () => {
  const rows = [{ label: 'NO', value: 400, words: '400' }, { label: 'a very long name of somebody', value: 1, words: '1' }, { label: 'x', value: 0, words: '0' }]
  const { left, bars, height } = barsOf(rows, 300)
  assert.ok(left <= 120 && height === 60)
  assert.ok(bars.every(bar => left + bar.width <= 300))
  assert.deepEqual(bars.map(bar => bar.width > 0), [true, true, false])
  assert.equal(cut('a very long name', 60), 'a ver…')
})

test('a curve holds each value up to the next, also where all is nothing', () => {
  assert.deepEqual(stepsOf([1, 3], 100, 30), { path: 'M0,20L50,20L50,0L100,0', top: 3 })
  assert.equal(stepsOf([0, 0], 100, 30).path, 'M0,30L50,30L50,30L100,30')
  assert.equal(stepsOf([], 100, 30).path, '')
})

test('what why was asked about is a filter', () => {
  assert.equal(filterOf('address', ' 192.0.2.1 '), 'any 192.0.2.1')
  assert.equal(filterOf('port', 'tcp/23'), 'tcp port 23')
  assert.equal(filterOf('port', '23'), 'port 23')
  assert.equal(filterOf('as', 'AS 64500'), 'as AS64500')
  assert.equal(filterOf('name', 'example.net'), '')
})
