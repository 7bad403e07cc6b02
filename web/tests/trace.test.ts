import assert from 'node:assert/strict'
import { test } from 'node:test'
import { find, reason, trace, type GraphNode } from '../src/trace.ts'

const node = (id: number, role: GraphNode['role'], names: string[], more: Partial<GraphNode> = {}): GraphNode => ({ id, role, kind: role, label: names[0], count: 10 * names.length, x: 0, y: 0, members: names.map((name, i) => ({ name, count: 10 - i })), total_members: names.length, ...more })
const nodes = [node(0, 'source', ['192.0.2.1']), node(1, 'source', ['192.0.2.2']), node(2, 'port', ['25']), node(3, 'target', ['mx1.example', 'mx2.example'], { folded: 'alike' }), node(4, 'target', ['www.example'])]
const paths = [[0, 2, 3, 7], [1, 2, 4, 3]]

test('a node lights up what it really asked for, not what shares its port', () => {
  const lit = trace({ paths }, 0)
  assert.deepEqual([...lit.nodes], [[0, 7], [2, 7], [3, 7]])
  assert.deepEqual([...lit.edges], ['0-2', '2-3'])
  assert.deepEqual(trace({ paths }, 2).nodes.get(2), 10)
  assert.equal(trace({ paths }, 99).nodes.size, 0)
})

test('names are found within folds, the busiest first', () => {
  assert.deepEqual(find({ nodes }, ' MX2 ').map(one => [one.name, one.node.id]), [['mx2.example', 3]])
  assert.deepEqual(find({ nodes }, 'example').map(one => one.name), ['mx1.example', 'www.example', 'mx2.example'])
  assert.deepEqual(find({ nodes }, '  '), [])
})

test('a fold says why it is one', () => {
  assert.deepEqual([reason(nodes[3]), reason({ folded: 'alike', role: 'source' }), reason({ folded: 'rest', role: 'target' }), reason(nodes[0])], ['the same sources and ports', 'the same other ends', 'the others', ''])
})
