/** The legend: shape, colour and count per plane; each entry turns its plane on and off. */
import type { Picture } from './api.ts'
import { fill, h } from './dom.ts'
import { count } from './format.ts'
import { PLANES, PLANE_NAMES, PLANE_SHAPES, SCHEMES, type Plane, type SchemeName, type Shape } from './palette.ts'

const SVG = 'http://www.w3.org/2000/svg'
const ALWAYS: readonly Plane[] = ['tcp4', 'udp4', 'tcp6', 'udp6'] // the four of the picture; strips join when they hold something

function mark(shape: Shape, colour: string): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg')
  svg.setAttribute('viewBox', '0 0 12 12')
  svg.setAttribute('class', 'mark')
  svg.setAttribute('aria-hidden', 'true')
  const round = shape === 'dot' || shape === 'ring'
  const drawn = document.createElementNS(SVG, round ? 'circle' : 'rect')
  const solid = shape === 'dot' || shape === 'square'
  const place: [string, string][] = round
    ? [
        ['cx', '6'],
        ['cy', '6'],
        ['r', solid ? '5' : '4'],
      ]
    : [
        ['x', solid ? '1' : '2'],
        ['y', solid ? '1' : '2'],
        ['width', solid ? '10' : '8'],
        ['height', solid ? '10' : '8'],
      ]
  for (const [name, value] of place) drawn.setAttribute(name, value)
  drawn.setAttribute('fill', solid ? colour : 'none')
  if (!solid) {
    drawn.setAttribute('stroke', colour)
    drawn.setAttribute('stroke-width', '2.5')
  }
  svg.append(drawn)
  return svg
}

export function legend(
  box: HTMLElement,
  picture: Picture | null,
  on: readonly Plane[],
  scheme: SchemeName,
  toggle: (plane: Plane) => void,
): void {
  const focused = box.contains(document.activeElement) ? (document.activeElement as HTMLElement).dataset['plane'] : null
  const shown = PLANES.filter(
    plane => ALWAYS.includes(plane) || (picture?.planes[plane]?.events ?? 0) > 0 || !on.includes(plane),
  )
  fill(
    box,
    ...shown.map(plane =>
      h(
        'button',
        {
          type: 'button',
          class: 'legend-entry',
          'data-plane': plane,
          'aria-pressed': String(on.includes(plane)),
          onclick: () => toggle(plane),
          title: on.includes(plane) ? `Hide ${PLANE_NAMES[plane]}` : `Show ${PLANE_NAMES[plane]}`,
        },
        mark(PLANE_SHAPES[plane], SCHEMES[scheme].planes[plane]),
        ` ${PLANE_NAMES[plane]} `,
        h('b', {}, picture ? count(picture.planes[plane]?.events ?? 0) : '…'),
      ),
    ),
  )
  if (focused) box.querySelector<HTMLElement>(`[data-plane="${focused}"]`)?.focus()
}
