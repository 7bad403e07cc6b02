/** Findings of what is shown: asked for after the cells, and again while they are looked for. */
import { aborted, ask, ApiError, type Findings, type Query } from './api.ts'
import { iso } from './place.ts'
import { portWindow, type View } from './frame.ts'
import { FINDING_LINE, letterWidth, type Overlay } from './overlay.ts'

const AGAIN = 2000 // ms until a page asks again for what is looked for
const TRIES = 60 // of a question; then it waits for the next picture

/** What is shown: the period and its filters as a query, the part of it in sight, and the room. */
export interface Sight {
  query: Query
  view: View
  width: number
  height: number
  above: number
  beside: number
}

export class Finds {
  private asking: AbortController | null = null
  private timer = 0
  private letter = 0
  private readonly answered: (found: Findings, overlay: Overlay | null) => void
  private readonly failed: (message: string) => void

  constructor(answered: (found: Findings, overlay: Overlay | null) => void, failed: (message: string) => void) {
    this.answered = answered
    this.failed = failed
  }

  show(sight: Sight): void {
    this.stop()
    const asking = (this.asking = new AbortController())
    void this.ask(sight, asking.signal, TRIES)
  }

  stop(): void {
    window.clearTimeout(this.timer)
    this.asking?.abort()
  }

  private async ask(sight: Sight, signal: AbortSignal, tries: number): Promise<void> {
    try {
      const found = await ask<Findings>('findings', this.queryOf(sight), signal)
      if (found.ready) this.answered(found, overlayOf(found, sight))
      else if (tries > 1) this.timer = window.setTimeout(() => void this.ask(sight, signal, tries - 1), AGAIN)
      else this.failed('Looking for findings takes longer than two minutes. They are here when it is done: look again later, or ask about a shorter period.')
    } catch (error) {
      if (aborted(error)) return
      if (!(error instanceof ApiError)) throw error
      this.failed(error.message)
    }
  }

  private queryOf({ query, view, width, height, above, beside }: Sight): Query {
    this.letter ||= letterWidth()
    const ports = portWindow(view)
    const part = { view_from: iso(Math.round(view.from)), view_to: iso(Math.round(view.to)), port_min: ports.min, port_max: ports.max }
    return { ...query, ...part, width, height, above, beside, letter: this.letter, line: FINDING_LINE }
  }
}

function overlayOf(found: Findings, { view, width, height }: Sight): Overlay | null {
  return found.places && { places: found.places.shown, view: { ...view }, width, height }
}
