import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sizeOf, Terminal } from '../src/honeypot/terminal.ts'

function shown(text: string, columns = 20, rows = 4): string {
  const terminal = new Terminal(columns, rows)
  terminal.write(text)
  return terminal.text()
}

test('text, returns, line feeds, backspaces and tabs', () => {
  assert.equal(shown('ab\r\ncd\be\r\n\tx'), 'ab\nce\n        x')
  assert.equal(shown('abc\rX'), 'Xbc')
})

test('a long line goes on in the next, and the screen scrolls into what is above', () => {
  assert.equal(shown('x'.repeat(25)), `${'x'.repeat(20)}\n${'x'.repeat(5)}`)
  const terminal = new Terminal(20, 2)
  terminal.write('1\r\n2\r\n3\r\n4')
  assert.equal(terminal.text(), '1\n2\n3\n4')
  assert.deepEqual(terminal.lines().map(line => line.map(run => run.text).join('')), ['3', '4'])
})

test('the cursor moves, lines are erased, letters inserted and deleted, as an edited command line needs', () => {
  assert.equal(shown('abcd\x1b[2D\x1b[4hXY\x1b[4l'), 'abXYcd')
  assert.equal(shown('abcd\x1b[3D\x1b[P'), 'acd')
  assert.equal(shown('abcd\x1b[2G\x1b[K'), 'a')
  assert.equal(shown('abc\x1b[2J\x1b[Hx'), 'x')
  assert.equal(shown('a\x1b[3;5Hb'), 'a\n\n    b')
  assert.equal(shown('old\x1bcnew'), 'new')
})

test('what was scrolled is erased where it stands now', () => {
  assert.equal(shown('1\r\n2\r\n3\r\n4\r\n5\x1b[2J\x1b[Hx'), '1\nx')
  assert.equal(shown('1\r\n2\r\n3\r\n4\r\n5\x1b[A\x1b[1J'), '1\n\n\n\n5')
  assert.equal(shown('ab\x1b[2K\rc\x1b[2K\rd\x1b[2J\x1b[2Je'), ' e')
})

test('floods that an attacker can have for nothing take no longer than text', () => {
  for (const unit of ['\n', '\x1b[2J\x1b[H', '\x1b[1J\x1bD', 'x', '\x1b[200X', 'a\x1b[9999P']) {
    const terminal = new Terminal(200, 60)
    const start = performance.now()
    terminal.write(unit.repeat(1_000_000 / unit.length))
    assert.ok(performance.now() - start < 4000, JSON.stringify(unit))
  }
})

test('colours are runs', () => {
  const terminal = new Terminal(20, 2)
  terminal.write('a\x1b[1;31mred\x1b[0m \x1b[38;5;9mx\x1b[48;2;1;2;3my\x1b[92mz')
  const line = terminal.lines()[0].map(run => [run.text, run.fg, run.bold])
  assert.deepEqual(line, [['a', null, false], ['red', 1, true], [' xy', null, false], ['z', 10, false]])
})

test('what it does not know is left out, wherever it is cut', () => {
  const odd = 'a\x1b]0;title\x07b\x1bP1$q\x1b\\c\x1b[?25h\x1b[5n\x1b[6nd\x1b(Be\x07\x00\x9b31mf\x1b[999z\x1b[>cg'
  assert.equal(shown(odd), 'abcde31mfg')
  const terminal = new Terminal(20, 2)
  for (const character of odd) terminal.write(character)
  assert.equal(terminal.text(), 'abcde31mfg')
})

test('text that would turn around or hide is marked', () => {
  assert.equal(shown('a\u202eb\u200bc'), 'a\ufffdb\ufffdc')
})

test('numbers without bounds move nothing out of the screen, and a flood stays bounded', () => {
  assert.equal(shown('\x1b[99999;99999Hx\x1b[99999A\x1b[99999Dy'), 'y\n\n\n                   x')
  assert.equal(shown(`a\x1b[${'1;'.repeat(500)}mb`).slice(0, 1), 'a')
  const terminal = new Terminal(20, 4)
  terminal.write('x\n'.repeat(50_000))
  assert.equal(terminal.above.length, 2000)
})

test('any sequence of controls leaves a screen of its size', () => {
  const alphabet = ['\x1b', '[', ']', '(', ';', '?', '4', '99', 'h', 'l', 'm', 'P', '@', 'X', 'J', 'K', 'H', 'A', '\r', '\n', '\b', '\t', 'é', '\x9c', '\\', 'c', 'D', 'M', '8']
  let seed = 7
  const random = () => (seed = (seed * 48271) % 2147483647)
  for (let round = 0; round < 300; round += 1) {
    const terminal = new Terminal(20, 5)
    for (let i = 0; i < 120; i += 1) terminal.write(alphabet[random() % alphabet.length])
    assert.equal(terminal.lines().length, 5)
    assert.ok(terminal.lines().every(line => line.map(run => run.text).join('').length <= 20))
    const { row, column } = terminal.cursor()
    assert.ok(row >= 0 && row < 5 && column >= 0 && column < 20)
  }
})

test('the size of a terminal is what the log says, within what a page can show', () => {
  assert.deepEqual(sizeOf('132x43'), { columns: 132, rows: 43 })
  assert.deepEqual(sizeOf('9999x9999'), { columns: 200, rows: 60 })
  assert.deepEqual(sizeOf('0x0'), { columns: 80, rows: 24 })
  assert.deepEqual(sizeOf(null), { columns: 80, rows: 24 })
})
