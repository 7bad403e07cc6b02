/** One question at a time and its box: words while the answer is awaited, what went wrong and another try. */
import { aborted, ApiError } from './api.ts'
import { fill, h } from './dom.ts'

const PATIENCE = 300 // ms before a box says that it waits, so that a quick answer does not flicker

export class Asking {
  private current: AbortController | null = null

  /** A signal for a new question; the one before is given up. */
  begin(): AbortSignal {
    this.stop()
    this.current = new AbortController()
    return this.current.signal
  }

  stop(): void {
    this.current?.abort()
    this.current = null
  }

  /** Ask, and fill the box with what `question` makes of the answer. */
  async into(
    box: HTMLElement,
    words: string,
    question: (signal: AbortSignal) => Promise<(Node | null)[]>,
  ): Promise<void> {
    await answerInto(box, words, this.begin(), question)
  }
}

/** The same under a signal of somebody else, for a section with several boxes that live and end together. */
export async function answerInto(
  box: HTMLElement,
  words: string,
  signal: AbortSignal,
  question: (signal: AbortSignal) => Promise<(Node | null)[]>,
): Promise<void> {
  const wait = window.setTimeout(() => fill(box, waiting(words)), PATIENCE)
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
