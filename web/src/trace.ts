/** What a link graph's answer says, and what follows from it: neighbours, bundles, members found by name. Pure. */

export type Role = 'source' | 'port' | 'target'
export const ROLES: readonly Role[] = ['source', 'port', 'target']

export interface GraphNode {
  id: number
  kind: string
  role: Role
  label: string
  count: number
  folded?: string
  new?: boolean
  x: number
  y: number
  members: { name: string; count: number }[]
  total_members: number
}
/** Left end, baseline, size, text, colour, width, whether it has a rim. */
export type Run = [number, number, number, string, string, number, boolean]
export interface Drawing {
  line: number
  flows: { from: number; to: number; d: string; paint: string; opacity: number }[]
  objects: { node: number; d: string; paint: string; rim: string; hollow: boolean }[]
  labels: { node: number; runs: Run[] }[]
  marks: { d: string; paint: string | null; rim: string }[]
  captions: Run[]
}
export interface LinkGraph {
  /** Whether there was anything to compare with. */
  compared: boolean
  requests: number
  sources: number
  ports: number
  targets: number
  shown: { nodes: number; edges: number; folded_nodes: number; folded_members: number; share_of_requests: number; share_single: number }
  readability: { node_overlaps: number; label_overlaps: number }
  width: number
  height: number
  nodes: GraphNode[]
  edges: { from: number; to: number; count: number; new?: boolean }[]
  /** Numbers of nodes, then how many requests took that way. */
  paths: number[][]
  drawing: Drawing
}

export interface Trace {
  /** Requests that the node and each of the others have in common. */
  nodes: Map<number, number>
  /** `from-to` of the bundles they take. */
  edges: Set<string>
}

/** What is connected with a node by real requests, not by way of what they share. */
export function trace(graph: Pick<LinkGraph, 'paths'>, id: number): Trace {
  const found: Trace = { nodes: new Map(), edges: new Set() }
  for (const path of graph.paths) {
    const ends = path.slice(0, -1)
    if (!ends.includes(id)) continue
    ends.forEach((end, place) => {
      found.nodes.set(end, (found.nodes.get(end) ?? 0) + path[path.length - 1])
      if (place) found.edges.add(`${ends[place - 1]}-${end}`)
    })
  }
  return found
}

export interface Found {
  node: GraphNode
  name: string
  count: number
}

/** Members, or labels, that have a text in their name: the busiest first. */
export function find(graph: Pick<LinkGraph, 'nodes'>, text: string): Found[] {
  const wanted = text.trim().toLowerCase()
  if (!wanted) return []
  const found = graph.nodes.flatMap(node => {
    const members = node.members.filter(member => member.name.toLowerCase().includes(wanted))
    if (members.length) return members.map(member => ({ node, ...member }))
    return node.label.toLowerCase().includes(wanted) ? [{ node, name: node.label, count: node.count }] : []
  })
  return found.sort((a, b) => b.count - a.count || a.name.localeCompare(b.name))
}

// Why members are one node, in the words of the static picture.
const REASONS: Record<string, string> = {
  grouped: 'grouped as asked',
  alike: 'the same sources and ports',
  place: 'the same network or domain',
  port: 'mostly the same port',
  rest: 'the others',
}

export function reason(node: Pick<GraphNode, 'folded' | 'role'>): string {
  if (node.folded === 'alike' && node.role !== 'target') return 'the same other ends'
  return REASONS[node.folded ?? ''] ?? ''
}
