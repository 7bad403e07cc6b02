import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Link, StoryEvent } from '../src/honeypot/answers.ts'
import { sessionCommand, tableCommand } from '../src/honeypot/command.ts'
import { branches, lifeSentence } from '../src/honeypot/life.ts'
import { askedOf, ownOf, type Asked } from '../src/honeypot/place.ts'
import { paced, screenAt } from '../src/honeypot/player.ts'
import { questionOf, SHEETS, TABLES } from '../src/honeypot/sheets.ts'
import { daysOf, heights } from '../src/honeypot/spark.ts'
import { nameOf, runsOf } from '../src/honeypot/story.ts'
import { defanged, share } from '../src/honeypot/words.ts'
import { formatPlace, HOME, parsePlace } from '../src/place.ts'
import { dayPeriod } from '../src/zone.ts'

const period = { ...dayPeriod('2026-11-20', 'UTC'), day: '2026-11-20' }
const told = { place: { ...HOME, view: 'honeypot' }, period, switches: ['--store', '/tmp/a b'], top: 100 }
const asked = askedOf({}, TABLES)

test('what the section keeps in the address is read back as the same', () => {
  const all: Asked = { table: 'payloads', order: 'rarity', form: 'http', user: 'ro ot', accepted: true, opened: { kind: 'session', name: 'ab&c', sensor: 'pot 1' } }
  const place = { ...HOME, view: 'honeypot', day: '2026-11-20', own: ownOf(all, TABLES) }
  assert.deepEqual(askedOf(parsePlace(formatPlace(place)).own, TABLES), all)
  assert.deepEqual(ownOf(asked, TABLES), {})
})

test('what anybody may have typed into the address is a place or nothing', () => {
  const odd = askedOf({ table: 'constructor', order: '__proto__', form: 'toString', source: '<b>', session: '' }, TABLES)
  assert.deepEqual([odd.table, odd.order, odd.form], ['overview', 'frequency', 'smtp'])
  assert.deepEqual(odd.opened, { kind: 'source', name: '<b>' })
})

test('the command of a table asks what the page asked, in words that no shell obeys', () => {
  assert.equal(
    tableCommand({ ...asked, table: 'pairs', order: 'rarity', user: '$(reboot)' }, { ...told, place: { ...told.place, src: '203.0.113.0/24' } }),
    "varde honeypot pairs --day 2026-11-20 --src 203.0.113.0/24 --user '$(reboot)' --order rarity --top 100 --store '/tmp/a b'",
  )
  assert.match(tableCommand({ ...asked, table: 'payloads', form: 'tls', user: 'root' }, told), /payloads --day 2026-11-20 --form tls --top 100/)
  assert.match(tableCommand({ ...asked, table: 'captures' }, { ...told, period: { ...period, day: null } }), /^varde captures --since 2026-11-20T00:00:00Z --until 2026-11-21T00:00:00Z --limit 100/)
  assert.match(tableCommand({ ...asked, table: 'sessions', accepted: true }, told), /--accepted/)
  assert.equal(sessionCommand("a'b", told), "varde honeypot sessions --session 'a'\\''b' --store '/tmp/a b'")
})

test('a table is asked for what narrows it and nothing else', () => {
  const narrowed = { ...asked, order: 'rarity', user: 'root', form: 'http', accepted: true } as const
  assert.deepEqual(questionOf(SHEETS['tunnels'], narrowed, 20).query, { top: 20, order: 'rarity', user: null, form: null, accepted: null })
  assert.deepEqual(questionOf(SHEETS['sessions'], narrowed, 20).query, { top: 20, order: null, user: 'root', form: null, accepted: 'true' })
  assert.equal(questionOf(SHEETS['captures'], narrowed, 20).name, 'captures')
  assert.equal(TABLES.length, Object.keys(SHEETS).length + 1)
})

test('curves show two weeks of a day, and all of a longer period', () => {
  const days = daysOf(period, 'UTC')
  assert.deepEqual([days.length, days[0], days.at(-1)], [14, '2026-11-07', '2026-11-20'])
  assert.equal(daysOf({ from: period.from - 29 * 86_400_000, to: period.to }, 'UTC').length, 30)
  assert.equal(daysOf({ from: 0, to: period.to }, 'UTC').length, 60)
  assert.deepEqual(heights([0, 1, 1000]), [0, 2, 18])
  assert.deepEqual(heights([0, 0]), [0, 0])
})

test('a bar is a share of the most, and something is never nothing', () => {
  assert.deepEqual([share(0, 10), share(1, 100_000), share(5, 10), share(20, 10), share(1, 0)], [0, 2, 50, 100, 0])
})

test('URLs are no links', () => {
  assert.equal(defanged('wget http://192.0.2.1/x; curl HTTPS://a.b.example:8/?q'), 'wget hxxp://192[.]0[.]2[.]1/x; curl hxxps://a[.]b[.]example:8/?q')
  assert.equal(defanged('ssh://h.example javascript:x'), 'ssh://h.example javascript:x')
})

const event = (kind: string, more: Partial<StoryEvent> = {}): StoryEvent => ({
  time: '2026-11-20T12:00:00Z', kind, session: 'a', sensor: 'pot', src_addr: null, service: 'ssh', text: '', ...more,
})

test('tunnels and what is sent through them are one run; sessions are not mixed', () => {
  const story = [event('login', { accepted: false }), event('login', { accepted: true }), event('tunnel'), event('payload'), event('tunnel'), event('tunnel', { session: 'b' }), event('close')]
  assert.deepEqual(runsOf(story).map(run => run.length), [1, 1, 3, 1, 1])
  assert.deepEqual([nameOf(story[0])[1], nameOf(story[1])[1], nameOf(event('constructor'))[1]], ['login refused', 'login let in', 'constructor'])
})

test('the chain of a visitor is who it says it is, where to, and what for', () => {
  const link = (more: Partial<Link>): Link => ({ ehlo: null, target: null, target_port: null, method: null, host: null, path: null, sni: null, payloads: 1, ...more })
  const found = branches([
    link({ ehlo: 'bulk.example', target: 'mx.example', target_port: 25, payloads: 3 }),
    link({ ehlo: 'bulk.example', target: 'mx2.example', target_port: 25 }),
    link({ host: 'www.example', method: 'GET', path: '/a', payloads: 2 }),
    link({ sni: '__proto__', target: '192.0.2.1', target_port: 443 }),
  ])
  assert.deepEqual(found.ehlos.map(one => [one.name, one.count, [...one.leaves]]), [['bulk.example', 4, [['mx.example:25', 3], ['mx2.example:25', 1]]]])
  assert.deepEqual(found.hosts.map(one => [one.name, [...one.leaves]]), [['www.example', [['GET /a', 2]]]])
  assert.equal(found.names[0].name, '__proto__')
})

test('a life is a sentence', () => {
  const life = { first: '', last: '', cc: null, as: null, accepted: 0, most: {}, chain: [], counts: { logins: 1, tunnels: 2, mails: 0 } }
  assert.equal(lifeSentence(life), '1 login attempt, none let in; 2 tunnel requests.')
})

test('pauses are cut short, and a place in a recording shows all until then', () => {
  const beats = paced([[0, 'a'], [500, 'b'], [60_500, 'c']])
  assert.deepEqual(beats.map(beat => beat.at), [0, 500, 2500])
  assert.deepEqual(paced([[0, 'a'], [60_000, 'b']], true).map(beat => beat.at), [0, 60_000])
  assert.equal(screenAt(beats, 600, { columns: 20, rows: 5 }).text(), 'ab')
})
