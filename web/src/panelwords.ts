/** What the API says of panels, how the page says it, and where its curves run. Pure. */
import { count, duration } from './format.ts'

export interface PanelLine {
  name: string
  title: string
  now: number | null
  points: (number | null)[]
  munin: string
  check: string
  prometheus: string
}
export interface PanelTold {
  id: string
  title: string
  about: string
  unit: string
  rate: boolean
  page: string
  lines: PanelLine[]
}
export interface PanelsTold {
  written: string
  age_seconds: number
  stale: boolean
  from: string
  to: string
  panels: PanelTold[]
}

export const DRAWN_MOST = 6 // lines of one picture that colours and dashes still tell apart

/** A value in its unit: "3 a minute", "4 h", "1,200 records". */
export function valueOf(panel: PanelTold, value: number | null): string {
  if (value === null) return '–'
  if (panel.unit === 'seconds') return duration(value * 1000)
  return panel.rate ? `${number(value)} a minute` : `${number(value)} ${panel.unit}`
}

function number(value: number): string {
  return value < 10 && !Number.isInteger(value) ? value.toFixed(1) : count(value)
}

/** Probes, logins and lost flows of now, where they are known; before all of it, that nobody tells. */
export function headline(told: PanelsTold): string {
  if (told.stale) return `The station has told nothing for ${duration(Math.abs(told.age_seconds) * 1000)}`
  const sum = (id: string, ...names: string[]) => total(told.panels.find(panel => panel.id === id), names)
  const [probes, logins, lost] = [sum('probes'), sum('logins'), sum('flows', 'lost', 'lost_datagrams', 'dropped')]
  const first = `${known(probes)} refused ${probes === 1 ? 'probe' : 'probes'} and ${known(logins)} login ${logins === 1 ? 'attempt' : 'attempts'} a minute`
  if (lost === null) return first
  return `${first}, ${lost > 0 ? `${number(lost)} flows or datagrams a minute lost` : 'no flows lost'}`
}

const known = (value: number | null): string => (value === null ? '–' : number(value))

/** Of those that are known; null where none is: that is not nothing. */
function total(panel: PanelTold | undefined, names: string[]): number | null {
  const lines = panel?.lines.filter(line => !names.length || names.includes(line.name)) ?? []
  const told = lines.map(line => line.now).filter(now => now !== null)
  return told.length ? told.reduce((sum, now) => sum + now, 0) : null
}

/** Those that are drawn, in their order: of more than can be told apart, the ones that rise highest. */
export function drawnLines(panel: PanelTold): PanelLine[] {
  if (panel.lines.length <= DRAWN_MOST) return panel.lines
  const best = new Set([...panel.lines].sort((a, b) => peak(b) - peak(a)).slice(0, DRAWN_MOST))
  return panel.lines.filter(line => best.has(line))
}

function peak(line: PanelLine): number {
  return Math.max(0, ...line.points.map(value => value ?? 0))
}

/** The top of the picture: the highest value of what is drawn, and never nothing. */
export function topOf(lines: PanelLine[]): number {
  return Math.max(...lines.map(peak)) || 1
}

/** Path data in a box of `width` and `height`; a gap where nothing is known, a short stroke for what stands alone. */
export function pathOf(points: (number | null)[], top: number, width: number, height: number): string {
  const step = width / Math.max(1, points.length - 1)
  const place = (value: number, at: number) => `${(at * step).toFixed(1)} ${(height - (Math.min(Math.max(value, 0), top) / top) * height).toFixed(1)}`
  return points
    .map((value, at) => {
      if (value === null) return ''
      const before = at > 0 ? points[at - 1] : null
      if (before !== null && before !== undefined) return `L${place(value, at)}`
      const after = points[at + 1]
      return `M${place(value, at)}${after === null || after === undefined ? `L${place(value, at + 0.5)}` : ''}`
    })
    .join('')
}
