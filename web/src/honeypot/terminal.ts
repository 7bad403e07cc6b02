/** A terminal as text: what an attacker's session showed, with the few control sequences that make it readable. Pure.
 *
 *  It knows CR, LF, BS, TAB, movement of the cursor, erasing, inserting and deleting, colours, and leaves everything else out:
 *  no answer is ever sent, no title set, nothing of the page is reached. */

/** Colours are 0 to 15, null for the terminal's own. */
export interface Pen {
  fg: number | null
  bg: number | null
  bold: boolean
  underline: boolean
  inverse: boolean
}
export interface Cell extends Pen {
  character: string
}
export interface Run extends Pen {
  text: string
}

const PLAIN: Pen = { fg: null, bg: null, bold: false, underline: false, inverse: false }
const BLANK: Cell = { ...PLAIN, character: ' ' }
const TAB = 8
const LINES_MAX = 2000 // lines above the screen that are kept: a flood of text must not take the browser's memory
const PARAMETERS_MAX = 64 // characters of one control sequence; a longer one is not one
const LEAST = { columns: 20, rows: 5 }
const MOST = { columns: 200, rows: 60 }
const UNSEEN = /[\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/u // could hide or turn text around

type State = 'text' | 'escape' | 'sequence' | 'string' | 'string-escape' | 'one-more'

/** "80x24" as a log has it; 80 by 24 where it says nothing, and never beyond what a page can show. */
export function sizeOf(text: string | null | undefined): { columns: number; rows: number } {
  const found = /^([0-9]{1,4})x([0-9]{1,4})$/.exec(text ?? '')
  const within = (n: number, least: number, most: number) => Math.min(most, Math.max(least, n))
  if (!found || !Number(found[1]) || !Number(found[2])) return { columns: 80, rows: 24 }
  return {
    columns: within(Number(found[1]), LEAST.columns, MOST.columns),
    rows: within(Number(found[2]), LEAST.rows, MOST.rows),
  }
}

export class Terminal {
  readonly columns: number
  readonly rows: number
  /** Lines that have left the screen at its top. */
  readonly above: Cell[][] = []
  private screen: Cell[][] = []
  /** Rows that anything was put on: who clears the screen a million times clears blank rows, which costs nothing. */
  private used: boolean[] = []
  private row = 0
  private column = 0
  private pen: Pen = PLAIN
  private insert = false
  private saved = { row: 0, column: 0 }
  private state: State = 'text'
  private parameters = ''

  constructor(columns = 80, rows = 24) {
    this.columns = columns
    this.rows = rows
    this.clear()
  }

  write(text: string): void {
    for (const character of text) this.take(character)
  }

  /** Lines of the screen as runs of one look, blanks at the end left out. */
  lines(): Run[][] {
    return this.screen.map(runs)
  }

  /** All that was shown and not erased, as plain text. */
  text(): string {
    const lines = [...this.above, ...this.screen].map(line => line.map(cell => cell.character).join('').trimEnd())
    while (lines.length && !lines[lines.length - 1]) lines.pop()
    return lines.join('\n')
  }

  cursor(): { row: number; column: number } {
    return { row: this.row, column: Math.min(this.column, this.columns - 1) }
  }

  private clear(): void {
    this.screen = Array.from({ length: this.rows }, () => this.blankLine())
    this.used = new Array<boolean>(this.rows).fill(false)
    this.row = this.column = 0
  }

  private reset(): void {
    this.pen = PLAIN
    this.insert = false
    this.clear()
  }

  private blankLine(): Cell[] {
    return new Array<Cell>(this.columns).fill(BLANK)
  }

  private take(character: string): void {
    const code = character.codePointAt(0) ?? 0
    if (code === 0x18 || code === 0x1a) this.state = 'text' // CAN and SUB end whatever was begun
    else if (code === 0x1b) this.state = this.state === 'string' ? 'string-escape' : 'escape'
    else STATES[this.state](this, character, code)
  }

  /** @internal Steps of the state machine, by state. */
  inText(character: string, code: number): void {
    const control = CONTROLS[code]
    if (control) control(this)
    else if (code >= 0x20 && !(code >= 0x7f && code < 0xa0)) this.put(UNSEEN.test(character) ? '\ufffd' : character)
  }

  inEscape(character: string): void {
    this.parameters = ''
    this.state = ESCAPES[character] ?? 'text'
    if (character === 'c') this.reset()
    else if (character === 'D') this.feed()
    else if (character === 'E') this.newLine()
    else if (character === 'M') this.row = Math.max(0, this.row - 1)
    else if (character === '7') this.save()
    else if (character === '8') this.restore()
  }

  inSequence(character: string, code: number): void {
    if (code < 0x20) {
      this.inText(character, code) // a control inside a sequence is obeyed at once, as terminals do
      return
    }
    if (code < 0x40) {
      this.parameters += character
      if (this.parameters.length > PARAMETERS_MAX) this.state = 'text'
      return
    }
    this.state = 'text'
    this.obey(character)
  }

  inString(_: string, code: number): void {
    if (code === 0x07 || code === 0x9c) this.state = 'text'
  }

  inStringEscape(character: string): void {
    this.state = character === '\\' ? 'text' : 'string'
  }

  oneMore(): void {
    this.state = 'text'
  }

  private put(character: string): void {
    if (this.column >= this.columns) this.newLine()
    const line = this.screen[this.row]
    this.used[this.row] = true
    const { fg, bg, bold, underline, inverse } = this.pen // spelled out, which is several times as fast
    const cell = { fg, bg, bold, underline, inverse, character }
    if (this.insert) {
      line.splice(this.column, 0, cell)
      line.length = this.columns
    } else line[this.column] = cell
    this.column += 1
  }

  newLine(): void {
    this.column = 0
    this.feed()
  }

  feed(): void {
    if (this.row < this.rows - 1) {
      this.row += 1
      return
    }
    this.above.push(this.screen.shift() as Cell[])
    // a line that is dropped becomes the new one: a flood of line feeds would else be a flood of lines
    const dropped = this.above.length > LINES_MAX ? this.above.shift() : undefined
    this.screen.push(dropped?.fill(BLANK) ?? this.blankLine())
    this.used.shift()
    this.used.push(false)
  }

  toColumn(column: number): void {
    this.column = Math.min(this.columns - 1, Math.max(0, column))
  }

  back(): void {
    this.toColumn(Math.min(this.column, this.columns) - 1)
  }

  tab(): void {
    this.toColumn((Math.floor(this.column / TAB) + 1) * TAB)
  }

  private save(): void {
    this.saved = this.cursor()
  }

  private restore(): void {
    this.row = this.saved.row
    this.column = this.saved.column
  }

  private toRow(row: number): void {
    this.row = Math.min(this.rows - 1, Math.max(0, row))
  }

  /** What a sequence does, by its last character: with its first number, at least 1, and with all of them. */
  private static readonly SEQUENCES: Record<string, ((terminal: Terminal, n: number, numbers: number[]) => void) | undefined> = {
    A: (terminal, n) => terminal.toRow(terminal.row - n),
    B: (terminal, n) => terminal.toRow(terminal.row + n),
    C: (terminal, n) => terminal.toColumn(terminal.column + n),
    D: (terminal, n) => terminal.toColumn(terminal.column - n),
    E: (terminal, n) => (terminal.toRow(terminal.row + n), terminal.toColumn(0)),
    F: (terminal, n) => (terminal.toRow(terminal.row - n), terminal.toColumn(0)),
    G: (terminal, n) => terminal.toColumn(n - 1),
    H: (terminal, n, numbers) => (terminal.toRow(n - 1), terminal.toColumn(Math.max(1, numbers[1] ?? 1) - 1)),
    J: (terminal, _, numbers) => terminal.eraseScreen(numbers[0]),
    K: (terminal, _, numbers) => terminal.eraseLine(numbers[0]),
    P: (terminal, n) => terminal.remove(n),
    X: (terminal, n) => terminal.blank(terminal.column, Math.min(terminal.columns, terminal.column + n)),
    '@': (terminal, n) => terminal.open(n),
    d: (terminal, n) => terminal.toRow(n - 1),
    f: (terminal, n, numbers) => (terminal.toRow(n - 1), terminal.toColumn(Math.max(1, numbers[1] ?? 1) - 1)),
    h: (terminal, _, numbers) => (terminal.insert = terminal.insert || numbers.includes(4)),
    l: (terminal, _, numbers) => (terminal.insert = terminal.insert && !numbers.includes(4)),
    m: (terminal, _, numbers) => (terminal.pen = numbers.reduce(penAfter, { pen: terminal.pen, skip: 0 }).pen),
    s: terminal => terminal.save(),
    u: terminal => terminal.restore(),
  }

  private obey(final: string): void {
    const isPrivate = /^[<=>?]/.test(this.parameters)
    const numbers = this.parameters.split(/[;:]/).map(text => (/^[0-9]{1,5}$/.test(text) ? Number(text) : 0))
    const n = Math.max(1, numbers[0])
    if (!isPrivate) Terminal.SEQUENCES[final]?.(this, n, numbers)
  }

  private blank(from: number, to: number, row = this.row): void {
    if (!this.used[row]) return
    this.screen[row].fill(BLANK, from, to)
    if (from === 0 && to === this.columns) this.used[row] = false
  }

  private eraseLine(which: number): void {
    const here = Math.min(this.column, this.columns - 1)
    if (which === 0) this.blank(here, this.columns)
    else if (which === 1) this.blank(0, here + 1)
    else if (which === 2) this.blank(0, this.columns)
  }

  private eraseScreen(which: number): void {
    if (which === 2 || which === 3) for (let row = 0; row < this.rows; row += 1) this.blank(0, this.columns, row)
    if (which === 0 || which === 1) this.eraseLine(which)
    if (which === 0) for (let row = this.row + 1; row < this.rows; row += 1) this.blank(0, this.columns, row)
    if (which === 1) for (let row = 0; row < this.row; row += 1) this.blank(0, this.columns, row)
  }

  private remove(n: number): void {
    const line = this.screen[this.row]
    line.splice(Math.min(this.column, this.columns - 1), Math.min(n, this.columns))
    while (line.length < this.columns) line.push(BLANK)
  }

  private open(n: number): void {
    const line = this.screen[this.row]
    line.splice(this.column, 0, ...Array.from({ length: Math.min(n, this.columns) }, () => BLANK))
    line.length = this.columns
  }
}

const CONTROLS: Record<number, ((terminal: Terminal) => void) | undefined> = {
  0x08: terminal => terminal.back(),
  0x09: terminal => terminal.tab(),
  0x0a: terminal => terminal.feed(),
  0x0b: terminal => terminal.feed(),
  0x0c: terminal => terminal.feed(),
  0x0d: terminal => terminal.toColumn(0),
}

// What stands behind ESC: sequences, strings that run to their end, character sets with one letter more.
const ESCAPES: Record<string, State | undefined> = {
  '[': 'sequence',
  ']': 'string',
  P: 'string',
  X: 'string',
  '^': 'string',
  _: 'string',
  '(': 'one-more',
  ')': 'one-more',
  '*': 'one-more',
  '+': 'one-more',
  '#': 'one-more',
  '%': 'one-more',
}

const STATES: Record<State, (terminal: Terminal, character: string, code: number) => void> = {
  text: (terminal, character, code) => terminal.inText(character, code),
  escape: (terminal, character) => terminal.inEscape(character),
  sequence: (terminal, character, code) => terminal.inSequence(character, code),
  string: (terminal, character, code) => terminal.inString(character, code),
  'string-escape': (terminal, character) => terminal.inStringEscape(character),
  'one-more': terminal => terminal.oneMore(),
}

const LOOKS: Record<number, Partial<Pen> | undefined> = {
  0: PLAIN,
  1: { bold: true },
  4: { underline: true },
  7: { inverse: true },
  22: { bold: false },
  24: { underline: false },
  27: { inverse: false },
  39: { fg: null },
  49: { bg: null },
}

/** One number of a sequence ending in `m`. 38 and 48 bring a palette or three octets that are skipped: the page has 16 colours. */
function penAfter(before: { pen: Pen; skip: number }, n: number, i: number, all: number[]): { pen: Pen; skip: number } {
  if (before.skip > 0) return { pen: before.pen, skip: before.skip - 1 }
  const { pen } = before
  if (n === 38 || n === 48) return { pen, skip: all[i + 1] === 2 ? 4 : 2 }
  if (LOOKS[n]) return { pen: { ...pen, ...LOOKS[n] }, skip: 0 }
  if (n >= 30 && n <= 37) return { pen: { ...pen, fg: n - 30 }, skip: 0 }
  if (n >= 40 && n <= 47) return { pen: { ...pen, bg: n - 40 }, skip: 0 }
  if (n >= 90 && n <= 97) return { pen: { ...pen, fg: n - 82 }, skip: 0 }
  if (n >= 100 && n <= 107) return { pen: { ...pen, bg: n - 92 }, skip: 0 }
  return { pen, skip: 0 }
}

function sameLook(a: Pen, b: Pen): boolean {
  return a.fg === b.fg && a.bg === b.bg && a.bold === b.bold && a.underline === b.underline && a.inverse === b.inverse
}

function runs(line: Cell[]): Run[] {
  const found: Run[] = []
  for (const { character, ...pen } of line) {
    const last = found[found.length - 1]
    if (last && sameLook(last, pen)) last.text += character
    else found.push({ ...pen, text: character })
  }
  const last = found[found.length - 1]
  if (last && sameLook(last, PLAIN)) last.text = last.text.trimEnd()
  return found.filter(run => run.text)
}
