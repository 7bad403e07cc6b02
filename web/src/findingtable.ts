/** Findings as a table, which reads them to those who do not see outlines. */
import type { Finding } from './api.ts'
import { h, untrusted } from './dom.ts'
import { whoOf } from './findingpanel.ts'
import { count, stamp } from './format.ts'
import { scroller, sortable, type Column } from './tables.ts'

export function findingTable(findings: Finding[], numbers: ReadonlyMap<string, number>, tz: string, open: (id: string) => void): HTMLElement | null {
  if (!findings.length) return null
  const last = findings.length + 1 // where what has no number sorts
  const number = (n: number | undefined) => (n === undefined ? '' : count(n))
  const link = (one: Finding) =>
    h('button', { type: 'button', class: 'link', 'aria-label': `${one.title}: ${whoOf(one)}`, onclick: () => open(one.id) }, untrusted(one.title, 60))
  const columns: Column<Finding>[] = [
    { name: 'No.', key: one => numbers.get(one.id) ?? last, cell: one => number(numbers.get(one.id)), number: true },
    { name: 'What', key: one => one.title, cell: link },
    { name: 'Who', key: whoOf, cell: one => untrusted(whoOf(one), 80) },
    { name: 'Packets', key: one => one.events ?? 0, cell: one => number(one.events), number: true },
    { name: 'Ports', key: one => one.ports ?? 1, cell: one => number(one.ports ?? 1), number: true },
    { name: 'From', key: one => one.first, cell: one => stamp(one.first, tz) },
    { name: 'To', key: one => one.last, cell: one => stamp(one.last, tz) },
    { name: 'Confidence', key: one => one.confidence, cell: one => one.confidence },
  ]
  return scroller('Findings', sortable(`Findings, ${count(findings.length)}; No. is the number in the picture`, columns, findings))
}
