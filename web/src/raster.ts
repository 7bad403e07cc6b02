/** Cells to pixels: one stamp per cell and shape, the strongest wins, planes laid over each other. */
import { equalise } from './density.ts'
import { PLANES, PLANE_SHAPES, rgb, type Plane, type Scheme, type Shape } from './palette.ts'

/** Flat triples: x and y in device pixels of the raster, n events. */
export type Marks = Partial<Record<Plane, { x: number; y: number; n: number }[]>>

// Where each mark has much room (css px squared) it is drawn larger, so that shapes can be told apart.
const SIZES: [number, number][] = [
  [1000, 6],
  [200, 5],
  [90, 4],
  [36, 3],
]
export const SIZE_MIN = 2 // css px; a lone point never gets smaller

export function markSize(marks: number, area: number): number {
  return SIZES.find(([room]) => area >= room * marks)?.[1] ?? SIZE_MIN
}

const SHAPES: Record<Shape, (r: number, edge: number, size: number) => boolean> = {
  dot: (r, _edge, size) => r <= size * 0.47,
  ring: (r, _edge, size) => r <= size * 0.5 && (size < 3 || r >= size * 0.5 - Math.max(1, size / 3.5)),
  square: () => true,
  frame: (_r, edge, size) => size < 3 || edge < Math.max(1, size / 4),
}

/** Pixel offsets (dx, dy pairs) that one mark of `size` device pixels covers. */
export function stampOf(shape: Shape, size: number): number[] {
  const pixels: number[] = []
  const middle = (size - 1) / 2
  for (let dy = 0; dy < size; dy += 1) {
    for (let dx = 0; dx < size; dx += 1) {
      const r = Math.hypot(dx - middle, dy - middle)
      const edge = Math.min(dx, dy, size - 1 - dx, size - 1 - dy)
      if (SHAPES[shape](r, edge, size)) pixels.push(dx, dy)
    }
  }
  return pixels
}

function cover(
  buffer: Uint8Array,
  width: number,
  height: number,
  marks: { x: number; y: number; n: number }[],
  shape: Shape,
  size: number,
): void {
  const alphas = equalise(
    (function* () {
      for (const mark of marks) yield mark.n
    })(),
  )
  const pixels = stampOf(shape, size)
  for (const mark of marks) {
    const alpha = Math.round(255 * (alphas.get(mark.n) ?? 1))
    const left = Math.round(mark.x - size / 2)
    const top = Math.round(mark.y - size / 2)
    for (let i = 0; i < pixels.length; i += 2) {
      const x = left + pixels[i]
      const y = top + pixels[i + 1]
      if (x < 0 || y < 0 || x >= width || y >= height) continue
      const at = y * width + x
      if (buffer[at] < alpha) buffer[at] = alpha
    }
  }
}

function lay(image: Uint8ClampedArray, buffer: Uint8Array, colour: [number, number, number]): void {
  for (let i = 0; i < buffer.length; i += 1) {
    if (buffer[i] === 0) continue
    const over = buffer[i] / 255
    const under = image[4 * i + 3] / 255
    const alpha = over + under * (1 - over)
    for (let c = 0; c < 3; c += 1) {
      image[4 * i + c] = (colour[c] * over + image[4 * i + c] * under * (1 - over)) / alpha
    }
    image[4 * i + 3] = 255 * alpha
  }
}

/** RGBA pixels with a clear ground; rare planes lie on top of common ones. */
export function rasterise(
  width: number,
  height: number,
  marks: Marks,
  scheme: Scheme,
  size: number,
): Uint8ClampedArray<ArrayBuffer> {
  const image = new Uint8ClampedArray(width * height * 4)
  const buffer = new Uint8Array(width * height)
  for (const plane of PLANES) {
    const own = marks[plane]
    if (!own?.length) continue
    buffer.fill(0)
    cover(buffer, width, height, own, PLANE_SHAPES[plane], size)
    lay(image, buffer, rgb(scheme.planes[plane]))
  }
  return image
}
