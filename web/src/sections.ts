/** The sections of the page in the order of the rail. A section is one file and one line here; it is fetched when first shown. */
import type { Host, Section } from './section.ts'

export interface Entry {
  name: string
  /** Path data on a 24 x 24 grid. */
  icon: string
  /** Whose last day it shows where none is asked for; without, that of the probes. */
  tables?: readonly string[]
  load: () => Promise<{ section: (host: Host) => Section }>
  /** Its own words of the address that stay when the reader steps to another day. Without any, a step leads to the first section. */
  keeps?: readonly string[]
}

// prettier-ignore
export const SECTIONS: Readonly<Record<string, Entry>> = {
  fireplot: { name: 'Fireplot', icon: 'M4 3v17h17 M8 15h.01 M11 11h.01 M15 13h.01 M18 7h.01 M9 6h.01 M14 17h.01', load: () => import('./edge.ts') },
  live: { name: 'Live', icon: 'M19 4v16 M4 7h.01 M8 10h.01 M12 13h.01 M4 18l5-2 M15 16l-3-1', tables: ['probes', 'logins'], load: () => import('./liveview.ts'), keeps: ['kind', 'speed'] },
  graph: { name: 'Graph', icon: 'M5 6m-2.500 0a2.500 2.500 0 1 0 5 0a2.500 2.500 0 1 0-5 0 M4 15h5v5H4z M19 9l3 5h-6z M7.400 7l8.600 4.500 M9 17l7-4', tables: ['tunnels'], load: () => import('./graph.ts'), keeps: ['only', 'except', 'sources', 'targets', 'compare'] },
  honeypot: { name: 'Honeypot', icon: 'M7 4h10 M8 4c0 3-3 4-3 9s3 7 7 7 7-2 7-7-3-6-3-9 M9 13h.01 M15 13h.01 M12 16h.01', tables: ['logins', 'sessions', 'tunnels', 'payloads', 'commands', 'downloads', 'mails', 'captures'], load: () => import('./honeypot.ts'), keeps: ['table', 'order', 'form', 'user', 'accepted'] },
  flows: { name: 'Flows', icon: 'M3 7h13 M12 3l4 4-4 4 M21 17H8 M12 13l-4 4 4 4', tables: ['losses'], load: () => import('./exporters.ts'), keeps: [] },
  map: { name: 'Map', icon: 'M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18 M3 12h18 M12 3c-5 5-5 13 0 18 M12 3c5 5 5 13 0 18', tables: ['flows', 'probes', 'logins', 'tunnels'], load: () => import('./worldmap.ts'), keeps: ['table', 'by', 'direction', 'style', 'arcs'] },
  warnings: { name: 'Warnings', icon: 'M12 4l9 16H3z M12 10v5 M12 17.500h.01', tables: ['warnings'], load: () => import('./warned.ts'), keeps: [] },
  lists: { name: 'Lists', icon: 'M4 6h2 M9 6h11 M4 12h2 M9 12h11 M4 18h2 M9 18h11', load: () => import('./lists.ts') },
  ask: { name: 'Ask', icon: 'M5 5h14v11h-8l-4 4v-4H5z M10 9a2 2 0 1 1 2.600 1.900c-.4.150-.6.400-.6.850 M12 13.500h.01', tables: ['flows', 'probes', 'logins', 'tunnels', 'warnings'], load: () => import('./ask.ts'), keeps: ['mode', 'q', 'table', 'show', 'fields', 'value', 'count', 'bin'] },
  gallery: { name: 'Gallery', icon: 'M4 5h16v14H4z M4 16l5-5 4 4 3-3 4 4 M9 8.500h.01', load: () => import('./gallery.ts'), keeps: [] },
  monitoring: { name: 'Monitoring', icon: 'M4 4v16h16 M7 15l4-5 3 3 5-7', load: () => import('./monitoring.ts') },
  calendar: { name: 'Calendar', icon: 'M4 6h16v14H4z M4 10h16 M8 3v5 M16 3v5', load: () => import('./calendar.ts') },
  doctor: { name: 'Doctor', icon: 'M3 12h4l3-8 4 16 3-8h4', load: () => import('./doctor.ts') },
}

export const FIRST = 'fireplot'
