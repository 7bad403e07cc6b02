/** The help dialog: every key and gesture in one list. */
import { h, put } from './dom.ts'

const KEYS: [string, string][] = [
  ['/', 'ask why: an address, network, port or country'],
  ['[  ]', 'day before, day after'],
  ['t', 'table behind the picture'],
  ['o', 'outlines of findings on or off'],
  ['+  −', 'zoom in, zoom out'],
  ['0', 'the whole period again'],
  ['arrows', 'pan, when the picture has the focus'],
  ['Shift + arrows', 'move the crosshair and read what is under it'],
  ['Enter', 'log lines under the crosshair'],
  ['p', 'Live: play or pause the replay'],
  [',  .', 'Live: slower, faster'],
  ['l', 'Live: as it happens, or a replay of the period'],
  ['f', 'Graph: find a source, port or target'],
  ['c', 'Graph: light up what is new, or not'],
  ['arrows, Enter', 'Graph: walk from object to object, open one'],
  ['← →, Shift + ← →', 'Map: on the bars, another part of the period, a longer one'],
  ['e', 'Ask: write the question'],
  ['Esc', 'close what is open'],
  ['wheel, pinch', 'zoom around the pointer; over an axis, that axis alone'],
  ['drag', 'pan when zoomed, else draw a box to zoom to'],
  ['Shift + drag', 'draw a box to zoom to, always'],
  ['click', 'log lines under the pointer; on an outline or its words, what was found'],
  ['Space, ← →, Home, End', 'in a replayed terminal: play and pause, a second back and on, its ends'],
]

export function helpDialog(): HTMLDialogElement {
  const dialog = h('dialog', { class: 'help', 'aria-labelledby': 'help-title' })
  put(
    dialog,
    // it takes the focus, which else goes to the button at the end and scrolls the first keys away
    h('h2', { id: 'help-title', tabindex: '-1', autofocus: true }, 'Keys and gestures'),
    h('dl', {}, ...KEYS.flatMap(([key, what]) => [h('dt', {}, h('kbd', {}, key)), h('dd', {}, what)])),
    h('form', { method: 'dialog' }, h('button', { type: 'submit' }, 'Close')),
  )
  return dialog
}
