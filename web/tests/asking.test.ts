import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Asking } from '../src/asking.ts'

Object.assign(globalThis, { window: globalThis })
const box = { replaceChildren: () => undefined, append: () => undefined } as unknown as HTMLElement

test('news do not give up an answer that is awaited, and are asked for once it came', async () => {
  const asking = new Asking()
  const signals: AbortSignal[] = []
  const answers: (() => void)[] = []
  let running: Promise<void> | null = null
  const show = () => {
    running = asking.into(box, 'Waiting…', async signal => {
      signals.push(signal)
      await new Promise<void>(done => answers.push(done))
      return []
    })
  }
  show()
  const first = running
  for (const _ of [1, 2, 3]) asking.again(show)
  assert.equal(signals.length, 1)
  assert.equal(signals[0]?.aborted, false)
  answers[0]?.()
  await first
  assert.equal(signals.length, 2)
  answers[1]?.()
  await running
  assert.equal(signals.length, 2)
  asking.again(show)
  assert.equal(signals.length, 3)
  answers[2]?.()
  await running
})

test('what is shown stays while it is asked for again', async () => {
  const asking = new Asking()
  let filled = 0
  const shown = { replaceChildren: () => (filled += 1), append: () => undefined } as unknown as HTMLElement
  let answer = () => undefined as void
  let running: Promise<void> | null = null
  asking.again(() => {
    running = asking.into(shown, 'Waiting…', async () => {
      await new Promise<void>(done => (answer = done))
      return []
    })
  })
  await new Promise(done => setTimeout(done, 400)) // longer than a box is patient
  assert.equal(filled, 0)
  answer()
  await running
  assert.equal(filled, 1)
})

test('another place is asked for at once, and what was to be asked again is forgotten', () => {
  const asking = new Asking()
  const asked: string[] = []
  const ask = (what: string) => void asking.into(box, 'Waiting…', signal => {
    asked.push(what)
    return new Promise((_, refuse) => signal.addEventListener('abort', () => refuse(new DOMException('given up', 'AbortError'))))
  })
  ask('here')
  asking.again(() => ask('here again'))
  ask('there')
  asking.stop()
  assert.deepEqual(asked, ['here', 'there'])
})
