import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ALPHA_MIN, equalise } from '../src/density.ts'
import type { Picture } from '../src/api.ts'
import { frameOf, LOG_TOP, STRIP_HEIGHT } from '../src/frame.ts'
import { MARGIN, stripMarks } from '../src/paint.ts'
import { SCHEMES } from '../src/palette.ts'
import { markSize, rasterise, SIZE_MIN, stampOf } from '../src/raster.ts'

test('opacity follows rank: the lone point shows and one giant does not darken the rest', () => {
  const alphas = equalise([1, 1, 1, 2, 3, 1_000_000])
  assert.equal(alphas.get(1), ALPHA_MIN)
  assert.equal(alphas.get(1_000_000), 1)
  assert.ok(alphas.get(3)! > 0.85)
  assert.ok(alphas.get(2)! < alphas.get(3)!)
})

test('cells that are all alike are neither faint nor full; no cells is no answer', () => {
  assert.equal(equalise([7]).get(7), equalise([1, 1]).get(1))
  assert.equal(equalise([]).size <= 1, true)
})

test('a lone point paints at least two by two css pixels, whatever the crowd', () => {
  assert.equal(markSize(1_000_000, 500_000), SIZE_MIN)
  assert.ok(SIZE_MIN >= 2)
  const image = rasterise(10, 10, { tcp4: [{ x: 5, y: 5, n: 1 }] }, SCHEMES.dark, 2)
  let painted = 0
  for (let i = 3; i < image.length; i += 4) if (image[i] >= 255 * ALPHA_MIN) painted += 1
  assert.equal(painted, 4)
})

test('a point on the very edge still paints', () => {
  const image = rasterise(4, 4, { udp6: [{ x: 0, y: 4, n: 1 }] }, SCHEMES.light, 2)
  assert.ok(image.some((value, i) => i % 4 === 3 && value > 0))
})

test('dot, ring, square and frame differ from three pixels on', () => {
  for (const size of [3, 4, 5, 6, 8]) {
    const stamps = (['dot', 'ring', 'square', 'frame'] as const).map(shape => stampOf(shape, size).join())
    assert.ok(new Set(stamps).size >= (size === 3 ? 3 : 4), `size ${size}`)
  }
})

test('what has no place on the port axis is drawn in its own row, and not in a zoom to ports', () => {
  const picture = {
    from: '2026-11-20T00:00:00Z',
    to: '2026-11-21T00:00:00Z',
    width: 100,
    height: 100,
    port_min: 1,
    port_max: 65535,
    strips: { port0: { tcp4: [10, 2] }, no_port: { udp4: [20, 1, 30, 1] }, icmp: [5, 7], other: [] },
  } as unknown as Picture
  const view = { from: Date.parse(picture.from), to: Date.parse(picture.to), low: 0, high: LOG_TOP }
  const frame = frameOf(1000, 600, true)
  const marks = stripMarks(picture, view, frame, view, 1, new Set())
  const middles = frame.strips.map(strip => strip.y + STRIP_HEIGHT / 2 - frame.plot.y + MARGIN)
  assert.deepEqual(
    [marks.tcp4?.map(mark => mark.y), marks.udp4?.map(mark => mark.y), marks.icmp?.map(mark => mark.y)],
    [[middles[0]], [middles[1], middles[1]], [middles[2]]],
  )
  assert.deepEqual(stripMarks(picture, view, frame, { ...view, high: 3 }, 1, new Set()), {})
  assert.equal(stripMarks(picture, view, frame, view, 1, new Set(['udp4'] as const)).udp4, undefined)
})
