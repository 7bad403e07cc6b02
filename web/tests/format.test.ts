import assert from 'node:assert/strict'
import { test } from 'node:test'
import { atPort, bytes, clock, count, counted, dayTitle, percent, stamp, visible } from '../src/format.ts'

test('what would hide or reorder text is spelled out', () => {
  const line = 'a\u202eb\x1b[31mc\u200bd\ud800e\u{e0041}'
  assert.equal(
    visible(line)
      .map(p => p.text)
      .join(''),
    'a\\u202eb\\x1b[31mc\\u200bd\\ud800e\\U000e0041',
  )
  assert.deepEqual(
    visible(line)
      .filter(p => p.hidden)
      .map(p => p.text),
    ['\\u202e', '\\x1b', '\\u200b', '\\ud800', '\\U000e0041'],
  )
})

test('markup is text like any other and letters of all scripts stay', () => {
  assert.deepEqual(visible('<img src=x onerror=alert(1)> æøå 漢字'), [
    { text: '<img src=x onerror=alert(1)> æøå 漢字', hidden: false },
  ])
})

test('long text is cut and says how much is left', () => {
  const pieces = visible('x'.repeat(20), 5)
  assert.equal(pieces[0].text, 'xxxxx')
  assert.match(pieces[1].text, /15 more/)
})

test('shares never round up to everything', () => {
  assert.equal(percent(1), '100\u202f%')
  assert.equal(percent(0.99999), '99.9\u202f%')
  assert.equal(percent(0.5), '50\u202f%')
})

test('numbers, days and clocks', () => {
  assert.equal(count(41208), '41,208')
  assert.equal(counted(1, 'probe'), '1 probe')
  assert.equal(counted(2, 'address', 'addresses'), '2 addresses')
  assert.equal(bytes(1_536_000), '1.5\u202fMB')
  assert.equal(dayTitle('2026-11-21'), 'Saturday 21 November 2026')
  assert.equal(clock(Date.UTC(2026, 10, 21, 13, 52), 'Europe/Oslo'), '14:52')
  assert.equal(stamp(Date.UTC(2026, 6, 1, 22, 0, 5), 'Europe/Oslo'), '2026-07-02 00:00:05')
})

test('a text of nothing but blanks is spelled out; blanks within one are not', () => {
  assert.deepEqual(visible('  '), [{ text: '\\x20\\x20', hidden: true }])
  assert.deepEqual(visible('\u3000'), [{ text: '\\u3000', hidden: true }])
  assert.deepEqual(visible(' a b '), [{ text: ' a b ', hidden: false }])
  assert.deepEqual(visible(''), [])
})

test('an IPv6 address with a port stands in brackets, and what is not known is a question mark', () => {
  assert.equal(atPort('192.0.2.1', 80), '192.0.2.1:80')
  assert.equal(atPort('2001:db8::25', 25), '[2001:db8::25]:25')
  assert.equal(atPort('mail.example.net', ''), 'mail.example.net:?')
  assert.equal(atPort(null, null), '?:?')
})
