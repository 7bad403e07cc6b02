/** The foot of every page: what Varde does not know, and where its tables come from. */
import type { About, Status } from './api.ts'
import { fill, h, untrusted } from './dom.ts'
import { count, parsed } from './format.ts'

const SENSORS_SHOWN = 4

export function foot(element: HTMLElement, about: About, status: Status | null, doctorHref: string, flowsHref: string): void {
  const sensors = status?.sensors ?? []
  fill(
    element,
    h(
      'div',
      { class: 'foot-known' },
      h('span', {}, 'What Varde does not know:'),
      ...sensors
        .slice(0, SENSORS_SHOWN)
        .map(one =>
          h(
            'a',
            { href: doctorHref },
            h('b', {}, untrusted(one.sensor, 40)),
            ' ',
            untrusted(one.dialects.join(', '), 60),
            ` ${parsed(one.share_parsed)} parsed`,
            one.rejects > 0 && `, ${count(one.rejects)} lines not understood`,
          ),
        ),
      sensors.length > SENSORS_SHOWN &&
        h('a', { href: doctorHref }, `and ${sensors.length - SENSORS_SHOWN} more sensors`),
      Boolean(status?.exporters?.length) && h('a', { href: flowsHref, class: 'flows-seen' }, untrusted(status?.flows_seen ?? '', 160)),
      status && !sensors.length && !status.exporters?.length && h('a', { href: doctorHref }, 'no sensor has sent anything'),
      h('span', {}, 'what was not logged is not here'),
    ),
    h(
      'div',
      { class: 'foot-tables' },
      ...about.databases.map(one =>
        h(
          'span',
          { class: 'credit', title: one.attribution },
          `${one.name} table of ${one.date}, ${one.attribution} (${one.licence})`,
        ),
      ),
      about.databases.length > 0 &&
        h('a', { href: 'https://db-ip.com', rel: 'noreferrer noopener', target: '_blank' }, 'IP geolocation by DB-IP'),
      h('span', {}, `Varde ${about.version}`),
      about.synthetic && h('strong', { class: 'synthetic' }, 'synthetic sample day'),
    ),
  )
}
