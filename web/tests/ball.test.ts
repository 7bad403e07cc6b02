import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fold, GROUPS_MAX, groupOf, networkOf, NAME_MAX, readBalls, share, type Ball } from '../src/ball.ts'

const sum = (balls: readonly Ball[]) => balls.reduce((n, ball) => n + ball.count, 0)
const row = (n: number, path = 'TCP:23', kind = 'firewall', accepted = false) => [1000 * n, kind, `198.18.${n >> 8}.${n & 255}`, path, null, accepted, 1 + (n % 3)]

test('rows become balls, and whatever is none is left out', () => {
  const odd = [null, 5, 'x', [], [1, 'firewall'], [1, 'flows', null, 'x', null, false, 1], [1, 'logins', null, 'x', null, false, -1], ['1', 'logins', null, 'x', null, false, 1], [1, 'logins', {}, 'r', 7, 'yes', 2]]
  assert.deepEqual(readBalls(odd), [{ at: 1, kind: 'logins', source: null, path: 'r', password: null, accepted: false, count: 2, sources: 1, paths: 1 }])
  assert.deepEqual([readBalls('x'), readBalls(null)], [[], []])
})

test('a megabyte of user name is cut when it is read', () => {
  const [ball] = readBalls([[1, 'logins', '192.0.2.1', 'a'.repeat(1_000_000), 'b'.repeat(1_000_000), true, 1]])
  assert.deepEqual([ball.path.length, ball.password?.length, ball.accepted], [NAME_MAX, NAME_MAX, true])
})

test('folding loses no event, mixes no outcome, and stays within its bound', () => {
  const balls = readBalls([...Array(900).keys()].map(n => row(n, n % 5 ? `TCP:${n % 40}` : `user${n}`, n % 5 ? 'firewall' : 'logins', n % 97 === 0 && n % 5 === 0)))
  const accepted = sum(balls.filter(ball => ball.accepted))
  for (const most of [1000, 300, 60, 20, 9, 1]) {
    const folded = fold(balls, most)
    assert.equal(sum(folded), sum(balls))
    assert.equal(sum(folded.filter(ball => ball.accepted)), accepted)
    assert.ok(folded.length <= Math.max(most, GROUPS_MAX), `${folded.length} of ${most}`)
  }
})

test('of too many the accepted and the most frequent keep a ball of their own', () => {
  const many = readBalls([...Array(200).keys()].map(n => row(n, `TCP:${n}`)))
  const [loud] = readBalls([[5, 'logins', '192.0.2.9', 'root', 'x', true, 1]])
  const [busy] = readBalls([[5, 'firewall', '192.0.2.7', 'UDP:53', null, false, 500]])
  const folded = fold([...many, loud, busy], 20)
  assert.deepEqual(folded.find(ball => ball.accepted), loud)
  assert.ok(folded.some(ball => ball.source === '192.0.2.7' && ball.count === 500 && ball.sources === 1))
})

test('a folded ball is named after the most frequent and says how many it stands for', () => {
  const [a, b] = readBalls([[1, 'logins', '192.0.2.1', 'root', 'x', false, 1], [2, 'logins', '192.0.2.2', 'root', 'y', false, 5]])
  const [one, ...more] = fold([a, b], 1)
  assert.equal(more.length, 0)
  assert.deepEqual([one.source, one.sources, one.paths, one.count, one.password, one.at], ['192.0.2.2', 2, 1, 6, null, 2])
})

test('paths have their group, addresses their network', () => {
  const group = (path: string, kind = 'firewall' as const) => groupOf({ kind, path })
  assert.deepEqual([group('TCP:22'), group('UDP:53'), group('ICMP:8/0'), group('GRE'), groupOf({ kind: 'logins', path: 'TCP:22' })], ['tcp', 'udp', 'other', 'other', 'logins'])
  assert.deepEqual([networkOf('192.0.2.9'), networkOf('2001:db8:1:2:3:4:5:6'), networkOf(null)], ['192.0.2', '2001:db8:1:2', ''])
})

test('a text always has the same share, and texts have different ones', () => {
  const shares = [...Array(200).keys()].map(n => share(`user${n}`))
  assert.equal(share('root'), share('root'))
  assert.ok(new Set(shares).size > 190 && Math.min(...shares) < 0.1 && Math.max(...shares) > 0.9 && shares.every(one => one >= 0 && one < 1))
})
