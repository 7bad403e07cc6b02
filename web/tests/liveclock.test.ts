import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readBalls, type Ball } from '../src/ball.ts'
import { Clock, speedFor, speedOf, SPEEDS, stepped } from '../src/clock.ts'
import { BACK, Flight, lifeOf, nextHits, OUT, radiusOf, spotOf, type Shot } from '../src/flight.ts'
import { bandsOf, Ends, Lanes, wishOfPath, wishOfSource } from '../src/lanes.ts'
import { dueOf, pieceFor } from '../src/past.ts'
import { Tally } from '../src/tally.ts'

const DAY = 86_400_000
const ball = (n: number, more: Partial<Ball> = {}): Ball => ({ ...readBalls([[n * 1000, 'firewall', `198.18.${(n >> 8) & 255}.${n & 255}`, `TCP:${n % 60}`, null, false, 1]])[0], ...more })
const sum = (balls: readonly Ball[]) => balls.reduce((n, one) => n + one.count, 0)

test('the clock runs at its pace, however the frames fall', () => {
  for (const frame of [4, 16, 333, 1000]) {
    const clock = new Clock()
    clock.set(0, DAY, null)
    Object.assign(clock, { speed: 600, playing: true })
    for (let passed = 0; passed < 12_000; passed += frame) clock.tick(Math.min(frame, 12_000 - passed), DAY)
    assert.equal(clock.at, 12_000 * 600)
  }
})

test('the clock waits for the past, goes on when it is here, and ends at the end', () => {
  const clock = new Clock()
  clock.set(0, 60_000, null)
  Object.assign(clock, { speed: 60, playing: true })
  assert.deepEqual([clock.tick(500, 10_000), clock.waiting], [{ from: 0, to: 10_000 }, true])
  assert.deepEqual([clock.tick(500, 10_000), clock.at, clock.waiting], [null, 10_000, true])
  assert.deepEqual([clock.tick(500, 60_000), clock.waiting], [{ from: 10_000, to: 40_000 }, false])
  assert.deepEqual([clock.tick(900, 60_000), clock.ended(), clock.playing], [{ from: 40_000, to: 60_000 }, true, false])
  assert.equal(clock.tick(900, 60_000), null)
})

test('a page that slept for an hour goes on where it was', () => {
  const clock = new Clock()
  clock.set(0, DAY, null)
  Object.assign(clock, { speed: 10, playing: true })
  assert.deepEqual(clock.tick(3_600_000, DAY), { from: 0, to: 10_000 })
  assert.equal(clock.tick(-5, DAY), null)
})

test('a leap stays in the period; a moment outside of it is its start', () => {
  const clock = new Clock()
  clock.set(1000, 2000, 1500)
  assert.equal(clock.at, 1500)
  clock.seek(9999)
  assert.equal(clock.at, 2000)
  clock.set(1000, 2000, 5)
  assert.equal(clock.at, 1000)
})

test('a day takes some minutes unless told otherwise', () => {
  assert.deepEqual([speedFor(DAY), speedFor(3_600_000), speedFor(60_000), speedFor(400 * DAY)], [600, 60, 1, 86400])
  assert.deepEqual([speedOf('3600'), speedOf('61'), speedOf(undefined)], [3600, null, null])
  assert.deepEqual([stepped(1, -1), stepped(1, 1), stepped(86400, 1)], [1, 10, 86400])
})

test('questions for the past grow with the pace, so that their number does not', () => {
  for (const speed of SPEEDS) {
    const { piece, step, ahead } = pieceFor(speed)
    assert.ok(piece / speed >= 8000 && ahead > 0 && step >= 60 && step <= 86_400)
    assert.ok(piece / (step * 1000) <= 20, `${piece / (step * 1000)} slices of up to 500 balls`)
  }
})

test('what was read flies in order of time, within its moment, with what has no ball', () => {
  const balls = [[5000, 'firewall', '192.0.2.1', 'TCP:1', null, false, 1], [0, 'firewall', '192.0.2.2', 'TCP:2', null, false, 2]]
  const due = dueOf({ from: '', to: '', events: 9, slices: [{ events: 9, probes: 7, balls }] }, 60)
  assert.deepEqual(due.map(one => one.at), due.map(one => one.at).sort((a, b) => a - b))
  assert.equal(due.reduce((n, one) => n + (one.ball?.count ?? 0) + one.unseen.firewall + one.unseen.logins, 0), 9)
  assert.deepEqual(due.find(one => !one.ball)?.unseen, { firewall: 4, logins: 2 })
  for (const { at, ball } of due) if (ball) assert.ok(at >= ball.at && at < ball.at + 1000)
})

const aim = () => ({ y0: 0, y1: 100 })

test('ten thousand events a second fly, none is lost, and never more balls than the screen may have', () => {
  const flight = new Flight(240)
  let sent = 0
  let flown = 0
  let now = 0
  const launch = () => {
    const made = flight.step(now, aim)
    flown += sum(made.map(shot => shot.ball))
    assert.ok(flight.shots.length <= 240)
  }
  for (; now < 5000; now += 33) {
    const burst = [...Array(330).keys()].map(n => ball(n + now))
    sent += sum(burst)
    flight.add(burst)
    launch()
  }
  for (; flight.waiting && now < 20_000; now += 33) launch()
  assert.equal(flown, sent)
  for (; now < 30_000; now += 33) launch()
  assert.equal(flight.busy, false)
})

test('a frame in ten seconds loses nothing either', () => {
  const flight = new Flight(240)
  flight.add([...Array(5000).keys()].map(n => ball(n)))
  const flown = [10_000, 20_000, 30_000, 40_000].flatMap(now => flight.step(now, aim))
  assert.equal(sum(flown.map(shot => shot.ball)), 5000)
})

test('a place follows from the time alone: refused ones bounce, accepted ones pass', () => {
  const court = { left: 100, wall: 900, right: 1000 }
  const shot = (accepted: boolean): Shot => ({ ball: ball(1, { accepted }), born: 0, y0: 0, y1: 200, spin: 0 })
  assert.equal(spotOf(shot(false), court, -1), null)
  assert.deepEqual([spotOf(shot(false), court, OUT / 2)?.x, spotOf(shot(false), court, OUT / 2)?.y], [500, 100])
  const back = spotOf(shot(false), court, OUT + BACK / 2)
  assert.ok(back && back.phase === 'back' && back.x < 900)
  const on = spotOf(shot(true), court, OUT + 100)
  assert.ok(on && on.phase === 'on' && on.x > 900 && on.y === 200)
  assert.equal(spotOf(shot(true), court, lifeOf(shot(true)) - 1)?.phase, 'ring')
  assert.equal(spotOf(shot(true), court, lifeOf(shot(true))), null)
  assert.ok(lifeOf(shot(true)) > lifeOf(shot(false)))
})

test('thicker means more, and an accepted one is larger than a refused one', () => {
  assert.ok(radiusOf(ball(1)) < radiusOf(ball(1, { count: 10 })) && radiusOf(ball(1, { count: 1e9 })) < 20)
  assert.ok(radiusOf(ball(1, { accepted: true })) > radiusOf(ball(1)))
})

test('the paddle sees what comes next, and lets the accepted pass', () => {
  const shots: Shot[] = [[0, 10], [50, 300], [5000, 500]].map(([born, y1]) => ({ ball: ball(1), born, y0: 0, y1, spin: 0 }))
  assert.deepEqual(nextHits(shots, OUT - 20, 100), { top: 10, bottom: 300 })
  assert.equal(nextHits([{ ...shots[0], ball: ball(1, { accepted: true }) }], OUT - 20, 100), null)
})

test('a name keeps its row, gives it up when idle, and finds the last one where all are in use', () => {
  const lanes = new Lanes(4)
  const rows = ['a', 'b', 'c'].map(name => lanes.place(name, 0.5, 0, 1, false))
  assert.deepEqual([...rows].sort(), [0, 1, 2])
  assert.equal(lanes.place('a', 0.9, 10, 1, false), rows[0])
  assert.equal(lanes.place('d', 0.5, 10, 1, false), 3)
  assert.ok(lanes.place('d', 0.5, 60_000, 1, false) < 3)
  const full = new Lanes(3)
  full.place('a', 0, 0, 1, false)
  full.place('b', 1, 5, 1, false)
  assert.equal(full.place('let in', 0, 10, 1, true), 0)
})

test('low ports stand low, neighbours beside each other, and every group has its rows', () => {
  const port = (path: string) => wishOfPath({ kind: 'firewall', path })
  assert.ok(port('TCP:22') > port('TCP:8080') && port('TCP:65535') < 0.01 && port('TCP:0') === 1)
  assert.ok(wishOfSource('198.18.0.1') < wishOfSource('198.19.0.1') && wishOfSource('2001:db8::1') >= 0.75)
  for (const rows of [12, 17, 33, 60]) {
    const bands = bandsOf(rows, ['logins', 'tcp', 'udp', 'other'])
    for (const [i, band] of bands.entries()) assert.ok(band.size >= 2 && (!i || band.first === bands[i - 1].first + bands[i - 1].size + 1))
    const last = bands[bands.length - 1]
    if (rows > 15) assert.ok(last.first + last.size <= rows, `${last.first + last.size} of ${rows}`)
  }
  const ends = new Ends(30, ['logins'])
  assert.ok(ends.aim(ball(1, { kind: 'logins', path: 'root' }), 0).target < 30)
})

test('sums are of all events, lists are bounded', () => {
  const tally = new Tally()
  tally.add([ball(1), ball(2, { kind: 'logins', path: 'root', password: 'a', accepted: true }), ball(3, { kind: 'logins', path: 'root', password: 'b', count: 4 })], { firewall: 5, logins: 2 }, 0)
  assert.deepEqual([tally.probes, tally.accepted, tally.failed, tally.unseen, tally.events], [6, 1, 6, { firewall: 5, logins: 2 }, 13])
  assert.deepEqual(tally.whoAimed('logins', 'root').map(row => [row.count, row.passwords]), [[4, ['b']], [1, ['a']]])
  assert.equal(tally.rate(100), 13 / 5)
  assert.equal(tally.rate(99_999), 0)
  for (let n = 0; n < 30_000; n += 100) tally.add([...Array(100).keys()].map(i => ball(n + i, { path: `TCP:${n + i}`, accepted: true })), { firewall: 0, logins: 0 }, n)
  assert.ok(tally.log.length <= 40 && tally.letIn.length <= 100 && tally.recent.length <= 8000 && tally.aimed.size <= 2000)
})
