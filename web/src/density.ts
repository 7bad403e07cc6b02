/** From counts to opacity: histogram-equalised, so that crowds and lone points both show. Pure. */

export const ALPHA_MIN = 0.7 // a lone point stays clear of the ground
const ALPHA_FLAT = 0.85 // every cell alike: nothing to tell apart

/**
 * Opacity per distinct count: its rank among the cells, not its size, so one huge cell does not
 * push all others into the dark. The lowest count gets ALPHA_MIN, the highest 1.
 */
export function equalise(counts: Iterable<number>): Map<number, number> {
  const cells = new Map<number, number>()
  let total = 0
  for (const n of counts) {
    cells.set(n, (cells.get(n) ?? 0) + 1)
    total += 1
  }
  const levels = [...cells.keys()].sort((a, b) => a - b)
  if (levels.length === 1) return new Map([[levels[0], ALPHA_FLAT]])
  return ranks(levels, cells, total)
}

function ranks(levels: number[], cells: Map<number, number>, total: number): Map<number, number> {
  const lowest = cells.get(levels[0]) ?? 0
  const alphas = new Map<number, number>()
  let below = 0
  for (const level of levels) {
    below += cells.get(level) ?? 0
    alphas.set(level, ALPHA_MIN + (1 - ALPHA_MIN) * ((below - lowest) / Math.max(1, total - lowest)))
  }
  return alphas
}
