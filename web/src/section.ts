/** What a section of the page is, what it is shown, and what it may ask of the frame around it. */
import type { About, Status } from './api.ts'
import type { Ball, Unseen } from './ball.ts'
import type { LivePoint } from './easel.ts'
import type { Look } from './menus.ts'
import type { SchemeName } from './palette.ts'
import { instant, type Place } from './place.ts'
import { dayOf } from './zone.ts'

/** A period ready to show: its instants, its name, and why it was chosen when nobody chose it. */
export interface Period {
  from: number
  to: number
  day: string | null
  title: string
  note: string
  latest: string | null
}

/** Where the reader is, with all that follows from it. `period` is null while nothing is stored. */
export interface Where {
  place: Place
  period: Period | null
  about: About
  tz: string
  scheme: SchemeName
}

export interface Host {
  /** Go to another place of the page; `replace` leaves no step for the Back button. */
  go(change: Partial<Place>, replace?: boolean): void
  status(): Status | null
  /** A section that asked for the status shares the answer with the foot. */
  told(status: Status): void
  look(): Look
  setLook(look: Look): void
  help(): void
  /** Something was said of warnings: whoever counts them asks again. */
  said(): void
  now(): number
}

export interface Section {
  readonly element: HTMLElement
  /** Beside the window's name; empty for the section's own name alone. */
  title(where: Where): string
  /** Show a place; called again for every change of it. Asks only for what changed. */
  show(where: Where): void
  /** Ask again for what is shown, quietly: new events are stored. */
  refresh(): void
  /** True where it answers the Why box itself; otherwise the answer is shown beside the Fireplot. */
  readonly answersWhy?: boolean
  /** What a single key does, while the reader writes nowhere. */
  readonly keys?: Readonly<Record<string, () => void>>
  /** Events arrive, not yet stored. */
  live?(points: LivePoint[]): void
  /** Refused probes and logins arrive; `unseen` more have no ball. */
  balls?(balls: Ball[], unseen: Unseen): void
  /** Events arrive in a store that was empty. */
  arriving?(): void
}

/** The year to show: the one asked for, else that of the last event. */
export function yearOf(where: Where, now: number): number {
  const last = instant(where.about.last) ?? now
  return where.place.year ?? Number(dayOf(last, where.tz).slice(0, 4))
}
