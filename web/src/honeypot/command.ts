/** The command line that makes a table. Pure. */
import { storeWords } from '../menus.ts'
import { iso, quoted, type Place } from '../place.ts'
import type { Asked } from './place.ts'
import { SHEETS } from './sheets.ts'

export interface Told {
  place: Place
  period: { from: number; to: number; day: string | null }
  switches: readonly string[]
  top: number
}

export function tableCommand(asked: Asked, told: Told): string {
  const sheet = SHEETS[asked.table]
  const captures = asked.table === 'captures'
  const words = captures ? ['varde', 'captures'] : ['varde', 'honeypot', asked.table]
  if (told.period.day) words.push('--day', told.period.day)
  else words.push('--since', iso(told.period.from), '--until', iso(told.period.to))
  if (told.place.src) words.push('--src', quoted(told.place.src))
  if (told.place.sensor && !captures) words.push('--only-sensor', quoted(told.place.sensor))
  if (sheet.ofUsers && asked.user) words.push('--user', quoted(asked.user))
  if (sheet.admits && asked.accepted) words.push('--accepted')
  if (sheet.formed) words.push('--form', asked.form)
  if (sheet.ordered && asked.order !== 'frequency') words.push('--order', asked.order)
  words.push(captures ? '--limit' : '--top', String(told.top))
  return [...words, ...storeWords(told)].join(' ')
}

/** The command that tells a session. */
export function sessionCommand(name: string, told: Omit<Told, 'top'>): string {
  return ['varde', 'honeypot', 'sessions', '--session', quoted(name), ...storeWords(told)].join(' ')
}
