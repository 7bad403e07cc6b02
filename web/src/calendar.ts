/** A year of days as small pictures, each a link. */
import { address, ask, type Days } from './api.ts'
import { Asking } from './asking.ts'
import { fill, h } from './dom.ts'
import { count, counted, dayTitle } from './format.ts'
import { HOME, formatPlace, type Place } from './place.ts'
import type { SchemeName } from './palette.ts'
import { yearOf, type Host, type Section, type Where } from './section.ts'
import { addDays } from './zone.ts'

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]
const WEEKDAYS = ['Mo', 'Tu', 'We', 'Th', 'Fr', 'Sa', 'Su']
const two = (n: number) => String(n).padStart(2, '0')

type Day = Days['days'][number]

export const section = (host: Host): Section => new Calendar(host)

class Calendar implements Section {
  readonly element = h('div', { class: 'calendar', 'data-testid': 'calendar' })
  private readonly box = h('div', { class: 'calendar-body' })
  private readonly asking = new Asking()
  private readonly host: Host
  private where: Where | null = null

  constructor(host: Host) {
    this.host = host
  }

  title(where: Where): string {
    return String(yearOf(where, this.host.now()))
  }

  refresh(): void {
    this.asking.again(() => this.where && this.show(this.where))
  }

  show(where: Where): void {
    const { place, tz, scheme } = where
    const year = yearOf(where, this.host.now())
    if (this.where === null || yearOf(this.where, this.host.now()) !== year) fill(this.box)
    this.where = where
    fill(this.element, this.head(place, year), this.box)
    void this.asking.into(this.box, 'Counting the days…', async signal => {
      const answer = await ask<Days>('days', { year, tz }, signal)
      return this.body(answer.days, place, year, tz, scheme)
    })
  }

  private head(place: Place, year: number): HTMLElement {
    const to = (n: number) => formatPlace({ ...place, view: 'calendar', year: n })
    return h(
      'div',
      { class: 'calendar-head' },
      h('a', { class: 'step', href: to(year - 1), 'aria-label': `Year before, ${year - 1}` }, '‹'),
      h('h1', {}, String(year)),
      h('a', { class: 'step', href: to(year + 1), 'aria-label': `Year after, ${year + 1}` }, '›'),
      h('a', { class: 'button', href: formatPlace({ ...place, view: 'gallery' }) }, 'Gallery of drawings'),
    )
  }

  private body(days: Day[], place: Place, year: number, tz: string, scheme: SchemeName): HTMLElement[] {
    if (!days.length)
      return [
        h(
          'section',
          { class: 'empty', 'data-testid': 'empty' },
          h('h2', {}, `No probes are stored for ${year}`),
          h('p', {}, 'Step to another year, or read older files with ', h('code', {}, 'varde read FILES'), '.'),
        ),
      ]
    const events = days.reduce((sum, day) => sum + day.events, 0)
    const byDay = new Map(days.map(day => [day.day, day]))
    const most = Math.max(...days.map(day => day.events))
    const months = MONTHS.map((name, i) => ({
      name,
      month: i + 1,
      days: days.filter(day => Number(day.day.slice(5, 7)) === i + 1),
    })).filter(month => month.days.length)
    return [
      h(
        'p',
        { class: 'quiet' },
        `${counted(events, 'probe')} on ${counted(days.length, 'day')}. Days run from midnight to midnight in ${tz}.`,
      ),
      h(
        'div',
        { class: 'months' },
        ...months.map(month =>
          h(
            'section',
            { class: 'month' },
            h('h2', {}, month.name),
            h('div', { class: 'week-names', 'aria-hidden': 'true' }, ...WEEKDAYS.map(name => h('span', {}, name))),
            h(
              'ul',
              { class: 'month-days' },
              ...cells(year, month.month).map(day =>
                this.cell(day, day ? byDay.get(day) : undefined, most, place, scheme),
              ),
            ),
          ),
        ),
      ),
    ]
  }

  private cell(
    day: string | null,
    found: Day | undefined,
    most: number,
    place: Place,
    scheme: SchemeName,
  ): HTMLElement {
    if (!day || !found)
      return h('li', { class: 'no-day', 'aria-hidden': 'true' }, day ? String(Number(day.slice(8))) : '')
    const href = formatPlace({ ...HOME, tz: place.tz, day })
    const bar = h('span', { class: 'day-bar' })
    bar.style.width = `${Math.max(2, Math.round((100 * found.events) / most))}%`
    const [weekday, number, month, year] = dayTitle(day).split(' ')
    const unseen = (text: string) => h('span', { class: 'unseen-text' }, text)
    const title = `${dayTitle(day)}: ${counted(found.events, 'probe')} from ${counted(found.sources, 'address', 'addresses')}`
    return h(
      'li',
      {},
      h(
        'a',
        { class: 'day', href, title },
        h(
          'span',
          { class: 'day-line' },
          unseen(`${weekday} `),
          h('b', {}, number),
          unseen(` ${month} ${year}: `),
          h('span', {}, count(found.events)),
          unseen(` probes from ${counted(found.sources, 'address', 'addresses')}`),
        ),
        h('img', {
          src: address('thumbnail.png', { day, scheme, tz: place.tz }),
          alt: '',
          loading: 'lazy',
          width: 260,
          height: 104,
          decoding: 'async',
        }),
        bar,
      ),
    )
  }
}

/** Days of a month with blanks before, so that weeks begin on Monday. */
export function cells(year: number, month: number): (string | null)[] {
  const first = `${year}-${two(month)}-01`
  const blanks = (new Date(`${first}T00:00:00Z`).getUTCDay() + 6) % 7
  const found: (string | null)[] = Array.from({ length: blanks }, () => null)
  for (let day = first; Number(day.slice(5, 7)) === month; day = addDays(day, 1)) found.push(day)
  return found
}
