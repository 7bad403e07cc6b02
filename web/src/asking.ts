/** One question at a time and its box: words while the answer is awaited, what went wrong and another try. */
import { aborted, ApiError } from './api.ts'
import { fill, h } from './dom.ts'

const PATIENCE = 300 // ms before a box says that it waits, so that a quick answer does not flicker

export class Asking {
  private current: AbortController | null = null
  private awaited: AbortSignal | null = null
  private after: (() => void) | null = null
  private quiet = false

  /** A signal for a new question; the one before is given up. */
  begin(): AbortSignal {
    this.stop()
    this.current = new AbortController()
    return this.current.signal
  }

  stop(): void {
    this.current?.abort()
    this.current = this.awaited = this.after = null
  }

  /**
   * Ask again because something new is stored; what is shown stays until the answer comes. While one is awaited this waits for it: given
   * up for each news, a slow one never came.
   */
  again(question: () => void): void {
    if (this.awaited) {
      this.after = question
      return
    }
    this.quiet = true
    question()
    this.quiet = false
  }

  /** Ask, and fill the box with what `question` makes of the answer. */
  async into(
    box: HTMLElement,
    words: string,
    question: (signal: AbortSignal) => Promise<(Node | null)[]>,
  ): Promise<void> {
    const signal = (this.awaited = this.begin())
    try {
      await answerInto(box, this.quiet ? '' : words, signal, question)
    } finally {
      if (this.awaited === signal) this.answered()
    }
  }

  private answered(): void {
    const after = this.after
    this.awaited = this.after = null
    if (after) this.again(after)
  }
}

/** The same under a signal of somebody else, for a section with several boxes that live and end together; without words the box stays meanwhile. */
export async function answerInto(
  box: HTMLElement,
  words: string,
  signal: AbortSignal,
  question: (signal: AbortSignal) => Promise<(Node | null)[]>,
): Promise<void> {
  const wait = words ? window.setTimeout(() => fill(box, waiting(words)), PATIENCE) : undefined
  try {
    const made = await question(signal)
    if (!signal.aborted) fill(box, ...made)
  } catch (error) {
    if (aborted(error) || signal.aborted) return
    if (!(error instanceof ApiError)) throw error
    const again = () => void answerInto(box, words, signal, question)
    fill(box, ...failure(error.message, isRefusal(error) ? null : again))
  } finally {
    window.clearTimeout(wait)
  }
}

export function waiting(words: string): HTMLElement {
  return h('p', { class: 'quiet waiting', role: 'status' }, words)
}

/** A question that cannot be answered however often it is asked; its message says what may be asked. */
function isRefusal(error: ApiError): boolean {
  return error.status >= 400 && error.status < 500
}

export function failure(message: string, again: (() => void) | null): HTMLElement[] {
  const said = h('p', { class: 'error', role: 'alert', 'data-testid': 'error' }, message)
  return again ? [said, h('p', {}, h('button', { type: 'button', onclick: again }, 'Try again'))] : [said]
}

/** Grey shapes of what will stand here, behind words that say what is awaited. */
export function skeleton(words: string, shapes: number): HTMLElement[] {
  const blanks = Array.from({ length: shapes }, () => h('span'))
  return [waiting(words), h('div', { class: 'skeleton', 'aria-hidden': 'true' }, ...blanks)]
}
