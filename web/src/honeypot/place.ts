/** What the honeypot's section keeps in the address: the table, its order and filters, and the one thing that is open. Pure. */
import type { Place } from '../place.ts'

export const ORDERS = { frequency: 'most frequent', rarity: 'rarest', first: 'newest' } as const
export type Order = keyof typeof ORDERS
export const FORMS = { smtp: 'SMTP', http: 'HTTP', tls: 'TLS', ssh: 'SSH', unknown: 'other' } as const
export type Form = keyof typeof FORMS

/** What the column beside the tables shows. */
export type Opened =
  | { kind: 'session'; name: string; sensor: string }
  | { kind: 'source' | 'payload' | 'capture'; name: string }

export interface Asked {
  table: string
  order: Order
  form: Form
  user: string | null
  /** Only what was let in. */
  accepted: boolean
  opened: Opened | null
}

const KINDS = ['source', 'payload', 'capture'] as const

function oneOf<T extends string>(words: Record<T, string>, text: string | undefined, fallback: T): T {
  return text !== undefined && Object.hasOwn(words, text) ? (text as T) : fallback
}

export function askedOf(own: Place['own'], tables: readonly string[]): Asked {
  return {
    table: tables.find(name => name === own['table']) ?? tables[0],
    order: oneOf(ORDERS, own['order'], 'frequency'),
    form: oneOf(FORMS, own['form'], 'smtp'),
    user: own['user'] ?? null,
    accepted: own['accepted'] === '1',
    opened: openedOf(own),
  }
}

function openedOf(own: Place['own']): Opened | null {
  if (own['session']) return { kind: 'session', name: own['session'], sensor: own['pot'] ?? '' }
  const kind = KINDS.find(one => own[one])
  return kind ? { kind, name: own[kind] } : null
}

/** The same as words of the address, without what is at its default. */
export function ownOf(asked: Asked, tables: readonly string[]): Record<string, string> {
  const { table, order, form, user, accepted, opened } = asked
  const own: Record<string, string> = {}
  if (table !== tables[0]) own['table'] = table
  if (order !== 'frequency') own['order'] = order
  if (form !== 'smtp') own['form'] = form
  if (user) own['user'] = user
  if (accepted) own['accepted'] = '1'
  if (opened) own[opened.kind] = opened.name
  if (opened?.kind === 'session' && opened.sensor) own['pot'] = opened.sensor
  return own
}
