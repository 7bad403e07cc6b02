import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  clampView,
  frameOf,
  isWhole,
  narrowed,
  LOG_TOP,
  panView,
  portWindow,
  rectAt,
  rectOfView,
  regionAt,
  timeAt,
  viewOfRect,
  xOf,
  yOf,
  zoomView,
  type View,
} from '../src/frame.ts'
import { formatRect, parseRect } from '../src/place.ts'

const DAY = 86_400_000
const whole: View = { from: 0, to: DAY, low: 0, high: LOG_TOP }
const frame = frameOf(1000, 600)

test("time and place are each other's inverse", () => {
  for (const at of [0, 1000, DAY / 3, DAY]) assert.ok(Math.abs(timeAt(frame, whole, xOf(frame, whole, at)) - at) < 1)
})

test('a zoom in time alone leaves all ports and the strips; one in ports leaves the strips out', () => {
  const hour = { ...whole, from: DAY / 2, to: DAY / 2 + 3_600_000 }
  assert.deepEqual([narrowed(hour), rectOfView(hour).portMin, rectOfView(hour).portMax], [false, null, null])
  const [strip] = frame.strips
  const at = { x: frame.plot.x + 100, y: strip.y + 3 }
  assert.equal(rectAt(frame, hour, at.x, at.y, 5, [])?.portMin, 0)
  const low = { ...whole, high: 3 }
  assert.deepEqual([narrowed(low), rectOfView(low).portMin, rectOfView(low).portMax], [true, 1, 1000])
  assert.equal(rectAt(frame, low, at.x, at.y, 5, []), null)
})

test('a row for what has no port is there only where something has none, and asks for just that', () => {
  const plain = frameOf(1000, 600)
  const more = frameOf(1000, 600, true)
  assert.deepEqual(
    [plain.strips.map(one => one.name), more.strips.map(one => one.name)],
    [
      ['port0', 'icmp', 'other'],
      ['port0', 'no_port', 'icmp', 'other'],
    ],
  )
  const row = more.strips[1]
  assert.equal(regionAt(more, more.plot.x + 9, row.y + 3), 'no_port')
  const rect = rectAt(more, whole, more.plot.x + 9, row.y + 3, 5, ['tcp4', 'icmp'])
  assert.ok(rect)
  assert.deepEqual([rect.portless, rect.portMin, rect.portMax, rect.planes], [true, null, null, ['tcp4']])
  assert.deepEqual(parseRect(formatRect(rect)), rect)
  assert.equal(regionAt(more, more.plot.x + 9, more.strips[3].y + 20), 'hours')
})

test('the point under the pointer stays there while zooming', () => {
  const near = zoomView(whole, whole, { x: 0.25, y: 0.5 }, { x: 0.5, y: 0.5 })
  assert.equal(near.from + 0.25 * (near.to - near.from), DAY / 4)
  assert.ok(Math.abs((near.low + near.high) / 2 - LOG_TOP / 2) < 1e-9)
})

test('no zoom or pan leaves the period and the ports, or becomes finer than the data', () => {
  const far = panView(zoomView(whole, whole, { x: 1, y: 1 }, { x: 1e-9, y: 1e-9 }), whole, 5, 5)
  assert.ok(far.to <= DAY && far.high <= LOG_TOP + 1e-12)
  assert.ok(far.to - far.from >= 20_000)
  assert.ok(10 ** far.high - 10 ** far.low >= 5)
  assert.ok(isWhole(zoomView(far, whole, { x: 0.5, y: 0.5 }, { x: 1e12, y: 1e12 }), whole))
})

test('a window written as a rectangle and read again holds what it held', () => {
  const view = clampView({ from: DAY / 4, to: DAY / 3, low: 1.1, high: 3.3 }, whole)
  const back = viewOfRect(rectOfView(view), whole)
  assert.ok(back.low <= view.low && back.high >= view.high)
  assert.deepEqual([Math.round(back.from), Math.round(back.to)], [Math.round(view.from), Math.round(view.to)])
  assert.deepEqual(portWindow(whole), { min: 1, max: 65535 })
})

test('every part of the canvas says what it is', () => {
  const { plot, strips } = frame
  assert.equal(regionAt(frame, plot.x + 10, plot.y + 10), 'plot')
  assert.equal(regionAt(frame, plot.x + 10, strips[0].y + 3), 'port0')
  assert.equal(regionAt(frame, plot.x + 10, strips[1].y + 3), 'icmp')
  assert.equal(regionAt(frame, plot.x + 10, strips[2].y + 3), 'other')
  assert.equal(regionAt(frame, 5, plot.y + 10), 'ports')
  assert.equal(regionAt(frame, plot.x + 10, 599), 'hours')
  assert.equal(regionAt(frame, plot.x + plot.w + 20, plot.y + 10), null)
})

test('a click on a port row asks for that port, on a strip for its plane', () => {
  const at = xOf(frame, whole, DAY / 2)
  const ssh = rectAt(frame, whole, at, yOf(frame, whole, Math.log10(22)), 3, [])
  assert.ok(ssh && ssh.portMin! <= 22 && ssh.portMax! >= 22 && ssh.from < DAY / 2 && ssh.to > DAY / 2)
  const icmp = rectAt(frame, whole, at, frame.strips[1].y + 2, 3, [])
  assert.deepEqual([icmp?.portMin, icmp?.planes], [null, ['icmp']])
  assert.equal(rectAt(frame, whole, at, frame.strips[0].y + 2, 3, [])?.portMax, 0)
  assert.equal(rectAt(frame, whole, 3, 3, 3, []), null)
})

test('the lowest and the highest port can be clicked', () => {
  const at = xOf(frame, whole, DAY / 2)
  assert.equal(rectAt(frame, whole, at, yOf(frame, whole, 0), 4, [])?.portMin, 1)
  assert.equal(rectAt(frame, whole, at, yOf(frame, whole, LOG_TOP), 4, [])?.portMax, 65535)
})
