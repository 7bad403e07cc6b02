import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FindingPlace } from '../src/api.ts'
import { frameOf, type View } from '../src/frame.ts'
import { areaOf, findingAt, isSettled, moved, type Overlay } from '../src/overlay.ts'

const HOUR = 3_600_000
const frame = frameOf(1144, 600)
const day: View = { from: 0, to: 24 * HOUR, low: 0, high: 4.8 }

function place(id: string, outline: [number, number][], box: FindingPlace['box'] = [0, 0, 1, 1]): FindingPlace {
  return { id, number: 1, alike: [], outline, words: ['1'], box, leader: null, told: false, is_left: false }
}

function square(left: number, top: number, size: number): [number, number][] {
  return [[left, top], [left + size, top], [left + size, top + size], [left, top + size]]
}

function overlay(...places: FindingPlace[]): Overlay {
  return { places, view: { ...day }, width: frame.plot.w, height: frame.plot.h }
}

test('an outline stays where it was while the picture rests, and moves with it when it is zoomed', () => {
  const over = overlay()
  assert.deepEqual(moved(over, frame, day, [100, 50]), [frame.plot.x + 100, frame.plot.y + 50])
  const half = { ...day, to: 12 * HOUR }
  assert.deepEqual(moved(over, frame, half, [100, 50]), [frame.plot.x + 200, frame.plot.y + 50])
  const upper = { ...day, low: 2.4 }
  assert.deepEqual(moved(over, frame, upper, [100, frame.plot.h / 2]), [frame.plot.x + 100, frame.plot.y + frame.plot.h])
})

test('words stand only in the picture that they were placed in', () => {
  const over = overlay()
  assert.equal(isSettled(over, frame, day), true)
  assert.equal(isSettled(over, frame, { ...day, from: HOUR }), false)
  assert.equal(isSettled(over, frame, { ...day, low: 0.1 }), false)
  assert.equal(isSettled(over, frameOf(1144, 630), day), false)
})

test('the smallest outline under the pointer answers; a large one on its rim alone', () => {
  const { x, y, w, h } = frame.plot
  const large = place('large', [[0, 0], [w, 0], [w, h], [0, h]])
  const over = overlay(large, place('middle', square(100, 100, 60)), place('small', square(120, 120, 20)))
  assert.equal(findingAt(over, frame, day, x + 130, y + 130), 'small')
  assert.equal(findingAt(over, frame, day, x + 105, y + 150), 'middle')
  assert.equal(findingAt(over, frame, day, x + 400, y + 200), null)
  assert.equal(findingAt(over, frame, day, x + 400, y + 2), 'large')
  assert.equal(findingAt(over, frame, day, 5, y + 2), null)
})

test('words answer too, while they are shown', () => {
  const over = overlay(place('a', square(100, 100, 10), [400, 50, 80, 14]))
  const [x, y] = [frame.plot.x + 440, frame.plot.y + 57]
  assert.equal(findingAt(over, frame, day, x, y), 'a')
  assert.equal(findingAt(over, frame, { ...day, to: 12 * HOUR }, x, y), null)
})

test('the area of an outline does not hang on the way round', () => {
  const one = square(10, 20, 30)
  assert.equal(areaOf(one), 900)
  assert.equal(areaOf([...one].reverse()), 900)
})
